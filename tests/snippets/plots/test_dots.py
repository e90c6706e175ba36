"""Dots in rows: each in its row and at its value, and nothing where there is none."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from snippets.plots.dots import dot_rows
from tests.snippets.plots.laws import (
    assert_all_inside,
    assert_apart,
    both,
    grid_is_on,
    tick_lengths,
)

COLOURS = {"zero": "blue", "few": "orange"}


def drawn(**options: Any) -> Figure:
    series = {"zero": [1.0, None, 3.0], "few": [2.0, 5.0, np.nan]}
    return dot_rows(series, ["a", "$b$", "c"], xlabel="score (%)", colours=COLOURS, **options)


def test_dots_are_at_their_values_from_the_top_down() -> None:
    axes = drawn(title="t").axes[0]
    zero, few = (np.asarray(line.get_xydata()) for line in axes.lines)
    assert zero[[0, 2]].tolist() == [[1, 0], [3, 2]] and np.isnan(zero[1, 0])
    assert few[:2].tolist() == [[2, 0], [5, 1]] and np.isnan(few[2, 0])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "$b$", "c"]
    bottom, top = axes.get_ylim()
    assert bottom > top


def test_a_line_joins_the_dots_of_a_row() -> None:
    (lines,) = drawn(joined=True).axes[0].collections
    ends = [segment[:, 0].tolist() for segment in lines.get_segments()]  # type: ignore[attr-defined]
    assert ends == [[1, 2], [5, 5], [3, 3]]


def test_repetitions_are_hollow_and_of_one_colour_without_a_key() -> None:
    figure = dot_rows({"seed 0": [1, 2], "seed 1": [1, 3]}, ["a", "b"], xlabel="n", alike=True)
    lines = figure.axes[0].lines
    assert [line.get_markerfacecolor() for line in lines] == ["none", "none"]
    assert lines[0].get_color() == lines[1].get_color() and not figure.legends


def test_no_dot_hides_another() -> None:
    figure = dot_rows(
        {"zero": [1.0, 9.0], "few": [1.01, 2.0]}, ["a", "b"], xlabel="x", colours=COLOURS
    )
    zero, few = (np.asarray(line.get_xydata()) for line in figure.axes[0].lines)
    assert zero[:, 0].tolist() == [1.0, 9.0] and few[:, 0].tolist() == [1.01, 2.0]
    assert zero[0, 1] < -0.1 and few[0, 1] > 0.1
    assert zero[1, 1] == few[1, 1] == 1


def test_no_dot_hides_another_where_all_values_are_equal() -> None:
    figure = dot_rows({"zero": [1.0], "few": [1.0]}, ["a"], xlabel="x", colours=COLOURS)
    zero, few = (np.asarray(line.get_xydata()) for line in figure.axes[0].lines)
    assert zero[0, 0] == few[0, 0] == 1.0
    assert zero[0, 1] < -0.1 and few[0, 1] > 0.1


def test_a_key_reads_row_by_row() -> None:
    hues = ["blue", "orange", "teal", "wine", "violet"]
    series = {f"seed {n}": [n] for n in range(5)}
    figure = dot_rows(series, ["a"], xlabel="n", colours=dict(zip(series, hues, strict=True)))
    for one in both(figure):
        one.draw_without_rendering()
        boxes = {t.get_text(): t.get_window_extent() for t in one.legends[0].get_texts()}
        assert sorted(boxes, key=lambda name: (-boxes[name].y1, boxes[name].x0)) == list(series)


def test_years_have_no_comma() -> None:
    figure = dot_rows({"one": [2013, 2026]}, ["a", "b"], xlabel="year", years=True)
    shown = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert not any("," in text for text in shown)


@pytest.mark.parametrize("count", [1, 12, 40])
def test_laws(count: int) -> None:
    labels = [f"thing {n}" for n in range(count)]
    figure = dot_rows({"one": range(1, count + 1)}, labels, xlabel="n", title="A title of words")
    phone = vars(figure)["for_phone"]()
    for one in (figure, phone):
        assert_all_inside(one)
        assert_apart(one.axes[0].get_yticklabels())


def test_refusals() -> None:
    with pytest.raises(ValueError, match="'one' has 1 values for 2 rows"):
        dot_rows({"one": [1]}, ["a", "b"], xlabel="n")
    with pytest.raises(ValueError, match="no dot in the row 'b'"):
        dot_rows({"one": [1, None]}, ["a", "b"], xlabel="n")
    with pytest.raises(ValueError, match="not finite"):
        dot_rows({"one": [1, np.inf]}, ["a", "b"], xlabel="n")
    with pytest.raises(ValueError, match="1 series in 61 rows"):
        dot_rows({"one": range(61)}, ["a"] * 61, xlabel="n")
    with pytest.raises(ValueError, match="0 series"):
        dot_rows({}, ["a"], xlabel="n")


def test_sixty_rows_lie_closer_than_a_few_and_all_have_a_row_around_them() -> None:
    heights = []
    for count in (2, 12, 60):
        figure = dot_rows({"one": range(1, count + 1)}, ["a"] * count, xlabel="n")
        heights.append(figure.get_figheight())
        assert figure.axes[0].get_ylim() == pytest.approx((count - 0.4, -0.6))
        assert figure.axes[0].get_xlabel() == "n" and not figure.legends
    few, many = (heights[1] - heights[0]) / 10, (heights[2] - heights[1]) / 48
    assert few == pytest.approx(0.26, abs=0.01) and 0.19 < many < few


@pytest.mark.parametrize("count", [4, 5])
def test_a_key_of_more_lines_makes_the_figure_higher(count: int) -> None:
    hues = ["blue", "orange", "teal", "wine", "violet"][:count]
    series = {hue: [n] for n, hue in enumerate(hues)}
    figures = dot_rows(series, ["a"], xlabel="n", colours={hue: hue for hue in hues})
    alike = dot_rows(series, ["a"], xlabel="n", alike=True)
    extra = figures.get_figheight() - alike.get_figheight()
    assert extra == pytest.approx(0.22 if count == 5 else 0.0, abs=0.05)
    assert figures.axes[0].get_title(loc="left") == ""


def test_only_dots_of_one_row_that_are_near_are_set_apart_and_evenly() -> None:
    names = ["one", "two", "three", "far"]
    hues = dict(zip(names, ["blue", "orange", "teal", "wine"], strict=True))
    figure = dot_rows({"one": [1.0, 1.0], "two": [1.02, None], "three": [1.04, 50.0],
                       "far": [100.0, 100.0]}, ["a", "b"], xlabel="x", colours=hues)  # fmt: skip
    heights = [np.asarray(line.get_ydata()) for line in figure.axes[0].lines]
    assert [height[0] for height in heights] == pytest.approx([-0.2, 0.0, 0.2, 0.0])
    assert [height[1] for height in heights] == pytest.approx([1.0] * 4)
    full = [line.get_markerfacecolor() for line in figure.axes[0].lines]
    assert "none" not in full and not figure.axes[0].collections


def test_numbers_that_are_no_years_have_a_comma() -> None:
    figure = dot_rows({"one": [2013, 2026]}, ["a", "b"], xlabel="n")
    assert any("," in label.get_text() for label in figure.axes[0].get_xticklabels())


def test_dots_a_fortieth_of_the_range_apart_stay_in_the_middle_of_their_row() -> None:
    for gap, moved in ((25.0, 0.0), (24.0, 0.2)):
        figure = dot_rows(
            {"zero": [1000.0, 1000.0], "few": [1000.0 + gap, 2000.0]},
            ["a", "b"],
            xlabel="x",
            colours=COLOURS,
        )
        zero, few = (np.asarray(line.get_ydata()) for line in figure.axes[0].lines)
        assert zero.tolist() == [-moved, 1.0] and few.tolist() == [moved, 1.0]


def test_rows_that_would_be_too_tall_together_share_the_height_there_is() -> None:
    def height(count: int) -> float:
        labels = [f"$row {n}" for n in range(count)]
        figure = dot_rows({"one": range(count)}, labels, xlabel="n", title="$t$")
        axes = figure.axes[0]
        assert [label.get_parse_math() for label in axes.get_yticklabels()] == [False] * count
        assert axes.get_title(loc="left") == "$t$" and grid_is_on(axes.yaxis)
        assert not any(tick_lengths(axes.yaxis)) and all(tick_lengths(axes.xaxis))
        return figure.get_figheight()

    assert height(26) == pytest.approx(height(31))
    assert height(32) > height(31)
