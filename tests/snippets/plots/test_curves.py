"""Curves: the lines are the data, the labels stand apart, the numbers read well."""

from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.curves import curves, running_mean, training_curves
from snippets.plots.house.style import PALETTE, SERIES
from tests.snippets.plots.laws import assert_all_inside, assert_frame, both, grid_is_on


def drawn(series: dict[str, Any], **options: Any) -> Figure:
    """Curves of things that no figure of the course shows, each in a colour of its own."""
    usual = {"xlabel": "x", "ylabel": "y", "colours": dict(zip(series, SERIES, strict=False))}
    return curves(series, **{**usual, **options})


def test_lines_are_the_data() -> None:
    series = {"one": ([1, 2, 4], [3.0, 2.0, 1.0]), "two": ([1, 2], [5.0, 6.0])}
    axes = drawn(series, xlabel="x (s)", ylabel="y (m)", title="T").axes[0]
    for line, (x, y) in zip(axes.lines, series.values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), x)
        np.testing.assert_array_equal(line.get_ydata(), y)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x (s)", "y (m)")
    assert axes.get_legend() is None


def test_labels_stand_at_the_ends_in_the_colour_of_their_lines() -> None:
    axes = drawn({"up": ([0, 1], [0, 9]), "down": ([0, 1], [9, 0])}, xlabel="x", ylabel="y").axes[0]
    at = {text.get_text(): (text.xy[1], text.get_color()) for text in axes.texts}  # type: ignore[attr-defined]
    assert at["up"][0] > at["down"][0]
    assert [at["up"][1], at["down"][1]] == [line.get_color() for line in axes.lines]


@settings(max_examples=8)  # each draws a figure
@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=5), st.booleans())
def test_labels_never_overlap(ends: list[float], log: bool) -> None:
    series = {f"s{i}": ([1, 2], [1.0, end]) for i, end in enumerate(ends)}
    figure = drawn(series, xlabel="x", ylabel="y", log_y=log)
    boxes = sorted((t.get_window_extent() for t in figure.axes[0].texts), key=lambda box: box.y0)
    plt.close(figure)
    assert all(low.y1 <= high.y0 + 1.5 for low, high in pairwise(boxes))


def test_few_points_on_a_log_axis_are_its_ticks() -> None:
    axes = drawn({"t": ([64, 128, 1024], [1, 10, 1000])}, xlabel="T", ylabel="ms", log_x=True).axes[
        0
    ]
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["64", "128", "1,024"]


def test_a_short_log_axis_still_has_numbers() -> None:
    axes = drawn({"t": ([1, 2], [3, 8])}, xlabel="x", ylabel="y", log_y=True).axes[0]
    low, high = axes.get_ylim()
    assert sum(low <= tick <= high for tick in axes.get_yticks()) >= 1


def test_training_shows_both_losses_and_the_levels() -> None:
    steps, losses = np.arange(10), np.linspace(4, 1, 10)
    axes = training_curves(
        (steps, losses), ([0, 9], [4.0, 1.5]), references={"guess": 4.2}, smooth=4
    ).axes[0]
    lines: list[Any] = list(axes.lines)
    training, validation, guess = lines
    np.testing.assert_allclose(training.get_xdata(), steps[:7] + 1.5)
    np.testing.assert_allclose(training.get_ydata(), [losses[i : i + 4].mean() for i in range(7)])
    np.testing.assert_array_equal(validation.get_ydata(), [4.0, 1.5])
    assert set(guess.get_ydata()) == {4.2}
    assert guess.get_color() == PALETTE["muted"]
    assert [text.get_text() for text in axes.texts] == ["training", "validation", "guess"]


def test_a_mean_of_one_is_the_data() -> None:
    x, y = np.arange(3.0), np.array([2.0, 7.0, 1.0])
    np.testing.assert_array_equal(running_mean(x, y, 1), (x, y))


