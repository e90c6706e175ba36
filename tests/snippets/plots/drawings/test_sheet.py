"""A sheet: a unit is a point, y runs down, a number is a square, and refusals are clear."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex

from snippets.plots.drawings.shapes import (
    arrow,
    block,
    mark,
    name_tensor,
    number,
    step,
    tensor,
    write_cells,
)
from snippets.plots.drawings.sheet import WORD, Box, finished, new_sheet, page_width, write
from snippets.plots.house.style import MAX_WIDTH, PALETTE, house_style
from snippets.plots.house.widths import PHONE, for_both, for_phone
from tests.snippets.plots.drawings.reading import text_boxes
from tests.snippets.plots.laws import assert_all_inside, both


def sheet(width: float = 200, height: float = 100, title: str = "What it shows") -> Any:
    with house_style():
        return new_sheet(width, height, title)


def test_a_unit_is_a_point_and_y_runs_down() -> None:
    axes = sheet()
    (x0, y0), (x1, y1) = axes.transData.transform([(0, 0), (72, 72)]) / axes.figure.dpi
    assert x1 - x0 == pytest.approx(1)  # inches
    assert y1 - y0 == pytest.approx(-1)
    assert axes.get_xlim() == (0, 200) and axes.get_ylim()[0] == 100


def test_a_long_title_makes_the_sheet_higher_and_stays_within_it() -> None:
    short, long = sheet(), sheet(title="A finding that takes rather more than a single line to say")
    assert long.figure.get_figheight() > short.figure.get_figheight()
    assert_all_inside(finished(long))
    titles = [text for text in long.texts if text.get_fontweight() == "bold"]
    assert len(titles) > 1
    assert " ".join(text.get_text() for text in titles).endswith("a single line to say")


def test_each_number_of_a_tensor_is_a_square_at_its_place() -> None:
    axes = sheet()
    values = np.array([[0.0, 1.0, np.nan], [0.5, 0.5, 0.5]])
    box = tensor(axes, (10, 20), values, 8.0, "blue")
    assert (box.width, box.height) == (24, 16)
    (squares,) = axes.collections
    corners = [path.vertices[:4] for path in squares.get_paths()]
    assert len(corners) == 5  # a number that isn't there has no square
    assert {round(float(np.ptp(c[:, 0])), 3) for c in corners} == {7.5}
    np.testing.assert_allclose(corners[0].min(0), (10, 20))
    np.testing.assert_allclose(corners[-1].min(0), (26, 28))
    opacities = squares.get_facecolor()[:, 3]
    assert opacities[0] < opacities[2] < opacities[1] == 1


def test_boxes_know_their_edges_and_words_their_colour() -> None:
    axes = sheet()
    box = block(axes, Box(1, 2, 30, 40), "teal")
    assert (box.right, box.bottom, box.x, box.y) == (31, 42, 16, 22)
    write(axes, 5, 5, "$x$", colour="wine")
    (text,) = (text for text in axes.texts if text.get_text() == "$x$")
    assert text.get_color() == PALETTE["wine"] and not text.get_parse_math()


def test_a_step_is_wide_enough_for_its_words() -> None:
    axes = sheet()
    frame = step(axes, 100, 50, "attention\ntokens meet")
    figure = finished(axes)
    for text in axes.texts[-2:]:
        box = text.get_window_extent()
        assert box.width * 72 / figure.dpi < frame.width


def test_a_sheet_too_wide_is_refused() -> None:
    with pytest.raises(ValueError, match="inches: width must be in"):
        sheet(width=600)


def test_words_are_centred_in_ink_and_as_large_as_words() -> None:
    axes = sheet()
    write(axes, 50, 40, "middle")
    write(axes, 50, 60, "left", align="left", size=12, bold=True)
    middle, left = axes.texts[-2:]
    boxes = text_boxes(finished(axes))
    assert (boxes[middle].x0 + boxes[middle].x1) / 2 == pytest.approx(50, abs=0.6)
    assert boxes[left].x0 == pytest.approx(50, abs=0.6)
    assert middle.get_color() == PALETTE["ink"] and middle.get_fontsize() == WORD
    assert left.get_fontsize() == 12 and left.get_fontweight() == "bold"
    assert middle.get_fontweight() == "normal"
    for text, y in ((middle, 40), (left, 60)):
        extent = text.get_window_extent().transformed(axes.transData.inverted())
        assert (extent.y0 + extent.y1) / 2 == pytest.approx(y, abs=1)


def test_an_empty_sheet_has_no_frame_and_no_ticks() -> None:
    axes = sheet()
    assert not any(spine.get_visible() for spine in axes.spines.values())
    assert len(axes.get_xticks()) == len(axes.get_yticks()) == 0


@pytest.mark.parametrize("title", ["One line", "A finding that takes more than a single line here"])
def test_titles_stand_over_the_sheet_in_lines_that_do_not_overlap(title: str) -> None:
    axes = sheet(title=title)
    boxes = list(text_boxes(finished(axes)).values())
    assert max(box.y1 for box in boxes) < 0  # above the sheet itself
    height = axes.figure.get_figheight() * 72 - 100
    assert min(box.y0 for box in boxes) > -height
    assert all(box.x0 == pytest.approx(0, abs=1) and box.x1 < 200 for box in boxes)
    assert all(low.y0 - high.y1 > 2 for high, low in pairwise(boxes))


@pytest.mark.parametrize(("unit", "side"), [(4.99, 4.99), (5.0, 4.5)])
def test_small_squares_have_no_gap_and_the_deepest_is_what_is_said(
    unit: float, side: float
) -> None:
    axes = sheet()
    tensor(axes, (0, 0), [[-1.0, 0.0, 0.5, 1.0, 3.0]], unit, "blue", 0.4)
    (squares,) = axes.collections
    assert np.ptp(squares.get_paths()[0].vertices[:4, 0]) == pytest.approx(side)
    opacities = squares.get_facecolor()[:, 3]
    assert opacities == pytest.approx([0.1, 0.1, 0.25, 0.4, 0.4])  # none is invisible
    assert not len(squares.get_edgecolor())


def test_a_step_has_its_frame_around_its_lines_and_may_be_as_wide_as_is_said() -> None:
    axes = sheet()
    one, two = step(axes, 100, 50, "norm"), step(axes, 60, 20, "a\nb", "wine", 77)
    assert (one.x, one.y, one.height) == (100, 50, 22)
    assert (two.x, two.y, two.width, two.height) == (60, 20, 77, 33)
    for box, patch in zip((one, two), axes.patches, strict=True):
        assert (patch.get_x(), patch.get_y()) == (box.left, box.top)
        assert (patch.get_width(), patch.get_height()) == (box.width, box.height)
        assert patch.get_facecolor()[3] == 0
    (name, *lines) = axes.texts[-3:]
    assert name.get_position() == (100, 50)
    assert [line.get_position() for line in lines] == [(60, 14.5), (60, 25.5)]
    assert to_hex(axes.patches[1].get_edgecolor()) == PALETTE["wine"]


def test_a_mark_is_around_its_box_and_a_block_is_it() -> None:
    axes = sheet()
    box = Box(10, 20, 30, 40)
    block(axes, box, "teal")
    mark(axes, box)
    plain, frame = axes.patches
    assert plain.get_bbox().bounds == (10, 20, 30, 40)
    assert to_hex(plain.get_facecolor()) == PALETTE["teal"] and plain.get_facecolor()[3] == 1
    assert plain.get_edgecolor()[3] == 0
    around = frame.get_bbox()
    assert 8 <= around.x0 < 10 and 18 <= around.y0 < 20
    assert 40 < around.x1 <= 42 and 60 < around.y1 <= 62
    assert frame.get_facecolor()[3] == 0
    assert to_hex(frame.get_edgecolor()) == PALETTE["orange"]


def test_an_arrow_goes_all_the_way_and_is_straight_unless_it_is_bent() -> None:
    axes = sheet()
    arrow(axes, (10, 10), (110, 10))
    arrow(axes, (10, 60), (110, 60), "blue", bend=0.5)
    axes.figure.draw_without_rendering()
    straight, bent = (patch.get_path().get_extents() for patch in axes.patches)
    for extent in (straight, bent):
        assert extent.x0 == pytest.approx(10, abs=1.5) and extent.x1 == pytest.approx(110, abs=1.5)
    assert straight.height < 8 and bent.height > 20  # half the arc's height
    colours = [to_hex(patch.get_edgecolor()) for patch in axes.patches]
    assert colours == [PALETTE["muted"], PALETTE["blue"]]


def test_a_name_and_a_shape_stand_above_in_two_lines() -> None:
    axes = sheet()
    name_tensor(axes, Box(10, 50, 80, 20), "Q", "(T, D)", "wine")
    finished(axes)
    name, shape = axes.texts[-2:]
    boxes = text_boxes(axes.figure)
    assert boxes[name].y1 < boxes[shape].y0 and boxes[shape].y1 < 50
    assert name.get_position()[0] == shape.get_position()[0] == 50
    assert name.get_fontweight() == "bold" and name.get_color() == PALETTE["wine"]
    assert shape.get_color() == PALETTE["muted"] and shape.get_fontsize() < name.get_fontsize()


def test_letters_are_light_on_what_is_dark() -> None:
    axes = sheet()
    number(axes, 10, 20, "1", 0.4)
    number(axes, 10, 20, "2", 0.85, size=7)
    pale, dark = axes.texts[-2:]
    assert pale.get_color() == PALETTE["ink"] and dark.get_color() == PALETTE["paper"]
    assert pale.get_position() == (10, 20)
    assert pale.get_fontsize() == 8.5 and dark.get_fontsize() == 7


def test_cells_are_numbered_only_if_all_have_room() -> None:
    values = np.array([[1.0, np.nan, 2.5], [30.0, 4.0, 0.5]])

    def said(unit: float) -> dict[tuple[float, float], str]:
        axes = sheet()
        write_cells(axes, Box(10, 20, 3 * unit, 2 * unit), values, unit)
        return {text.get_position(): text.get_text() for text in axes.texts[1:]}

    assert said(20) == {
        (20, 30): "1",
        (60, 30): "2.5",
        (20, 50): "30",
        (40, 50): "4",
        (60, 50): "0.5",
    }
    assert not said(8) and len(said(16)) == 5  # three letters in one of them


def test_a_phone_writes_shares_without_their_zero_and_is_as_narrow_as_it_is() -> None:
    @for_both
    def drawn() -> Any:
        with house_style():
            axes = new_sheet(page_width(), 50, "T")
            values = np.array([[0.25, 1.0, -0.5]])
            write_cells(axes, Box(0, 0, 90, 30), values, 30, "{:.2f}")
            write_cells(axes, Box(0, 0, 90, 30), values, 30, "{:.3g}")
            assert page_width() == 72 * (PHONE if for_phone() else MAX_WIDTH)
            return finished(axes)

    page, phone = ([t.get_text() for t in f.axes[0].texts[1:]] for f in both(drawn()))
    assert page == ["0.25", "1.00", "−0.50", "0.25", "1", "−0.5"]
    assert phone == [".25", "1.00", "−0.50", "0.25", "1", "−0.5"]
