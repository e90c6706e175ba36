"""Bars: as long as their values, in the order given, with the number beside each."""

from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from snippets.plots.bars import compare_bars, difference_bars, next_token_bars
from snippets.plots.house.style import MAX_WIDTH, PALETTE
from tests.snippets.plots.laws import (
    assert_all_inside,
    assert_apart,
    assert_bars_in_rows,
    assert_numbers_beside_bars,
    both,
)


def lengths(axes: Axes) -> list[float]:
    return [patch.get_width() for patch in axes.patches]  # type: ignore[attr-defined]


def test_bars_are_the_probabilities_from_the_top_down() -> None:
    axes = next_token_bars(torch.tensor([0.5, 0.25, 0.125]), ["e", " ", "$x$"], title="t").axes[0]
    assert lengths(axes) == [0.5, 0.25, 0.125]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["e", "␣", "$x$"]
    assert not any(label.get_parse_math() for label in axes.get_yticklabels())
    assert [text.get_text() for text in axes.texts] == ["0.500", "0.250", "0.125"]
    bottom, top = axes.get_ylim()
    assert bottom > top
    assert axes.get_xlim()[0] == 0


def test_marked_bars_stand_out() -> None:
    axes = next_token_bars([0.2, 0.7], ["a", "b"], marked=[1]).axes[0]
    colours = [to_hex(patch.get_facecolor()) for patch in axes.patches]
    assert colours == [PALETTE["blue"], PALETTE["orange"]]
    axes = compare_bars([1, 2, 3], ["a", "b", "c"], xlabel="x", marked=[2], aside=[0]).axes[0]
    colours = [to_hex(patch.get_facecolor()) for patch in axes.patches]
    assert colours == [PALETTE["muted"], PALETTE["blue"], PALETTE["orange"]]
    with pytest.raises(ValueError, match=r"marked places \[2\] do not exist"):
        compare_bars([1, 2], ["a", "b"], xlabel="x", aside=[2])


def test_what_has_no_spread_has_no_whisker() -> None:
    figure = compare_bars([2.0, 1.0], ["a", "b"], spread=[0.0, 0.25], xlabel="loss")
    (whiskers,) = (c for c in figure.axes[0].collections if isinstance(c, LineCollection))
    assert [segment[0, 1] for segment in whiskers.get_segments()] == [1]


def test_spread_reaches_to_both_sides() -> None:
    figure = compare_bars(
        [2.0, 1.0], ["a", "b"], spread=[0.5, 0.25], xlabel="loss", number="{:.1f}"
    )
    axes = figure.axes[0]
    assert lengths(axes) == [2.0, 1.0]
    (whiskers,) = (c for c in axes.collections if isinstance(c, LineCollection))
    ends = [tuple(segment[:, 0]) for segment in whiskers.get_segments()]
    assert ends == [(1.5, 2.5), (0.75, 1.25)]
    assert [text.get_text() for text in axes.texts] == ["2.0", "1.0"]
    assert axes.get_xlim()[1] > 2.5


def test_differences_go_both_ways_with_their_spread_and_number() -> None:
    figure = difference_bars([0.2, -0.1], ["a", "b"], spread=[0.05, 0.02], xlabel="nats")
    axes = figure.axes[0]
    assert lengths(axes) == [0.2, -0.1]
    whiskers = next(c for c in axes.collections if isinstance(c, LineCollection))
    ends = [tuple(segment[:, 0]) for segment in whiskers.get_segments()]
    assert np.allclose(ends, [(0.15, 0.25), (-0.12, -0.08)])
    assert [text.get_text() for text in axes.texts] == ["+0.200", "−0.100"]
    assert [text.get_horizontalalignment() for text in axes.texts] == ["left", "right"]
    # Every number has room inside the axes, or it would lie on the labels.
    low, high = axes.get_xlim()
    assert low < -0.12 and high > 0.25
    left = axes.get_window_extent().x0
    assert all(text.get_window_extent().x0 > left for text in axes.texts)


def test_whiskers_may_be_of_two_lengths_and_reach_below_zero() -> None:
    figure = difference_bars([2.0, 3.0], ["a", "b"], spread=[(2.5, 1.0), (0.0, 0.0)], xlabel="x")
    axes = figure.axes[0]
    segments = [
        segment[:, 0].tolist()
        for lines in axes.collections
        if isinstance(lines, LineCollection)
        for segment in lines.get_segments()
    ]
    assert [-0.5, 3.0] in segments and [3.0, 3.0] not in segments, "none where nothing scatters"
    assert axes.get_xlim()[0] < -0.5


def test_differences_above_zero_begin_at_zero() -> None:
    axes = difference_bars([0.2, 0.1], ["a", "b"], xlabel="nats").axes[0]
    assert axes.get_xlim()[0] == 0


def test_all_zero_is_drawn() -> None:
    assert lengths(compare_bars([0, 0], ["a", "b"], xlabel="n").axes[0]) == [0, 0]