def test_refusals() -> None:
    def draw(series, **options):
        return drawn(series, xlabel="x", ylabel="y", **options)

    with pytest.raises(ValueError, match="no series"):
        draw({})
    with pytest.raises(ValueError, match=r"no colour for \['5'\]"):
        draw({str(i): ([1], [1]) for i in range(6)})
    with pytest.raises(ValueError, match="'a' has 2 x and 1 y"):
        draw({"a": ([1, 2], [1])})
    with pytest.raises(ValueError, match="y of 'a' goes down to 0: no log"):
        draw({"a": ([1, 2], [0, 1])}, log_y=True)
    with pytest.raises(ValueError, match="x of 'a' goes down to -1: no log"):
        draw({"a": ([-1, 2], [0, 1])}, log_x=True)
    with pytest.raises(ValueError, match="not finite"):
        draw({"a": ([1], [np.inf])})
    with pytest.raises(ValueError, match="not finite"):
        draw({"a": ([1], [1])}, references={"level": np.nan})
    with pytest.raises(ValueError, match=r"7\.5 x 3\.6"):
        draw({"a": ([1], [1])}, width=7.5)
    with pytest.raises(ValueError, match="smooth=4 must be from 1 to the 3 points"):
        training_curves(([1, 2, 3], [1, 2, 3]), smooth=4)


def test_few_points_are_marked_and_the_label_stands_where_x_ends() -> None:
    series = {
        "few": ([2, 1], [5.0, 0.0]),
        "many": (range(17), range(17)),
        "16": (range(16), [1] * 16),
    }
    axes = drawn(series, xlabel="x", ylabel="y").axes[0]
    assert [line.get_marker() for line in axes.lines] == ["o", "None", "o"]
    (low, high), texts = axes.get_ylim(), list(axes.texts)
    assert not any(text.get_annotation_clip() for text in texts)  # type: ignore[attr-defined]
    at = {text.get_text(): text.xy for text in texts}  # type: ignore[attr-defined]
    assert at["few"] == (1, pytest.approx((5 - low) / (high - low)))
    assert at["many"] == (1, pytest.approx((16 - low) / (high - low)))


def test_powers_of_ten_along_a_long_axis_and_few_points_only_along_the_bottom() -> None:
    axes = drawn({"t": ([1, 10, 1000], [1, 30, 900])}, xlabel="x", ylabel="y", log_y=True).axes[0]
    assert axes.get_yscale() == "log" and axes.get_xscale() == "linear"
    ticks = [tick for tick in axes.get_yticks() if 1 <= tick <= 900]
    assert ticks == [1, 10, 100]
    axes = drawn({"t": ([1, 2], [3, 30])}, xlabel="x", ylabel="y", log_y=True).axes[0]
    assert [tick for tick in axes.get_yticks() if 3 <= tick <= 30] == [5, 10, 20]
    many = [2.0**k for k in range(9)]
    axes = drawn({"t": (many, many)}, xlabel="x", ylabel="y", log_x=True).axes[0]
    assert [tick for tick in axes.get_xticks() if 1 <= tick <= 256] == [1, 10, 100]
    axes = drawn({"t": (many[:8], many[:8])}, xlabel="x", ylabel="y", log_x=True).axes[0]
    assert axes.get_xticks().tolist() == many[:8]
    assert axes.xaxis.get_minorticklocs().tolist() == []


def test_titles_and_the_running_mean_s_widest_window() -> None:
    steps, losses = [1, 2, 3], [3.0, 2.0, 1.0]
    axes = training_curves((steps, losses), smooth=3, title="Loss").axes[0]
    assert axes.get_title(loc="left") == "Loss"
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[2.0, 2.0]])  # type: ignore[arg-type]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "nats per character")
    axes = training_curves((steps, losses)).axes[0]
    assert len(np.asarray(axes.lines[0].get_xdata())) == 3
    with pytest.raises(ValueError, match="smooth=0"):
        training_curves((steps, losses), smooth=0)


def test_figures_have_the_size_that_is_asked_for() -> None:
    line = {"a": ([1], [1])}
    assert drawn(line, xlabel="x", ylabel="y").get_size_inches().tolist() == [6.4, 3.6]
    figure = drawn(line, xlabel="x", ylabel="y", width=5, height=2)
    assert figure.get_size_inches().tolist() == [5, 2]


