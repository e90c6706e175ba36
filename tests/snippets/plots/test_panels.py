"""One panel a distribution, all on one scale, with a mark for what is ruled out."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from snippets.plots.house.style import PALETTE
from snippets.plots.panels import next_token_panels
from tests.snippets.plots.laws import (
    assert_all_inside,
    assert_apart,
    assert_bars_in_rows,
    assert_frame,
    both,
)

BEFORE, AFTER = [0.5, 0.3, 0.2], [0.625, 0.375, 0.0]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_each_bar_is_as_long_as_its_probability():
    figure = next_token_panels({"before": BEFORE, "after": AFTER}, ["a", " ", "\n"])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["before", "after"]
    for axes, expected in zip(figure.axes, (BEFORE, AFTER), strict=True):
        assert [bar.get_width() for bar in axes.patches] == expected
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["a", "␣", "↵"]


def test_what_is_ruled_out_is_marked():
    figure = next_token_panels({"before": BEFORE, "after": AFTER}, ["a", "b", "c"])
    marks = [[line.get_ydata()[0] for line in axes.lines] for axes in figure.axes]
    assert marks == [[], [2]]


@pytest.mark.parametrize(
    ("distributions", "tokens", "message"),
    [
        ({}, [], "0 panels"),
        (dict.fromkeys("abcde", BEFORE), ["a", "b", "c"], "5 panels"),
        ({"before": BEFORE}, ["a"], "tokens"),
        ({"before": [1.5, 0.1]}, ["a", "b"], "1.5"),
    ],
)
def test_refusals(distributions, tokens, message):
    with pytest.raises(ValueError, match=message):
        next_token_panels(distributions, tokens)


def test_bars_are_inside_and_only_the_first_panel_names_them():
    figure = next_token_panels({"$a$": [1.0, 0.0], "b": [0.5, 0.5]}, ["x", "y"])
    assert figure.get_supxlabel() == "probability"
    for axes in figure.axes:
        bottom, top = axes.get_ylim()
        assert bottom + top == pytest.approx(1)
        assert top < axes.patches[0].get_y()
        assert 1 < axes.get_xlim()[1] < 1.1
        assert axes.get_xlim()[0] == 0
        assert axes.get_yticks().tolist() == [0, 1]
    named = [[label.get_text() for label in axes.get_yticklabels()] for axes in figure.axes]
    assert named == [["x", "y"], ["", ""]]
    assert figure.axes[0].get_title(loc="left") == "$a$"


def test_a_mark_stands_at_zero():
    figure = next_token_panels({"after": [0.0, 1.0]}, ["a", "b"])
    (mark,) = figure.axes[0].lines
    assert mark.get_xdata()[0] == 0 and mark.get_marker() == "x"


def test_a_mark_touches_no_label():
    figure = next_token_panels({"after": [0.0, 0.0, 1.0]}, ["o", "w", "a"])
    for one in both(figure):
        one.draw_without_rendering()
        (axes,) = one.axes
        right = max(label.get_window_extent().x1 for label in axes.get_yticklabels())
        for mark in axes.lines:
            x, _ = mark.get_transform().transform((0, 0))
            assert x - mark.get_markersize() / 2 * one.dpi / 72 > right


def test_words_have_plain_spaces():
    figure = next_token_panels({"a": [0.5, 0.5]}, ["KING JOHN", "MACBETH"], words=True)
    labels = figure.axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == ["KING JOHN", "MACBETH"]


@pytest.mark.parametrize("title", ["Short", "A title that goes on over a second line on a phone"])
def test_labels_lie_below_one_another(title):
    figure = next_token_panels({"a": [0.1] * 6, "b": [0.1] * 6}, ["MACBETH"] * 6, title=title)
    for one in both(figure):
        one.draw_without_rendering()
        assert_apart(one.axes[0].get_yticklabels(), rounding=1)


def test_up_to_four_panels():
    assert len(next_token_panels({name: [0.5] for name in "abcd"}, ["x"]).axes) == 4


@pytest.mark.parametrize("count", [1, 3, 20])
def test_laws_of_panels(count):
    chosen = [1.0] + [0.0] * (count - 1)
    spread = [1 / count] * count
    with mpl.rc_context({"patch.force_edgecolor": True}):
        figure = next_token_panels({"a": spread, "b": chosen, "$c": spread}, ["tok"] * count)
    assert_all_inside(figure)
    for axes in figure.axes:
        assert_bars_in_rows(axes)
        assert_frame(axes, "left", "bottom")
        assert {to_hex(bar.get_facecolor()) for bar in axes.patches} == {PALETTE["blue"]}
        labels = axes.get_xticklabels()
        low, high = axes.get_xlim()
        shown = [
            label
            for label, tick in zip(labels, axes.get_xticks(), strict=True)
            if low <= tick <= high
        ]
        assert 2 <= len(shown) <= 4
        assert_apart(shown)
    titles = {text.get_text(): text for text in figure.findobj(Text)}
    assert not titles["$c"].get_parse_math()
    assert not any(label.get_parse_math() for label in figure.axes[0].get_yticklabels())
    for mark in figure.axes[1].lines:
        assert mark.get_color() == PALETTE["orange"] and not mark.get_clip_on()


def test_a_figure_grows_by_a_line_of_text_per_token():
    heights = [next_token_panels({"a": [1 / n] * n}, ["x"] * n).get_figheight() for n in (1, 2, 20)]
    line = heights[1] - heights[0]
    assert 0.2 < line < 0.3  # inches
    assert heights[2] == pytest.approx(heights[0] + 19 * line)
    assert heights[0] < 1.5


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (3, 1), (4, 2)])
def test_on_a_phone_panels_stand_two_by_two_or_below_one_another(count, columns):
    figure = next_token_panels({name: [0.5, 0.3] for name in "abcd"[:count]}, ["x", "y"])
    for one, across in zip(both(figure), (count, columns), strict=True):
        places = [(round(box.x0, 2), -round(box.y0, 2)) for box in map(_place, one.axes)]
        assert len({x for x, _ in places}) == across
        assert places == sorted(places, key=lambda place: place[::-1])
        named = [bool(axes.get_yticklabels()[0].get_text()) for axes in one.axes]
        assert named == [number % across == 0 for number in range(count)]
    line = [
        next_token_panels({name: [1 / n] * n for name in "abcd"[:count]}, ["x"] * n)
        .for_phone()
        .get_figheight()
        for n in (2, 3)
    ]
    assert line[1] - line[0] == pytest.approx(0.22 * count / columns)


def _place(axes):
    return axes.get_position()


def test_a_longer_title_takes_no_room_from_the_panels():
    titles = ("A finding", "A finding that takes more than a single line on any page, " * 2)
    figures = [next_token_panels({"a": [0.5]}, ["x"], title=title) for title in titles]
    heights = [figure.axes[0].get_window_extent().height / figure.dpi for figure in figures]
    assert figures[1].get_suptitle().count("\n") > 0
    assert heights[0] == pytest.approx(heights[1], abs=0.08)
