"""All-reduce in a ring: everybody ends with the sum, after 2(p - 1) turns of one chunk each."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.transforms import Bbox

from snippets.plots.drawings.ring import ring_drawing, ring_turns
from tests.snippets.plots.drawings.reading import (
    arrows,
    assert_tidy,
    marks,
    parts,
    shapes,
    tensors,
    texts_at,
    words,
)
from tests.snippets.plots.laws import both

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
    for p in (1, 6):
        with pytest.raises(ValueError, match="p from 2 to 5"):
            ring_drawing(np.zeros((p, p)))


@pytest.mark.parametrize("p", [2, 3, 4, 5])
def test_each_rank_sends_to_the_next_and_what_arrives_is_framed(p: int) -> None:
    numbers = np.ones((p, p))
    for drawn in both(ring_drawing(numbers)):
        assert_tidy(drawn, reach=22, below=18)
        found = parts(drawn)
        ring, turns = found[:p], found[p:]
        middles = [np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2]) for box in ring]
        centre = np.mean(middles, axis=0)
        radii = [np.hypot(*(middle - centre)) for middle in middles]
        assert radii == pytest.approx([radii[0]] * p, abs=0.6) and radii[0] > 50
        assert middles[0][0] == pytest.approx(centre[0], abs=0.6) and middles[0][1] < centre[1]
        for rank, (start, end) in enumerate(arrows(drawn)):
            one, other = middles[rank], middles[(rank + 1) % p]
            along = (other - one) / np.hypot(*(other - one)) ** 2
            shares = [float((np.array(at) - one) @ along) for at in (start, end)]
            assert 0.2 < shares[0] < 0.4 and 0.6 < shares[1] < 0.85
            ((x, y),) = texts_at(drawn, f"rank {rank}")
            assert x == pytest.approx(one[0], abs=0.6) and 0 < ring[rank].y0 - y < 12
        frames = marks(drawn)
        steps = ring_turns(numbers)
        for rank in range(p):  # on the ring: what each sends first
            assert _chunk(frames[rank], ring[rank], p) == (steps[1][2][(rank + 1) % p], 0)
        for number, turn in enumerate(turns[1:], 1):
            own = frames[p + (number - 1) * p : p + number * p]
            assert [_chunk(frame, turn, p) for frame in own] == [
                (chunk, rank) for rank, chunk in enumerate(steps[number][2])
            ]
        assert len(frames) == p + p * (len(turns) - 1)


def _chunk(frame: Bbox, table: Bbox, rows: int) -> tuple[int, int]:
    """The row and column of a table that a frame is around."""
    side = table.height / rows
    x, y = (frame.x0 + frame.x1) / 2 - table.x0, (frame.y0 + frame.y1) / 2 - table.y0
    assert frame.width == pytest.approx(side, abs=2.2)
    return int(y // side), int(x // side)


@pytest.mark.parametrize("p", [2, 4])
def test_turns_stand_in_two_rows_with_their_names_above(p: int) -> None:
    for drawn in both(ring_drawing(np.ones((p, p)))):
        turns = parts(drawn)[p:]
        for number, turn in enumerate(turns):
            ((x, y),) = texts_at(drawn, f"turn {number}" if number else "at first")
            assert x == pytest.approx(turn.x0) and 15 < turn.y0 - y < 30
            over = turns[number % p]
            assert turn.x0 == pytest.approx(over.x0)
            assert (turn.y0 > over.y1) == (number >= p)
        gaps = [right.x0 - left.x1 for left, right in pairwise(turns[:p])]
        assert gaps == pytest.approx([gaps[0]] * (p - 1)) and 10 < gaps[0] < 14
        for text in ("columns: ranks", "rows: chunks", "frame: arrived", "full colour: sum"):
            ((x, y),) = texts_at(drawn, text)
            assert y > turns[-1].y0 - 1
        whole = [np.asarray(t.get_facecolor())[:, 3] for t in tensors(drawn)[p:]]
        assert (whole[-1] == 1).all() and len(set(whole[0])) == 1 and whole[0][0] < 0.5
        for opacities, (_, summed, _) in zip(whole, ring_turns(np.ones((p, p))), strict=True):
            order = np.argsort(summed.T.ravel(), kind="stable")
            assert (np.diff(opacities[order]) >= 0).all()


@pytest.mark.parametrize("p", [2, 5])
def test_the_words_of_the_legend_begin_at_one_left_edge_or_in_two_columns(p: int) -> None:
    page, phone = both(ring_drawing(np.ones((p, p))))
    legend = ("columns: ranks", "rows: chunks", "frame: arrived", "full colour: sum")
    for drawn, columns in ((page, 1), (phone, 2)):
        at = [texts_at(drawn, text)[0] for text in legend]
        assert len({x for x, _ in at}) == columns
        assert len({y for _, y in at}) == len(legend) // columns
        turns = parts(drawn)[p:]
        assert at[0][0] == pytest.approx(turns[0].x0) or drawn is page
        if drawn is page:
            assert at[0][0] <= turns[p - 1].x0
            assert p == 5 or at[0][0] == pytest.approx(turns[p - 1].x0)