@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("log_y", [False, True])
def test_laws_of_curves(log_x: bool, log_y: bool) -> None:
    x = np.arange(1, 40)
    series = {f"a rather long name {k}": (x, x * k) for k in (1, 2, 3)}
    figure = drawn(series, log_x=log_x, log_y=log_y, references={"$5": 5.0}, title="T")
    (axes,) = figure.axes
    assert_all_inside(figure)
    assert_frame(axes, "left", "bottom")
    assert grid_is_on(axes.yaxis) and grid_is_on(axes.xaxis) == log_x
    assert axes.get_legend() is None and axes.get_title(loc="left") == "T"
    right = axes.get_window_extent().x1
    labels: list[Any] = list(axes.texts)
    for label in labels:
        assert 2 < label.get_window_extent().x0 - right < 12  # beside the plot, not in it
        assert label.xyann[1] == 0 and label.get_va() == "center"
        assert not label.get_parse_math()


def test_labels_that_are_pushed_apart_stay_close() -> None:
    figure = drawn({name: ([1, 2], [0.0, 1.0]) for name in "abc"})
    boxes = sorted((t.get_window_extent() for t in figure.axes[0].texts), key=lambda box: box.y0)
    for low, high in pairwise(boxes):
        assert high.y0 - low.y0 < 1.6 * low.height


def test_the_label_is_level_with_the_end_on_a_log_axis() -> None:
    axes = drawn({"a": ([1, 2], [1.0, 10.0]), "b": ([1, 2], [1.0, 100.0])}, log_y=True).axes[0]
    ends = {"a": 10.0, "b": 100.0}
    for text in axes.texts:
        _, height = text.xy  # type: ignore[attr-defined]
        level = axes.transAxes.inverted().transform(
            axes.transData.transform((2, ends[text.get_text()]))
        )[1]
        assert height == pytest.approx(level)


def test_numbers_up_a_log_axis_are_written_out_without_minor_ticks() -> None:
    axes = drawn({"t": ([1, 2, 3], [1, 30, 900])}, log_y=True).axes[0]
    named = {tick: label.get_text() for tick, label in zip(*ticks_of(axes), strict=True)}
    assert [named[tick] for tick in (1, 10, 100)] == ["1", "10", "100"]
    assert axes.yaxis.get_minorticklocs().tolist() == []


def ticks_of(axes: Axes) -> tuple[list[float], list[Any]]:
    return axes.get_yticks().tolist(), axes.get_yticklabels()


@pytest.mark.parametrize(("most", "expected"), [(99, [1, 2, 5, 10, 20, 50]), (100, [1, 10, 100])])
def test_ticks_lie_closer_on_less_than_two_powers_of_ten(most: float, expected: list) -> None:
    axes = drawn({"t": ([1, 2, 3], [1, 60, most])}, log_y=True).axes[0]
    assert [tick for tick in axes.get_yticks() if 1 <= tick <= most] == expected


def test_lines_have_the_colours_of_the_series_in_order() -> None:
    lines = drawn({name: ([1, 2], [0.0, 1.0]) for name in "abc"}).axes[0].lines
    assert [line.get_color() for line in lines] == [PALETTE[name] for name in SERIES[:3]]


def test_few_whole_points_are_the_ticks_where_they_are_evenly_apart() -> None:
    """There is no layer 0.5."""

    def ticks(x: list[Any]) -> list[float]:
        figure = curves({"loss": (x, [1.0] * len(x))}, xlabel="layer", ylabel="nats per token")
        low, high = min(x), max(x)
        return [tick for tick in figure.axes[0].get_xticks() if low <= tick <= high]

    assert ticks([0, 1, 2, 3]) == [0, 1, 2, 3] and ticks([0, 128, 256]) == [0, 128, 256]
    assert ticks([1, 2, 900]) != [1, 2, 900] and ticks([0.0, 0.5, 1.0]) != [0.0, 0.5, 1.0]
    assert len(ticks(list(range(30)))) < 30


