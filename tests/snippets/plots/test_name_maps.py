"""Each name stands at its place, in the colour of its group, and clear of the others."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from snippets.plots.house.style import PALETTE
from snippets.plots.name_maps import apart, name_map
from tests.snippets.plots.laws import assert_all_inside, assert_apart

COLOURS = {"low": "blue", "high": "orange"}
GROUPS = {"low": ([[0.0, 0.0], [1.0, 2.0]], ["a", "$b$"]), "high": ([[5.0, 1.0]], ["c"])}


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def drawn(groups: Any, **options: Any) -> Figure:
    usual: Any = {"xlabel": "x", "ylabel": "y", "colours": COLOURS, "title": "Names"}
    return name_map(groups, **{**usual, **options})


def test_names_stand_at_their_places_in_the_colour_of_their_group():
    figure = drawn(GROUPS)
    texts = {text.get_text(): text for text in figure.axes[0].texts}
    for name, place, colour in (("a", (0, 0), "blue"), ("$b$", (1, 2), "blue"),
                                ("c", (5, 1), "orange")):  # fmt: skip
        assert texts[name].get_position() == pytest.approx(place, abs=0.02)
        assert texts[name].get_color() == PALETTE[colour]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["low", "high"]


@pytest.mark.parametrize("phone", [False, True])
def test_a_crowd_is_moved_apart_and_stays_inside(phone: bool):
    rng = np.random.default_rng(0)
    groups = {"low": (rng.normal(size=(26, 2)), [*"abcdefghijklmnopqrstuvwxyz"]),
              "high": (0.1 * rng.normal(size=(10, 2)), [*"ABCDEFGHIJ"])}  # fmt: skip
    figure = drawn(groups)
    if phone:
        figure = vars(figure)["for_phone"]()
    figure.draw_without_rendering()
    assert_apart(figure.axes[0].texts, rounding=4.5)  # of a letter's height, a part is air
    assert_all_inside(figure)
    frame = figure.axes[0].get_window_extent()
    for text in figure.axes[0].texts:  # and no name lies on an axis
        box = text.get_window_extent()
        assert frame.x0 < box.x0 < box.x1 < frame.x1 and frame.y0 < box.y0 < box.y1 < frame.y1


def test_boxes_that_are_clear_stay_and_equal_ones_part():
    clear = np.array([[0.0, 0.0], [30.0, 0.0]])
    np.testing.assert_allclose(apart(clear, np.full((2, 2), 10.0)), clear, atol=0.01)
    moved = apart(np.zeros((4, 2)), np.full((4, 2), 10.0))
    for i in range(4):
        for j in range(i):
            assert (np.abs(moved[i] - moved[j]) >= 10 - 1e-5).any()


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({}, "0 groups"),
        ({"low": ([[0.0, 0.0]], ["a", "b"])}, "2 names of 'low' for 1"),
        ({"low": ([[0.0, 0.0, 1.0]], ["a"])}, "low"),
        ({"low": (np.zeros((101, 2)), ["a"] * 101)}, "101 points"),
        ({"other": ([[0.0, 0.0]], ["a"]), "low": ([[0.0, 0.0]], ["a"])}, "no colour for"),
    ],
)
def test_what_cannot_be_drawn_is_refused(groups, message):
    with pytest.raises(ValueError, match=message):
        drawn(groups)
