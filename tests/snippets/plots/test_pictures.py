"""Pictures in rows: each in its place and upright, with its caption below."""

from itertools import pairwise

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.path import Path

from snippets.plots.house.style import PALETTE
from snippets.plots.pictures import picture_rows
from tests.snippets.plots.laws import assert_all_inside, assert_apart, both

TRIANGLE = Path([(0, 24), (12, 0), (24, 24), (0, 0)], [1, 2, 2, 79])  # its tip on top


def drawn(count: int = 7, **options: int) -> Figure:
    names = [f"picture number {n}" for n in range(count)]
    return picture_rows([TRIANGLE] * count, names, title="A title of some words", **options)


def test_pictures_stand_in_rows_and_captions_below_them() -> None:
    axes = drawn(columns=4).axes[0]
    boxes = [patch.get_path().get_extents() for patch in axes.patches]
    assert boxes[0].y0 == boxes[3].y0 < boxes[4].y0 and boxes[0].x0 == boxes[4].x0 < boxes[1].x0
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # y grows downwards: the tip stays on top
    for box, text in zip(boxes, axes.texts, strict=True):
        x, y = text.get_position()
        assert x == pytest.approx((box.x0 + box.x1) / 2) and y > box.y1
    assert [text.get_text().replace("\n", " ") for text in axes.texts][5] == "picture number 5"


@pytest.mark.parametrize("count", [1, 6, 24])
def test_laws(count: int) -> None:
    figure = drawn(count)
    for one in both(figure):
        assert_all_inside(one)
        assert_apart(one.axes[0].texts)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="0 pictures in 6 columns"):
        picture_rows([], [])
    with pytest.raises(ValueError, match="1 pictures in 0 columns"):
        picture_rows([TRIANGLE], ["a"], columns=0)
    with pytest.raises(ValueError, match="49 pictures"):
        picture_rows([TRIANGLE] * 49, ["a"] * 49)
    with pytest.raises(ValueError, match="captions"):
        picture_rows([TRIANGLE], ["a", "b"])


def test_a_phone_has_three_columns_at_most_and_the_side_sets_the_scale() -> None:
    figure = picture_rows([TRIANGLE] * 5, ["one\ntwo", *"bcde"], title="A title")
    narrow = vars(figure)["for_phone"]().axes[0]
    tops = [patch.get_path().get_extents().y0 for patch in narrow.patches]
    assert tops[0] == tops[2] < tops[3]
    assert narrow.texts[0].get_text() == "one\ntwo"
    half = picture_rows([TRIANGLE], ["a"], side=48.0).axes[0].patches[0]
    whole = picture_rows([TRIANGLE], ["a"]).axes[0].patches[0]
    sizes = [p.get_path().get_extents().width for p in (half, whole)]
    assert sizes[0] == pytest.approx(sizes[1] / 2)


def test_pictures_are_black_in_the_middle_of_their_cells_and_a_row_holds_six() -> None:
    axes = drawn(48).axes[0]
    boxes = [patch.get_path().get_extents() for patch in axes.patches]
    rows = [[box for box in boxes if box.y0 == top] for top in sorted({box.y0 for box in boxes})]
    assert [len(row) for row in rows] == [6] * 8
    right, bottom = axes.get_xlim()[1], axes.get_ylim()[0]
    middles = [(box.x0 + box.x1) / 2 for box in rows[0]]
    assert middles == pytest.approx([right / 12 * (2 * n + 1) for n in range(6)])
    assert rows[0][0].width == pytest.approx(40) and rows[0][0].y0 == 0
    steps = [low[0].y0 - high[0].y0 for high, low in pairwise(rows)]
    assert steps == pytest.approx([bottom / 8] * 7)
    assert not axes.axison and axes.get_aspect() == 1
    for patch, text in zip(axes.patches, axes.texts, strict=True):
        assert to_hex(patch.get_facecolor()) == PALETTE["ink"]
        assert text.get_position()[1] - patch.get_path().get_extents().y1 == pytest.approx(4)
        box = text.get_window_extent().transformed(axes.transData.inverted())
        assert (box.x0 + box.x1) / 2 == pytest.approx(text.get_position()[0], abs=0.6)
        assert box.width < right / 6
