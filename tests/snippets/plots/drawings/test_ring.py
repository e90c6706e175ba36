"""All-reduce in a ring: everybody ends with the sum, after 2(p - 1) turns of one chunk each."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.plots.drawings.ring import ring_drawing, ring_turns
from tests.snippets.plots.drawings.reading import shapes, tensors, words

SIZES = st.integers(2, 5)


@given(SIZES, st.integers(0, 1000))
def test_all_have_the_sum_in_the_end(p: int, seed: int) -> None:
    tensors = np.random.default_rng(seed).integers(0, 10, (p, p)).astype(float)
    turns = ring_turns(tensors)
    assert len(turns) == 1 + 2 * (p - 1)
    held, summed, _ = turns[-1]
    np.testing.assert_array_equal(held, np.tile(tensors.sum(0), (p, 1)))
    assert (summed == p).all()
    np.testing.assert_array_equal(turns[0][0], tensors)


@given(SIZES)
def test_half_way_each_process_has_the_sum_of_one_chunk(p: int) -> None:
    tensors = np.arange(p * p, dtype=float).reshape(p, p)
    held, summed, _ = ring_turns(tensors)[p - 1]
    assert (summed == p).sum(axis=1).tolist() == [1] * p
    assert (summed == p).sum(axis=0).tolist() == [1] * p
    assert (held[summed == p] == np.tile(tensors.sum(0), (p, 1))[summed == p]).all()


@given(SIZES)
def test_in_each_turn_every_process_gets_one_chunk_and_nothing_else_changes(p: int) -> None:
    turns = ring_turns(np.random.default_rng(p).random((p, p)))
    for (before, _, _), (after, _, arrived) in pairwise(turns):
        assert sorted(arrived) == list(range(p))
        for rank in range(p):
            others = [chunk for chunk in range(p) if chunk != arrived[rank]]
            np.testing.assert_array_equal(before[rank, others], after[rank, others])


@pytest.mark.parametrize("p", [2, 3, 4, 5])
def test_every_turn_is_drawn_with_its_numbers(p: int) -> None:
    tensors = np.arange(p * p).reshape(p, p)
    figure = ring_drawing(tensors)
    assert [count for count, _ in shapes(figure)] == [p] * p + [p * p] * (2 * p - 1)
    text = words(figure)
    assert [word for word in text if word.startswith("turn")] == [
        f"turn {turn}" for turn in range(1, 2 * p - 1)
    ]
    for total in tensors.sum(axis=0):
        assert text.count(f"{total}") >= p
    assert [word for word in text if word.startswith("rank ")] == [f"rank {r}" for r in range(p)]


@pytest.mark.parametrize("p", [2, 5])
def test_each_column_has_its_rank_above_it(p: int) -> None:
    figure = ring_drawing(np.full((p, p), 77))  # so that no number of a chunk is one of a rank
    ranks = [text for text in figure.axes[0].texts if text.get_text() in map(str, range(p))]
    turns = tensors(figure)[p:]  # the ring comes first
    assert len(ranks) == p * len(turns)
    for number, turn in enumerate(turns):
        firsts = [path.get_extents() for path in turn.get_paths()[:p]]  # the first row
        for rank, cell in enumerate(firsts):
            text = ranks[p * number + rank]
            x, y = text.get_position()
            assert text.get_text() == str(rank) and cell.x0 < x < cell.x1 and y < cell.y0


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"tensors \(2, 3\) must be \(p, p\)"):
        ring_drawing(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="p from 2 to 5"):
        ring_drawing(np.zeros((6, 6)))
