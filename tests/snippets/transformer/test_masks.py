"""Masks: who may look at whom."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from snippets.transformer.masks import causal_mask, check_mask, left_padding_mask, padding_mask


@given(st.integers(0, 6), st.integers(0, 6))
def test_causal_mask_shows_what_came_before(length, past):
    mask = causal_mask(length, past)
    assert mask.shape == (length, past + length)
    assert mask.dtype == torch.bool
    for query in range(length):
        for key in range(past + length):
            assert mask[query, key] == (key <= past + query)


def test_causal_mask_with_a_past_is_the_end_of_the_whole():
    torch.testing.assert_close(causal_mask(3, past=4), causal_mask(7)[4:])


@pytest.mark.parametrize(("length", "past"), [(-1, 0), (2, -3)])
def test_negative_numbers_are_named(length, past):
    with pytest.raises(ValueError, match=f"length={length} and past={past}"):
        causal_mask(length, past)


@pytest.mark.parametrize("kind", [list, torch.tensor])
def test_padding_mask_shows_the_true_length(kind):
    mask = padding_mask(kind([3, 0, 1]), 3)
    assert mask.shape == (3, 1, 1, 3)
    assert mask.dtype == torch.bool
    assert mask[:, 0, 0].tolist() == [[True] * 3, [False] * 3, [True, False, False]]


@pytest.mark.parametrize("lengths", [[2, 5], [-1, 2]])
def test_lengths_out_of_range_are_named(lengths):
    wrong = [n for n in lengths if not 0 <= n <= 4]
    with pytest.raises(ValueError, match=rf"lengths \[{wrong[0]}\] .*max_length=4"):
        padding_mask(lengths, 4)


def test_lengths_of_the_wrong_shape_are_named():
    with pytest.raises(ValueError, match=r"lengths has shape \(1, 2\)"):
        padding_mask(torch.tensor([[1, 2]]), 4)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_left_padding_is_right_padding_seen_in_a_mirror(padding):
    lengths = [5 - n for n in padding]
    mask = left_padding_mask(torch.tensor(padding), 5)
    assert mask.shape == (len(padding), 1, 1, 5)
    assert torch.equal(mask.flip(-1), padding_mask(lengths, 5))


# --- masks that do not fit ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(3, 5), (2, 4, 3, 5), (1, 1, 3, 5), (2, 1, 1, 5), (1, 4, 3, 1), (1, 5), (3, 1)]
)
def test_a_mask_that_fits_the_scores_passes(shape):
    check_mask(torch.ones(shape, dtype=torch.bool), (2, 4, 3, 5))


def test_no_mask_passes():
    check_mask(None, (2, 4, 3, 5))


@pytest.mark.parametrize(
    "shape", [(5,), (4, 3, 5), (1, 3, 5), (1, 1, 1, 3, 5), (3, 4), (2, 2, 3, 5), (3, 4, 3, 5), ()]
)
def test_a_mask_that_does_not_fit_is_named(shape):
    """Three axes would broadcast, with B taken for H: (4, 3, 5) is refused for that."""
    with pytest.raises(ValueError, match=r"neither \(T, T_key\) = \(3, 5\) nor .*\(2, 4, 3, 5\)"):
        check_mask(torch.ones(shape, dtype=torch.bool), (2, 4, 3, 5))


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64, torch.uint8])
def test_a_mask_of_numbers_is_refused(dtype):
    with pytest.raises(ValueError, match=f"must be boolean .*{dtype}"):
        check_mask(torch.ones(3, 5, dtype=dtype), (2, 4, 3, 5))


def test_masks_lie_where_they_are_wanted():
    assert causal_mask(3, device="meta").device.type == "meta"
    assert padding_mask(torch.tensor([1, 2]), 3).device.type == "cpu"
    assert padding_mask([1, 2], 3, "meta").device.type == "meta"
    assert left_padding_mask(torch.zeros(2, device="meta"), 3).device.type == "meta"
