"""A sheet: a unit is a point, y runs down, a number is a square, and refusals are clear."""

from typing import Any

import numpy as np
import pytest

from snippets.plots.drawings.shapes import block, step, tensor
from snippets.plots.drawings.sheet import Box, finished, new_sheet, write
from snippets.plots.house.style import PALETTE, house_style
from tests.snippets.plots.laws import assert_all_inside


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
