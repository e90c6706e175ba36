"""The picture of heads: all to one scale, and the heads together as wide as the channels."""

from itertools import pairwise

import pytest
from matplotlib.transforms import Bbox

from snippets.plots.drawings.heads import heads_drawing
from tests.snippets.plots.drawings.reading import arrows, assert_tidy, boxes, parts, words
from tests.snippets.plots.laws import both


@pytest.mark.parametrize(("length", "channels", "heads"), [(5, 12, 3), (128, 128, 4), (3, 8, 1)])
def test_heads_are_cut_from_the_channels_and_joined_again(
    length: int, channels: int, heads: int
) -> None:
    found = boxes(heads_drawing(length, channels, heads))
    cut, apart, weights, outputs, joined, end = (
        found[:heads],
        found[heads : 2 * heads],
        found[2 * heads : 3 * heads],
        found[3 * heads : 4 * heads],
        found[4 * heads : 5 * heads],
        found[5 * heads :],
    )
    assert len(end) == 1
    unit = end[0][1] / channels
    size = channels // heads
    for stage in (cut, apart, outputs, joined):
        assert [width for _, width, _ in stage] == pytest.approx([size * unit] * heads)
        assert [colour for colour, _, _ in stage] == [colour for colour, _, _ in cut]
    assert [width for _, width, _ in weights] == pytest.approx([length * unit] * heads)
    assert [height for _, _, height in found] == pytest.approx([length * unit] * len(found))
    assert len({colour for colour, _, _ in cut}) == heads


def test_shapes_are_named() -> None:
    text = " ".join(words(heads_drawing(5, 12, 3)))
    for shape in ("(T, C) = (5, 12)", "(T, D)", "(T, T)", "3 heads"):
        assert shape in text


@pytest.mark.parametrize("sizes", [(0, 4, 2), (4, 6, 4), (4, 12, 6), (4, 4, 0)])
def test_refusals(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"T=\d+, C=\d+, H=\d+"):
        heads_drawing(*sizes)


@pytest.mark.parametrize(("length", "channels", "heads"), [(5, 12, 3), (3, 8, 1), (4, 20, 5)])
def test_an_arrow_leads_from_each_head_to_its_next_stage(
    length: int, channels: int, heads: int
) -> None:
    for drawn in both(heads_drawing(length, channels, heads)):
        assert_tidy(drawn)
        found = parts(drawn)
        stages = [found[heads * n : heads * (n + 1)] for n in range(5)] + [found[-1:]]
        wholes = [stage if 1 <= n <= 3 else [Bbox.union(stage)] for n, stage in enumerate(stages)]
        down = drawn.axes[0].get_xlim()[1] < 400
        expected = []
        for sources, targets in pairwise(wholes):
            count = max(len(sources), len(targets))
            pairs = zip(sources * (count // len(sources)), targets * (count // len(targets)),
                        strict=True)  # fmt: skip
            for one, other in pairs:
                expected.append((_edge(one, down, 1), _edge(other, down, 0)))
        joined = arrows(drawn)
        assert len(joined) == len(expected)
        for (start, end), (leaves, arrives) in zip(joined, expected, strict=True):
            assert start == pytest.approx(leaves, abs=4.1)
            assert end == pytest.approx(arrives, abs=4.1)
            still, along = (0, 1) if down else (1, 0)
            assert (start[still], end[still]) == pytest.approx((leaves[still], arrives[still]))
            assert leaves[along] < start[along] < end[along] < arrives[along]
        middles = {round(float(Bbox.union(stage).min[still] + Bbox.union(stage).max[still]), 3)
                   for stage in stages}  # fmt: skip
        assert len(middles) == 1  # all stages stand on one axis


def _edge(box: Bbox, down: bool, side: int) -> tuple[float, float]:
    """The middle of its upper or lower edge, or of its left or right one."""
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return (x, (box.y0, box.y1)[side]) if down else ((box.x0, box.x1)[side], y)


def test_every_stage_has_its_name() -> None:
    for drawn in both(heads_drawing(5, 12, 3)):
        names = [word for word in words(drawn) if word.split()[0] in
                 ("Q,", "3", "weights", "outputs", "joined", "projected")]  # fmt: skip
        assert names == ["Q, K, V", "3 heads", "weights", "outputs", "joined", "projected"]
    assert "(T, D) = (5, 4)" in words(drawn) and "(T, T) = (5, 5)" in words(drawn)


def test_the_least_and_the_most_can_be_drawn() -> None:
    assert heads_drawing(1, 1, 1) and heads_drawing(1, 5, 5)
