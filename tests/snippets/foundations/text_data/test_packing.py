"""Nothing is lost, nothing is learned twice, and no document sees its neighbour."""

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from snippets.foundations.text_data.packing import best_fit, chunks, concatenated, document_mask


@pytest.mark.parametrize("length", [2, 5, 6, 7, 11, 100])
def test_every_token_but_the_first_is_a_target_once(length: int) -> None:
    pieces = chunks(range(length), 5)
    assert [token for piece in pieces for token in piece[1:]] == list(range(1, length))
    assert all(2 <= len(piece) <= 6 for piece in pieces)


def test_a_text_without_a_target_makes_no_piece() -> None:
    assert chunks([7], 5) == chunks([], 5) == []


def test_concatenated_documents_keep_their_order_and_their_ends() -> None:
    rows = concatenated([[1, 2, 3], [4], [5, 6]], 4, end=9)
    assert rows.tolist() == [[1, 2, 3, 9], [4, 9, 5, 6]]  # the last 9 is left over
    assert concatenated([[1]], 4, end=9).shape == (0, 4)
    assert concatenated([], 4, end=9).shape == (0, 4)


def test_best_fit_places_every_document_once_and_overfills_no_row() -> None:
    lengths = np.random.default_rng(0).integers(1, 129, 2000).tolist()
    rows = best_fit(lengths, 128)
    assert sorted(place for row in rows for place in row) == list(range(2000))
    filled = [sum(lengths[place] for place in row) for row in rows]
    assert max(filled) <= 128
    least = -(-sum(lengths) // 128)  # fewer rows cannot hold them
    assert least <= len(rows) <= 11 / 9 * least + 1


def test_best_fit_takes_the_tightest_place() -> None:
    assert best_fit([6, 5, 4, 2, 3], 10) == [[0, 2], [1, 4, 3]]


def test_a_packed_row_is_attended_as_each_document_alone() -> None:
    torch.manual_seed(0)
    row = [3, 1, 9, 2, 2, 2, 9, 5]  # three documents, the last one unfinished
    q, k, v = torch.randn(3, 1, len(row), 4)
    mask = torch.from_numpy(document_mask(row, end=9))
    packed = scaled_dot_product_attention(q, k, v, attn_mask=mask)
    for part in (slice(0, 3), slice(3, 7), slice(7, 8)):
        alone = scaled_dot_product_attention(q[:, part], k[:, part], v[:, part], is_causal=True)
        torch.testing.assert_close(packed[:, part], alone)


def test_without_an_end_the_mask_is_causal() -> None:
    assert (document_mask([1, 2, 3], end=9) == np.tril(np.ones((3, 3), bool))).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: chunks([1, 2], 0), "context=0"),
        (lambda: concatenated([[1]], 0, 9), "length=0"),
        (lambda: best_fit([3, 11], 10), "document 1 of 11"),
        (lambda: best_fit([3, 0], 10), "document 1 of 0"),
    ],
)
def test_what_does_not_fit_is_refused(call, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()
