"""A large heat map is drawn as lines of a grid, every cell in its place and shade."""

import re
from io import StringIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from pagekit.render.figures.grids import LEAST
from pagekit.render.figures.svg import inline_svg
from snippets.plots.heatmaps import signed_heatmap

VALUES = np.round(np.sin(np.outer(range(1, 31), range(1, 25))), 2)
VALUES[3, 4:9] = 0.0
VALUES[7, 2:6] = 0.5


def svg_of(values: np.ndarray) -> str:
    drawn = StringIO()
    figure = signed_heatmap(values, xlabel="x", ylabel="y", limit=1.0)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "s"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    plt.close(figure)
    return drawn.getvalue()


def cells(html: str) -> dict[tuple[int, int], float]:
    """What a grid paints: the value of each cell by row and column."""
    found: dict[tuple[int, int], float] = {}
    (grid,) = re.findall(r'<g transform="matrix.*?</g></g>', html)
    for colour, paths in re.findall(r"stroke: var\(--fig-(\w+),.*?>(.*?)</g>", grid):
        sign = 1 if colour == "24418d" else -1
        for d, opacity in re.findall(r'd="([^"]*)" stroke-opacity="([^"]*)"', paths):
            row = column = 0
            for x, y, length in re.findall(r"[Mm](-?\d+) ?(-?\d+)(?:\.5)?h(\d+)", d):
                row, column = row + int(y), column + int(x)
                for at in range(column, column + int(length)):
                    assert (row, at) not in found
                    found[row, at] = sign * float(opacity)
                column += int(length)
    return found


def test_every_cell_has_its_place_and_its_shade() -> None:
    painted = cells(inline_svg(svg_of(VALUES), "f", "a map"))
    shown = {(int(r), int(c)): VALUES[r, c] for r, c in np.argwhere(np.abs(VALUES) >= 0.005)}
    assert painted.keys() >= shown.keys()
    assert {place: painted[place] for place in shown} == pytest.approx(shown, abs=0.006)


def test_neighbours_of_one_colour_are_one_line() -> None:
    html = inline_svg(svg_of(VALUES), "f", "a map")
    assert any("h4" in d for d in re.findall(r'd="([^"]*)" stroke-opacity="0.5"', html))


def test_it_takes_fewer_letters_than_outlines() -> None:
    html = inline_svg(svg_of(VALUES), "f", "a map")
    (grid,) = re.findall(r'<g transform="matrix.*?</g></g>', html)
    assert len(grid) < 16 * VALUES.size  # an outline takes 19, and a colour of its own 60
    assert html.count("<use") == html.count("<path id") == 0


def test_a_small_map_keeps_its_outlines_and_gaps() -> None:
    small = VALUES[:12, :12]
    assert small.size < LEAST
    assert "matrix(" not in inline_svg(svg_of(small), "f", "a map")