def test_on_a_phone_names_above_their_bars_keep_clear_of_the_axis() -> None:
    wide = difference_bars([-0.2, 0.1], ["a rather long name", "a name as long"], xlabel="nats")
    [axes] = vars(wide)["for_phone"]().axes
    names = [text for text in axes.texts if "long" in text.get_text()]
    frame = axes.get_window_extent()
    assert len(names) == 2
    assert all(name.get_window_extent().x0 > frame.x0 + 2 for name in names)


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"sum to 1\.2, over 1"):
        next_token_bars([0.7, 0.5], ["a", "b"])
    with pytest.raises(ValueError, match=r"probabilities lies in \[-0.5, 0.5\]"):
        next_token_bars([-0.5, 0.5], ["a", "b"])
    with pytest.raises(ValueError, match="1 tokens for 2 of them"):
        next_token_bars([0.5, 0.5], ["a"])
    with pytest.raises(ValueError, match=r"marked places \[2\] do not exist among 2"):
        next_token_bars([0.5, 0.5], ["a", "b"], marked=[2])
    with pytest.raises(ValueError, match="41 bars are too many"):
        next_token_bars(np.full(41, 0.01), ["a"] * 41)
    with pytest.raises(ValueError, match="values go down to -1"):
        compare_bars([-1], ["a"], xlabel="x")
    with pytest.raises(ValueError, match=r"spread \[0.1\] does not fit 2 values"):
        compare_bars([1, 2], ["a", "b"], spread=[0.1], xlabel="x")
    with pytest.raises(ValueError, match="spread"):
        compare_bars([1], ["a"], spread=[-0.1], xlabel="x")


@pytest.mark.parametrize("count", [1, 3, 40])
def test_all_bars_are_inside_in_the_middle(count: int) -> None:
    axes = compare_bars(np.arange(1, count + 1), ["a"] * count, xlabel="n").axes[0]
    bottom, top = axes.get_ylim()
    assert bottom + top == pytest.approx(count - 1)
    edges = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in axes.patches]  # type: ignore[attr-defined]
    assert top < edges[0][0] and edges[-1][1] < bottom
    assert all(one[1] < other[0] for one, other in pairwise(edges))
    assert axes.get_yticks().tolist() == list(range(count))


def test_the_number_stands_beyond_the_end_of_bar_and_spread() -> None:
    figure = difference_bars([0.5, -0.25, 0.0], ["a", "b", "c"], spread=[0.1] * 3, xlabel="nats")
    texts: list[Any] = list(figure.axes[0].texts)
    assert [text.xy for text in texts] == [
        (pytest.approx(0.6), 0),
        (pytest.approx(-0.35), 1),
        (pytest.approx(0.1), 2),
    ]
    assert [np.sign(text.xyann[0]) for text in texts] == [1, -1, 1]
    assert {text.get_va() for text in texts} == {"center"}


def test_there_is_a_line_at_zero_where_bars_go_to_both_sides() -> None:
    def lines(values: list[float]) -> list[float]:
        axes = difference_bars(values, ["a", "b"], xlabel="nats").axes[0]
        return [float(np.asarray(line.get_xdata())[0]) for line in axes.lines]

    assert lines([0.2, -0.1]) == [0]
    assert lines([0.2, 0.0]) == []


@pytest.mark.parametrize("values", [[2.0, 1.0], [-2.0, -1.0], [-1.0, 3.0]])
def test_the_longest_bar_leaves_a_little_room(values: list[float]) -> None:
    low, high = difference_bars(values, ["a", "b"], xlabel="n").axes[0].get_xlim()
    least, most = min(0.0, *values), max(0.0, *values)
    room = most - least
    for extra in (least - low, high - most):
        assert extra == 0 or 0.1 * room < extra < 0.2 * room
    assert low <= least and most <= high
    assert not (min(values) < 0 and low == least) and not (max(values) > 0 and high == most)


def test_titles_and_labels_are_plain_text() -> None:
    figure = compare_bars([1], ["$y$"], xlabel="loss (nats)", title="$x$ wins")
    axes = figure.axes[0]
    assert axes.get_title(loc="left") == "$x$ wins"
    assert axes.get_xlabel() == "loss (nats)"
    assert next_token_bars([1.0], ["a"]).axes[0].get_title(loc="left") == ""
    assert next_token_bars([1.0], ["a"]).axes[0].get_xlabel() == "probability"


