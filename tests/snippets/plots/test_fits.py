"""Points, lines and bands: each at its place, and a name for each once."""

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex

from snippets.plots.fits import points_and_fits
from tests.snippets.plots.laws import assert_all_inside, both, grid_is_on

POINTS = {"small": ([1e3, 1e4], [2.0, 1.5]), "large": ([1e4, 1e5], [1.6, 1.2])}
FITS = {"small": ([1e3, 1e5], [2.0, 1.0]), "law": ([1e3, 1e5], [1.9, 0.9])}
GIVEN: dict[str, Any] = {
    "xlabel": "tokens",
    "ylabel": "nats",
    "colours": {"small": "blue", "large": "orange", "law": "teal"},
}


def test_each_is_at_its_place_in_its_colour() -> None:
    bands = {"law": ([1.8, 0.8], [2.0, 1.0])}
    figure = points_and_fits(POINTS, FITS, bands=bands, **GIVEN)
    axes = figure.axes[0]
    drawn = {tuple(map(tuple, np.asarray(line.get_xydata()))): line for line in axes.lines}
    for given in (*POINTS.values(), *FITS.values()):
        assert tuple(zip(*given, strict=True)) in drawn
    small = [line for line in axes.lines if line.get_color() == axes.lines[0].get_color()]
    assert len(small) == 2  # the points of a name and its line
    (band,) = axes.collections
    assert to_hex(tuple(np.asarray(band.get_facecolor())[0])) == axes.lines[-1].get_color()
    heights = np.asarray(band.get_paths()[0].vertices)[:, 1]
    assert heights.min() == 0.8 and heights.max() == 2.0
    assert axes.get_xscale() == "log" and axes.get_yscale() == "linear"
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sorted(names) == ["large", "law", "small"]
    assert_all_inside(figure)


def test_two_names_have_a_key_and_a_single_one_needs_none() -> None:
    figure = points_and_fits({"runs": ([1, 10], [1, 2])}, {}, xlabel="x", ylabel="y", log_y=True)
    assert not figure.legends and figure.axes[0].get_yscale() == "log"
    two = points_and_fits({"small": ([1, 10], [1, 2])}, {"law": ([1, 10], [1, 2])}, **GIVEN)
    assert [text.get_text() for text in two.legends[0].get_texts()] == ["small", "law"]


@pytest.mark.parametrize(
    ("points", "options", "message"),
    [
        ({}, {}, "0 names"),
        ({str(n): ([1], [1]) for n in range(6)}, {}, "6 names"),
        ({"a": ([1, 2], [1])}, {}, "has 2 x for 1 y"),
        ({"a": ([0, 2], [1, 1])}, {}, "no log"),
        ({"a": ([1, 2], [1, 0])}, {"log_y": True}, "no log"),
        ({"a": ([1, 2], [1, np.nan])}, {}, "finite"),
        ({"a": ([1, 2], [1, 1])}, {"bands": {"b": ([1], [2])}}, "belong to no line"),
    ],
)
def test_what_can_not_be_drawn_is_refused(points: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        points_and_fits(points, {}, xlabel="x", ylabel="y", **options)


def test_points_are_dots_and_fits_are_lines_named_once() -> None:
    for one, rows in zip(both(points_and_fits(POINTS, FITS, **GIVEN)), (1, 3), strict=True):
        axes = one.axes[0]
        dots = [line for line in axes.lines if line.get_marker() == "o"]
        lines = [line for line in axes.lines if line.get_marker() != "o"]
        assert len(dots) == len(lines) == 2
        assert all(line.get_linestyle() == "None" for line in dots)
        assert all(line.get_linestyle() == "-" for line in lines)
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("tokens", "nats")
        one.draw_without_rendering()
        keys = [text.get_window_extent() for text in one.legends[0].get_texts()]
        assert len({round(box.y0) for box in keys}) == rows
        assert not axes.collections and not axes.get_title(loc="left")


@pytest.mark.parametrize(("most", "between"), [(99.0, True), (100.0, False)])
def test_a_short_stretch_has_ticks_between_powers_of_ten(most: float, between: bool) -> None:
    given: dict[str, Any] = {"xlabel": "x", "ylabel": "y", "log_y": True}
    figure = points_and_fits({"runs": ([1, most], [most, 1])}, {}, **given)
    for one, others in zip(both(figure), ((2, 5), (3,)), strict=True):
        for axis in (one.axes[0].xaxis, one.axes[0].yaxis):
            ticks = {round(float(tick), 6) for tick in axis.get_majorticklocs()}
            assert {1, 10} <= ticks and (set(others) <= ticks) == between
            assert len(axis.get_minorticklocs()) == 0


def test_five_names_can_be_drawn_and_a_single_measurement_on_a_linear_scale() -> None:
    hues = dict(zip("abcde", ("blue", "orange", "teal", "wine", "violet"), strict=True))
    given: dict[str, Any] = {"xlabel": "x", "ylabel": "y"}
    figure = points_and_fits({name: ([1], [0]) for name in hues}, {}, colours=hues, **given)
    assert len(figure.axes[0].lines) == 5 and figure.axes[0].get_yscale() == "linear"
    with pytest.raises(ValueError, match="goes down to -1: no log"):
        points_and_fits({"a": ([-1, 1], [2, 2])}, {}, **given)


def test_a_key_of_more_lines_makes_the_figure_higher_and_lets_the_plot_be() -> None:
    hues = dict(zip("abcde", ("blue", "orange", "teal", "wine", "violet"), strict=True))
    sizes = []
    for count in (2, 3, 4):
        points = {name: ([1, 10], [1, 2]) for name in list(hues)[:count]}
        figure = points_and_fits(points, {}, xlabel="x", ylabel="y", colours=hues, title="$t$")
        sizes.append((figure.get_figheight(), figure.axes[0].get_window_extent().height))
        assert figure.axes[0].get_title(loc="left") == "$t$"
        assert grid_is_on(figure.axes[0].xaxis) and grid_is_on(figure.axes[0].yaxis)
    assert sizes[0] == sizes[1] and sizes[2][0] > sizes[1][0] + 0.15
    assert sizes[2][1] == pytest.approx(sizes[1][1], rel=0.04)


def test_a_band_is_a_pale_ground_of_the_line_it_belongs_to() -> None:
    bands = {"law": ([1.8, 0.8], [2.0, 1.0])}
    (axes,) = points_and_fits(POINTS, FITS, bands=bands, **GIVEN).axes
    (band,) = axes.collections
    assert 0.1 < np.asarray(band.get_facecolor())[0, 3] < 0.4
    assert not np.asarray(band.get_linewidth()).any()
    corners = np.asarray(band.get_paths()[0].vertices)[:, 0]
    assert (corners.min(), corners.max()) == (1e3, 1e5)
    assert band.get_zorder() < min(line.get_zorder() for line in axes.lines)
