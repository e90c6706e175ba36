"""Four quantities of the same things: a dot each, and none for what is zero."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

from snippets.plots.dot_panels import dot_panels
from snippets.plots.house.style import PALETTE
from tests.snippets.plots.laws import assert_all_inside, grid_is_on, tick_lengths

PANELS = {
    "parameters": {"all": [10.0, 1000.0, 1.0], "active": [10.0, 50.0, 1.0]},
    "width": {"": [1.0, 2.0, 3.0]},
    "operations": {"": [5.0, 6.0, 7.0]},
    "cache": {"": [100.0, 0.0, 10.0]},
}
NAMES = ["one", "two", "three"]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_each_dot_is_at_its_value():
    figure = dot_panels(PANELS, NAMES, title="What it shows")
    for axes, (quantity, series) in zip(figure.axes, PANELS.items(), strict=True):
        assert axes.get_xlabel() == quantity and axes.get_xscale() == "log"
        for line, values in zip(axes.lines, series.values(), strict=True):
            there = [value for value in values if value]
            assert line.get_xdata().tolist() == there
            assert line.get_ydata().tolist() == [i for i, value in enumerate(values) if value]
    assert figure.get_suptitle() == "What it shows"


def test_the_first_thing_is_on_top_and_only_the_left_panels_name_them():
    figure = dot_panels(PANELS, NAMES)
    shown = [[t.get_text() for t in axes.get_yticklabels()] for axes in figure.axes]
    assert shown == [NAMES, [""] * 3, NAMES, [""] * 3]
    assert all(axes.yaxis_inverted() for axes in figure.axes)


def test_a_panel_with_two_series_says_which_is_which():
    axes, *others = dot_panels(PANELS, NAMES).axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["all", "active"]
    assert [to_hex(line.get_color()) for line in axes.lines] == [PALETTE["blue"], PALETTE["orange"]]
    assert all(other.get_legend() is None for other in others)


def test_a_narrow_range_has_more_ticks_than_its_power_of_ten():
    narrow = PANELS | {"width": {"": [33.0, 130.0, 43.0]}}
    axes = dot_panels(narrow, NAMES).axes[1]
    low, high = axes.get_xlim()
    assert [tick for tick in axes.get_xticks() if low <= tick <= high] == [20, 50, 100, 200]


@pytest.mark.parametrize("phone", [False, True])
def test_all_is_inside(phone):
    figure = dot_panels(PANELS, ["a model of a long name", *NAMES[1:]], title="What it shows")
    assert_all_inside(figure.for_phone() if phone else figure)


@pytest.mark.parametrize(
    ("change", "names", "message"),
    [
        ({"more": {"": [1, 2, 3]}}, NAMES, "5 panels"),
        ({}, ["one", "one", "two"], "each with its own name"),
        ({}, [str(i) for i in range(11)], "from 1 to 10"),
        ({"width": {"": [1, 2]}}, NAMES, "are not 3 values"),
        ({"width": {"": [1, 2, -3]}}, NAMES, "from 0 on"),
        ({"width": {}}, NAMES, "0 series"),
        ({"width": {name: [1, 2, 3] for name in "abc"}}, NAMES, "3 series"),
    ],
)
def test_refusals(change, names, message):
    with pytest.raises(ValueError, match=message):
        dot_panels(PANELS | change, names)


def test_dots_lie_in_rows_within_twice_their_range_and_the_second_is_a_ring():
    figure = dot_panels(PANELS, NAMES)
    phone = figure.for_phone()
    for one in (figure, phone):
        for axes, series in zip(one.axes, PANELS.values(), strict=True):
            present = [value for values in series.values() for value in values if value]
            assert axes.get_xlim() == pytest.approx((min(present) / 2, max(present) * 2))
            assert axes.get_ylim() == (2.5, -0.5)
            assert all(line.get_marker() == "o" for line in axes.lines)
            assert all(line.get_linestyle() == "None" for line in axes.lines)
            assert len(axes.xaxis.get_minorticklocs()) == 0
        dot, ring = one.axes[0].lines
        assert ring.get_markersize() > dot.get_markersize()
        assert ring.get_markerfacecolor() == "none" != dot.get_markerfacecolor()
    lefts = [[round(axes.get_position().x0, 2) for axes in one.axes] for one in (figure, phone)]
    assert len(set(lefts[0])) == 2 and len(set(lefts[1])) == 1
    names = [[text.get_text() for text in axes.get_yticklabels()] for axes in phone.axes]
    assert names == [NAMES] * 4  # one below the other, each needs them


def test_ten_things_and_a_panel_of_zeros_can_be_drawn_and_none_is_refused():
    names = list("abcdefghij")
    panels = {quantity: {"": [0.0] * 10} for quantity in PANELS}
    figure = dot_panels(panels, names)
    assert figure.axes[0].get_xlim() == (0.5, 20) and not figure.get_suptitle()
    with pytest.raises(ValueError, match="from 1 to 10"):
        dot_panels(panels, [])


@pytest.mark.parametrize(("most", "between"), [(19.9, True), (20.0, False)])
def test_ticks_between_powers_are_those_of_a_short_range(most, between):
    axes = dot_panels(PANELS | {"width": {"": [1.0, most, 3.0]}}, NAMES).axes[1]
    assert (5 in axes.get_xticks().round(6)) == between


def test_a_figure_grows_by_a_line_of_text_per_thing_and_takes_names_literally():
    heights = []
    for count in (1, 2, 10):
        names = [f"${n}$" for n in range(count)]
        figure = dot_panels({q: {"": [1.0] * count} for q in PANELS}, names, title="$t$")
        heights.append([one.get_figheight() for one in (figure, figure.for_phone())])
        labels = figure.axes[0].get_yticklabels()
        assert not any(label.get_parse_math() for label in labels)
        for axes in figure.axes:
            assert grid_is_on(axes.xaxis) and grid_is_on(axes.yaxis)
            assert not any(tick_lengths(axes.yaxis)) and all(tick_lengths(axes.xaxis))
    for rows, kind in ((2, 0), (4, 1)):
        one, two, many = (height[kind] for height in heights)
        line = (two - one) / rows
        assert 0.2 < line < 0.3 and many - one == pytest.approx(9 * line * rows)  # inches


@pytest.mark.parametrize("count", [2, 5, 10])
def test_a_key_of_two_series_stands_above_its_panel_and_below_the_title(count):
    panels = {quantity: {"": [1.0] * count} for quantity in PANELS}
    panels["parameters"] = {"all": [1.0] * count, "active": [2.0] * count}
    figure = dot_panels(panels, [str(n) for n in range(count)], title="What it shows")
    for one in (figure, figure.for_phone()):
        one.draw_without_rendering()
        axes = one.axes[0]
        frame = axes.get_window_extent()
        boxes = [text.get_window_extent() for text in axes.get_legend().get_texts()]
        title = min(text.get_window_extent().y0 for text in one.texts)
        assert all(0 < (box.y0 - frame.y1) / one.dpi * 72 < 14 for box in boxes)  # points
        assert all(box.y1 <= title for box in boxes)
        assert boxes[0].y0 == boxes[1].y0 and boxes[0].x1 < boxes[1].x0
        assert frame.x0 < boxes[0].x0 and boxes[1].x1 < frame.x1