def test_references_have_different_dashes() -> None:
    levels = {"a coin": 0.5, "perfect": 0.9}
    figure = curves(
        {"share": ([0, 1], [0.1, 0.7])}, xlabel="step", ylabel="share", references=levels
    )
    dashes = [vars(line)["_unscaled_dash_pattern"] for line in figure.axes[0].lines[1:]]
    assert len(dashes) == 2 and dashes[0] != dashes[1]


def dashes_of(lines: list[Any]) -> list[Any]:
    return [vars(line)["_unscaled_dash_pattern"] for line in lines]


def test_the_dashes_of_a_fourth_reference_are_those_of_the_first() -> None:
    figure = drawn({"a": ([0, 1], [0, 1])}, references={str(n): n / 4 for n in range(4)})
    first, *others, again = dashes_of(list(figure.axes[0].lines[1:]))
    assert first == again and len({str(dashes) for dashes in [first, *others]}) == 3
    assert all(pattern for _, pattern in (first, *others))


@pytest.mark.parametrize(("place", "inside"), [(0.2, "right"), (9.0, "left")])
def test_a_rule_stands_at_its_place_with_its_name_along_it(place: float, inside: str) -> None:
    for figure in both(drawn({"a": ([0, 10], [0, 1])}, rules={"$here": place})):
        figure.draw_without_rendering()
        (axes,) = figure.axes
        rule, (text,) = axes.lines[-1], (t for t in axes.texts if t.get_text() == "$here")
        (x, low), (other, high) = rule.get_transform().transform(rule.get_xydata())
        frame, box = axes.get_window_extent(), text.get_window_extent()
        assert x == other == pytest.approx(axes.transData.transform((place, 0))[0])
        assert (low, high) == pytest.approx((frame.y0, frame.y1))
        assert 0 < (box.x0 - x if inside == "right" else x - box.x1) < 8
        assert frame.x0 < box.x0 and frame.y1 - box.height / 2 < box.y1 < frame.y1
        assert box.height > box.width and not text.get_parse_math()
        assert rule.get_color() == text.get_color() == PALETTE["muted"]
        assert dashes_of([rule])[0][1]


@pytest.mark.parametrize(("height", "on_a_phone"), [(4.8, 3.6), (2.0, 2.4), (3.2, 2.4)])
def test_a_phone_s_curves_are_lower_but_not_flat(height: float, on_a_phone: float) -> None:
    x = np.arange(40)
    line = {"a": (x, np.sin(x))}
    low, high = (vars(drawn(line, height=h))["for_phone"]() for h in (height, 4.8))
    assert low.get_figheight() - high.get_figheight() == pytest.approx(on_a_phone - 3.6)


@pytest.mark.parametrize(
    ("points", "ticks"), [(5, [0, 1, 2, 3, 4]), (6, [1, 3, 5]), (8, [1, 3, 5, 7])]
)
def test_a_phone_numbers_every_second_point_with_the_last_of_more_than_five(
    points: int, ticks: list[int]
) -> None:
    figure, phone = both(drawn({"a": (range(points), range(points))}))
    assert figure.axes[0].get_xticks().tolist() == list(range(points))
    assert phone.axes[0].get_xticks().tolist() == ticks


def test_nine_points_are_not_all_numbered() -> None:
    ticks = drawn({"a": (range(0, 63, 7), range(9))}).axes[0].get_xticks()
    assert 7 not in ticks  # as it is among eight


def test_a_phone_names_lines_within_the_plot_unless_a_key_is_asked_for() -> None:
    lines = {"up": ([0, 1], [0.0, 1.0]), "down": ([0, 1], [1.0, 0.0])}
    for key in (False, True):
        page, phone = both(drawn(lines, key=key, references={"level": 0.7}))
        assert not page.legends and len(page.axes[0].texts) == 3
        named = phone.legends[0].get_texts() if key else phone.axes[0].texts
        assert sorted(text.get_text() for text in named) == ["down", "level", "up"]
        assert bool(phone.legends) == key
    assert not vars(drawn(lines))["for_phone"]().legends
