"""Attention: its laws, and torch's own numbers."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.nn import functional as F

from snippets.transformer.attention import attention, attention_numpy, broadcasts_to, softmax
from snippets.transformer.masks import causal_mask

CLOSE = 1e-5


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def tensors(seed, *shapes):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for shape in shapes]


scores = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=5),
    elements=st.floats(-1e4, 1e4),
)
seeds = st.integers(0, 2**32 - 1)
lengths = st.integers(1, 7)


# --- softmax ------------------------------------------------------------------------------------


@given(scores)
def test_softmax_gives_shares(x):
    shares = softmax(x)
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=-1), 1.0, atol=1e-12)
    np.testing.assert_allclose(shares, torch.softmax(torch.tensor(x), dim=-1), atol=1e-12)


@given(scores, st.floats(-1e4, 1e4))
def test_softmax_does_not_change_when_all_scores_are_shifted(x, shift):
    np.testing.assert_allclose(softmax(x + shift), softmax(x), atol=1e-9)


def test_softmax_keeps_the_order_and_the_ratio_of_powers():
    shares = softmax(np.array([1.0, 2.0, 4.0]))
    assert shares[1] / shares[0] == pytest.approx(math.e)
    assert shares[2] / shares[1] == pytest.approx(math.e**2)


def test_softmax_along_another_axis():
    x = normal(0, 3, 4)
    np.testing.assert_allclose(softmax(x, axis=0), softmax(x.T).T)


def test_softmax_of_huge_scores_does_not_overflow():
    # pyproject.toml turns NumPy's overflow warning into an error.
    np.testing.assert_allclose(softmax(np.array([1e4, 1e4, -1e4])), [0.5, 0.5, 0.0])


def test_softmax_where_nothing_may_be_chosen_is_zero():
    x = np.array([[-np.inf, -np.inf], [-np.inf, 3.0]])
    np.testing.assert_array_equal(softmax(x), [[0.0, 0.0], [0.0, 1.0]])


# --- both versions, the same laws ---------------------------------------------------------------


def by_numpy(query, key, value, mask=None):
    return attention_numpy(query, key, value, mask)


def by_torch(query, key, value, mask=None):
    mask = None if mask is None else torch.tensor(mask)
    output, weights = attention(*map(torch.tensor, (query, key, value)), mask)
    return output.numpy(), weights.numpy()


both = pytest.mark.parametrize("attend", [by_numpy, by_torch])


@both
@given(seeds, lengths, lengths)
def test_weights_are_shares(attend, seed, num_queries, num_keys):
    query, key = normal(seed, 2, num_queries, 4), normal(seed + 1, 2, num_keys, 4)
    output, weights = attend(query, key, key)
    assert weights.shape == (2, num_queries, num_keys)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-12)
    np.testing.assert_allclose(output, np.einsum("bqk,bkd->bqd", weights, key), atol=1e-12)


@both
@given(seeds, st.permutations(range(6)))
def test_without_positions_order_is_lost(attend, seed, order):
    """Permuting the tokens permutes the outputs, and does nothing else."""
    x = normal(seed, 6, 4)
    output, weights = attend(x, x, x)
    permuted_output, permuted_weights = attend(x[order], x[order], x[order])
    np.testing.assert_allclose(permuted_output, output[order], atol=1e-12)
    np.testing.assert_allclose(permuted_weights, weights[np.ix_(order, order)], atol=1e-12)


@both
@given(seeds, st.integers(0, 5))
def test_under_a_causal_mask_a_token_changes_nothing_before_it(attend, seed, changed):
    x = normal(seed, 6, 4)
    y = x.copy()
    y[changed] += 5.0
    mask = causal_mask(6).numpy()
    before, after = attend(x, x, x, mask)[0], attend(y, y, y, mask)[0]
    np.testing.assert_array_equal(before[:changed], after[:changed])
    assert not np.allclose(before[changed], after[changed])


@both
@given(seeds, st.lists(st.booleans(), min_size=5, max_size=5).filter(any))
def test_masked_is_removed(attend, seed, kept):
    kept = np.array(kept)
    query, key, value = normal(seed, 3, 4), normal(seed + 1, 5, 4), normal(seed + 2, 5, 2)
    output, weights = attend(query, key, value, kept)
    expected, expected_weights = attend(query, key[kept], value[kept])
    np.testing.assert_allclose(output, expected, atol=1e-12)
    np.testing.assert_allclose(weights[:, kept], expected_weights, atol=1e-12)
    assert (weights[:, ~kept] == 0).all()


@both
def test_who_may_look_nowhere_gets_zeros(attend):
    mask = np.array([[False, False, False], [True, False, False]])
    query, x = normal(0, 2, 4), normal(1, 3, 4)
    output, weights = attend(query, x, x, mask)
    np.testing.assert_array_equal(weights, [[0, 0, 0], [1, 0, 0]])
    np.testing.assert_array_equal(output[0], 0)


@both
def test_batched_is_one_by_one(attend):
    query, key, value = normal(0, 2, 3, 5, 4), normal(1, 2, 3, 6, 4), normal(2, 2, 3, 6, 7)
    output, weights = attend(query, key, value)
    assert output.shape == (2, 3, 5, 7)
    for place in np.ndindex(2, 3):
        one, one_weights = attend(query[place], key[place], value[place])
        np.testing.assert_allclose(output[place], one, atol=1e-12)
        np.testing.assert_allclose(weights[place], one_weights, atol=1e-12)


@both
def test_scores_of_ten_thousand_do_not_overflow(attend):
    query = np.array([[1.0, 0.0], [0.0, 1.0]]) * 1e4
    key = np.array([[1.0, 0.0], [0.0, 1.0]]) * math.sqrt(2)
    output, weights = attend(query, key, np.array([[1.0], [2.0]]))
    np.testing.assert_allclose(weights, np.eye(2))
    np.testing.assert_allclose(output, [[1.0], [2.0]])


@both
def test_equal_keys_share_equally(attend):
    output, weights = attend(normal(0, 1, 4), np.ones((5, 4)), np.arange(5.0)[:, None])
    np.testing.assert_allclose(weights, 0.2)
    assert output.item() == pytest.approx(2.0)


@both
@pytest.mark.parametrize("mask_shape", [(4, 6), (1, 6), (6,), (3, 1, 1, 6), (3, 2, 4, 6)])
def test_equal_to_torch(attend, mask_shape):
    query, key, value = normal(0, 3, 2, 4, 8), normal(1, 3, 2, 6, 8), normal(2, 3, 2, 6, 5)
    mask = normal(3, *mask_shape) > -0.5
    whole_mask = torch.tensor(np.broadcast_to(mask, (3, 2, 4, 6)))
    reference = F.scaled_dot_product_attention(
        *map(torch.tensor, (query, key, value)), attn_mask=whole_mask
    )
    output, _ = attend(query, key, value, mask)
    np.testing.assert_allclose(output, reference.numpy(), atol=CLOSE)


# --- PyTorch only -------------------------------------------------------------------------------


def test_bias_is_added_to_the_scores():
    query, key, value, bias = tensors(0, (2, 4, 8), (2, 6, 8), (2, 6, 8), (4, 6))
    expected = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
    torch.testing.assert_close(attention(query, key, value, bias=bias)[0], expected)


def test_bias_and_mask_together():
    query, key, value, bias = tensors(0, (2, 6, 8), (2, 6, 8), (2, 6, 8), (6, 6))
    mask = causal_mask(6)
    both_at_once = bias.masked_fill(~mask, -math.inf)
    expected = F.scaled_dot_product_attention(query, key, value, attn_mask=both_at_once)
    torch.testing.assert_close(attention(query, key, value, mask, bias)[0], expected)


def test_gradients_are_torchs_and_finite_where_a_query_may_look_nowhere():
    mask = torch.tensor([[False, False, False], [True, True, False]])
    ours = [x.requires_grad_() for x in tensors(0, (2, 4), (3, 4), (3, 4))]
    theirs = [x.requires_grad_() for x in tensors(0, (2, 4), (3, 4), (3, 4))]
    attention(*ours, mask)[0].square().sum().backward()
    F.scaled_dot_product_attention(*theirs, attn_mask=mask).square().sum().backward()
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our.grad, their.grad)


# --- wrong arguments ----------------------------------------------------------------------------

WRONG = [
    ((4,), (3, 4), (3, 4), r"query has shape \(4,\)"),
    ((2, 4), (3, 5), (3, 4), "query's head size 4 is not the key's head size 5"),
    ((2, 4), (3, 4), (6, 4), "3 keys but 6 values"),
    ((2, 5, 4), (3, 5, 4), (3, 5, 4), r"\(2,\), \(3,\), \(3,\)"),
]


@both
@pytest.mark.parametrize(("query", "key", "value", "message"), WRONG)
def test_shapes_that_do_not_fit_are_named(attend, query, key, value, message):
    with pytest.raises(ValueError, match=message):
        attend(np.zeros(query), np.zeros(key), np.zeros(value))


@both
@pytest.mark.parametrize("shape", [(5, 3), (2, 4), (1, 2, 3), (4, 1, 2, 3)])
def test_a_mask_of_the_wrong_shape_is_named(attend, shape):
    x, y = np.zeros((2, 4)), np.zeros((3, 4))
    with pytest.raises(ValueError, match=r"mask of shape .* does not fit \(2, 3\)"):
        attend(x, y, y, np.ones(shape, dtype=bool))


@both
def test_a_mask_of_numbers_is_refused(attend):
    x = np.zeros((2, 4))
    with pytest.raises(ValueError, match=r"boolean .*float64"):
        attend(x, x, x, np.ones((2, 2)))


def test_a_bias_of_the_wrong_shape_is_named():
    x = torch.zeros(2, 4)
    with pytest.raises(ValueError, match=r"bias of shape \(3, 3\) does not fit \(2, 2\)"):
        attention(x, x, x, bias=torch.zeros(3, 3))


@given(
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3),
)
def test_broadcasts_to_is_what_numpy_thinks(shape, wanted):
    try:
        np.broadcast_to(np.empty(shape), wanted)
    except ValueError:
        assert not broadcasts_to(shape, wanted)
    else:
        assert broadcasts_to(shape, wanted)
