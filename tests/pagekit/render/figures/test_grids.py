"""A large heat map is drawn as lines of a grid, every cell in its place and shade."""

import re
from io import StringIO
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from pagekit.render.figures.grids import LEAST, grid
from pagekit.render.figures.outlines import read
from pagekit.render.figures.shapes import Shape
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


SQUARE = read("M 1 2 L 3 2 L 3 5 L 1 5 z")  # two wide, three high


def cell(number: int, look: dict[str, str] | None = None, **other: Any) -> Shape:
    assert SQUARE is not None
    row, column = divmod(number, 20)
    style = look or {"fill": "#00000b" if number == 21 else "#00000a"}
    place = {"x": 10 + 2 * column, "y": 20 + 3 * row}
    return Shape(**{"outline": SQUARE, "look": tuple(style.items()), **place, **other})


def cells_of(count: int = LEAST) -> list[Shape]:
    return [cell(number) for number in range(count)]


def test_a_grid_has_its_unit_and_its_place_and_a_line_through_each_run() -> None:
    group = grid(cells_of())
    assert group is not None and group.get("fill") == "none"
    assert group.get("transform") == "matrix(2.0000 0 0 3.0000 11.00 22.00)"
    assert [part.get("style") for part in group] == ["stroke: #00000a", "stroke: #00000b"]
    many, one = ([path.attrib for path in part] for part in group)
    assert one == [{"d": "M1 1.5h1", "stroke-opacity": "1"}]
    assert many[0]["d"].startswith("M0 0.5h20m-20 1h1m1 0h18m-20 1h20m-20 1h20")
    assert many[0]["d"].count("h") == 21 and len(many) == 1


def test_what_is_clear_is_not_painted_and_shades_have_paths_of_their_own() -> None:
    shades = [
        cell(n, {"fill": "#00000a", "fill-opacity": ["0.00", "0.50", "1.00"][n % 3]})
        for n in range(LEAST)
    ]
    group = grid(shades)
    assert group is not None and len(group) == 1
    assert [path.get("stroke-opacity") for path in group[0]] == ["0.5", "1"]


def test_anything_but_a_grid_of_plain_cells_is_none() -> None:
    assert grid(cells_of(LEAST - 1)) is None
    fill = {"fill": "#00000a"}
    odds: tuple[dict[str, Any], ...] = (
        {"x": 10.06},
        {"y": 20.06},
        {"clip": "url(#a)"},
        {"outline": read("M 1 2 L 3 2 L 3 5 L 1 5.5 z")},
        {"look": {**fill, "stroke": "#00000a"}},
        {"look": {"fill": "red"}},
        {"look": {"stroke": "none"}},
    )
    for odd in odds:
        look = odd.pop("look", None)
        assert grid([*cells_of(LEAST - 1), cell(1, look, **odd)]) is None
    near = [*cells_of(LEAST - 1), cell(1, x=12.04)]  # as far off as rounding may bring it
    assert grid(near) is not None


@pytest.mark.parametrize(
    ("d", "are"),
    [
        ("M 0 0 L 2 0 L 2 3 L 0 3", True),
        ("M 0 0 L 2 0 L 2 3 L 0 3 z", True),
        ("M 0 0 L 2 0 L 2 3 z", False),
        ("M 0 0 L 2 0 L 2 3 L 0 3 L 0 1 z", False),
    ],
)
def test_a_cell_has_four_corners(d: str, are: bool) -> None:
    outline = read(d)
    shapes = [cell(number, outline=outline) for number in range(LEAST)]
    assert (grid(shapes) is not None) is are
