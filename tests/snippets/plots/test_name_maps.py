"""Each name stands at its place, in the colour of its group, and clear of the others."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from snippets.plots.house.style import PALETTE
from snippets.plots.name_maps import apart, name_map
from tests.snippets.plots.laws import assert_all_inside, assert_apart, both

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


@pytest.mark.parametrize("other", [[1.0, 0.2], [1.0, 1.0], [0.2, 1.0], [0.0, 0.0]])
@pytest.mark.parametrize("length", [11, 18, 25])
def test_two_long_names_do_not_stick_out_of_the_frame(length: int, other: list[float]):
    figure = drawn({"low": ([[0.0, 0.0], other], ["a" * length, "b" * length])})
    for one in both(figure):
        frame = one.axes[0].get_window_extent()
        boxes = [text.get_window_extent() for text in one.axes[0].texts]
        for box in boxes:
            assert frame.x0 < box.x0 < box.x1 < frame.x1 and frame.y0 < box.y0 < box.y1 < frame.y1
        assert not boxes[0].padded(-1).overlaps(boxes[1])


def test_boxes_give_way_by_equal_parts_where_less_is_needed():
    moved = apart(np.array([[0.0, 0.0], [8.0, 1.0]]), np.full((2, 2), 10.0))
    np.testing.assert_allclose(moved, [[-1, 0], [9, 1]], atol=0.01)
    upright = apart(np.array([[0.0, 0.0], [1.0, 4.0]]), np.array([[20.0, 4.0], [20.0, 8.0]]))
    np.testing.assert_allclose(upright, [[0, -1], [1, 5]], atol=0.01)


def test_five_groups_of_a_hundred_points_on_one_scale_in_both_directions():
    hues = ["blue", "orange", "teal", "wine", "violet"]
    places = np.stack([np.arange(20.0), np.zeros(20)], axis=1)
    groups = {hue: (places + np.array([0, n]), ["a"] * 20) for n, hue in enumerate(hues)}
    figure = drawn(groups, colours={hue: hue for hue in hues})
    assert len(figure.axes[0].texts) == 100
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "y")
    (left, low), (right, high) = axes.transData.transform([(0, 0), (1, 1)])
    assert right - left == pytest.approx(high - low)
    boxes = [text.get_window_extent() for text in figure.legends[0].get_texts()]
    assert len({box.y0 for box in boxes}) == 1  # one row
    with pytest.raises(ValueError, match="6 groups"):
        drawn(groups | {"more": ([[0, 0]], ["a"])})
