"""The picture of heads: all to one scale, and the heads together as wide as the channels."""

import pytest

from snippets.plots.drawings.heads import heads_drawing
from tests.snippets.plots.drawings.reading import boxes, words


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