def test_limits_of_what_is_taken() -> None:
    next_token_bars([0.5, 0.50005], ["a", "b"])  # rounding
    next_token_bars(np.full(40, 0.01), ["a"] * 40)
    compare_bars([0.0], ["a"], spread=[0.0], xlabel="x", marked=[0])
    with pytest.raises(ValueError, match="over 1"):
        next_token_bars([0.5, 0.50015], ["a", "b"])
    with pytest.raises(ValueError, match=r"marked places \[-1\]"):
        next_token_bars([0.5], ["a"], marked=[-1])
    with pytest.raises(ValueError, match="41 bars"):
        compare_bars(np.ones(41), ["a"] * 41, xlabel="x")
    with pytest.raises(ValueError, match="1 labels for 2"):
        difference_bars([1, 2], ["a"], xlabel="x")


def test_all_of_zero_length_has_an_axis() -> None:
    assert compare_bars([0], ["a"], xlabel="n").axes[0].get_xlim() == (0, 1)


def every_kind(count: int) -> list[Figure]:
    """A figure of each kind, with this many bars and labels of different lengths."""
    labels = ["a" * (1 + n % 7) for n in range(count)]
    values = np.linspace(1, 0.1, count)
    signs = np.where(np.arange(count) % 2, -1, 1)
    return [
        next_token_bars(values / values.sum(), labels, title="Next"),
        compare_bars(values, labels, spread=values / 9, xlabel="nats", title="Loss"),
        difference_bars(values * signs, labels, spread=values / 9, xlabel="nats", marked=[0]),
        difference_bars(-values, labels, xlabel="nats"),
    ]


@pytest.mark.parametrize("count", [1, 12])
def test_laws_of_bars(count: int) -> None:
    with mpl.rc_context({"patch.force_edgecolor": True}):
        figures = every_kind(count)
    for figure in figures:
        (axes,) = figure.axes
        assert_all_inside(figure)
        assert_bars_in_rows(axes)
        assert_numbers_beside_bars(axes)
        assert_apart([*axes.texts, *axes.get_yticklabels(), axes.xaxis.label])
        assert axes.spines["bottom"].get_visible() and not axes.spines["right"].get_visible()
        assert to_hex(axes.spines["left"].get_edgecolor()) == PALETTE["muted"]


def test_a_figure_grows_by_a_line_of_text_per_bar() -> None:
    for one, other, many in zip(every_kind(1), every_kind(2), every_kind(12), strict=True):
        heights = [figure.get_figheight() for figure in (one, other, many)]
        line = heights[1] - heights[0]
        assert 0.2 < line < 0.4  # inches
        assert heights[2] == pytest.approx(heights[0] + 11 * line)
        assert heights[0] < 1.8  # a single bar is no tall figure
        assert one.get_figwidth() == many.get_figwidth() <= MAX_WIDTH


def test_a_title_starts_no_formula() -> None:
    figure = compare_bars([1], ["a"], xlabel="n", title="$x$")
    (title,) = (text for text in figure.findobj(Text) if text.get_text() == "$x$")
    assert not title.get_parse_math()


def test_a_difference_of_zero_begins_at_zero() -> None:
    assert difference_bars([0.2, 0.0], ["a", "b"], xlabel="nats").axes[0].get_xlim()[0] == 0


@pytest.mark.parametrize(("letters", "above"), [(8, False), (9, True)])
def test_on_a_phone_names_of_more_than_eight_letters_stand_above_their_bars(
    letters: int, above: bool
) -> None:
    def phone(count: int) -> Figure:
        figure = compare_bars([2.0] * count, ["$" * letters] * count, xlabel="n")
        return both(figure)[1]

    figure = phone(3)
    assert_all_inside(figure)
    (axes,) = figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    names = [text for text in axes.texts if text.get_text() == "$" * letters]
    assert labels == (["", "", ""] if above else ["$" * letters] * 3)
    assert len(names) == (3 if above else 0)
    bars: list[Any] = list(axes.patches)
    for bar, name in zip(bars, names, strict=False):
        box, place = name.get_window_extent(), bar.get_window_extent()
        assert 0 < box.y0 - place.y1 < 6 and not name.get_parse_math()
        patch = name.get_bbox_patch()
        assert patch is not None and to_hex(patch.get_facecolor()) == PALETTE["paper"]
    if not above:
        assert_bars_in_rows(axes)
    tops = [text.get_window_extent().y1 for text in names] + [bars[0].get_window_extent().y1]
    frame = axes.get_window_extent()
    assert max(tops) < frame.y1 + 1 and bars[-1].get_window_extent().y0 > frame.y0
    line = phone(4).get_figheight() - figure.get_figheight()
    assert 0.4 < line < 0.5 if above else 0.25 < line < 0.3  # inches


@pytest.mark.parametrize("number", ["{:.3g}", "{:,.0f}", "{:,.4f}"])
def test_on_a_phone_numbers_have_the_room_that_they_need(number: str) -> None:
    figure = compare_bars([1234567.0, 3.0], ["a", "b"], xlabel="n", number=number)
    for one in both(figure):
        assert_numbers_beside_bars(one.axes[0])
    _, room = both(figure)[1].axes[0].get_xlim()
    assert 1.14 < room / 1234567 < 2.0
