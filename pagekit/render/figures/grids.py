"""The cells of a large heat map as lines of a grid whose unit is a cell.

Thousands of cells then take a few letters each, which they do not as outlines in points.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import groupby

from pagekit.render.figures.shapes import GROUP, PATH, Shape

LEAST = 400  # cells: fewer stay outlines

_TOUCH = 0.05  # points
_COLOUR = re.compile(r"#[0-9a-f]{6}")

Cell = tuple[int, int]  # row and column


def grid(shapes: Sequence[Shape]) -> ET.Element | None:
    """A group that paints these shapes, if they are the cells of a grid without gaps.

    A stroke as thick as a cell runs through each row of cells of one colour.
    """
    if len(shapes) < LEAST or any(shape.outline is not shapes[0].outline for shape in shapes):
        return None
    left, top, right, bottom = shapes[0].outline.box
    columns = _places([shape.x for shape in shapes], right - left)
    rows = _places([shape.y for shape in shapes], bottom - top)
    if columns is None or rows is None or any(not _plain(shape) for shape in shapes):
        return None
    colours: dict[tuple[str, str], list[Cell]] = {}
    for shape, row, column in zip(shapes, rows, columns, strict=True):
        colours.setdefault(_colour(shape), []).append((row, column))
    x, y = (min(getattr(shape, axis) for shape in shapes) for axis in "xy")
    scales = f"{right - left:.4f} 0 0 {bottom - top:.4f}"
    group = ET.Element(
        GROUP, {"transform": f"matrix({scales} {x + left:.2f} {y + top:.2f})", "fill": "none"}
    )
    for pen, of_pen in groupby(sorted(colours), key=lambda colour: colour[0]):
        part = ET.SubElement(group, GROUP, {"style": f"stroke: {pen}"})
        for colour in of_pen:
            drawn = {"d": _lines(colours[colour]), "stroke-opacity": colour[1]}
            if float(colour[1]):
                ET.SubElement(part, PATH, drawn)
    return group


def _places(values: Sequence[float], size: float) -> list[int] | None:
    """The number of each value in steps of ``size``, if all lie on such steps."""
    least = min(values)
    places = [round((value - least) / size) for value in values]
    fits = all(
        abs(value - least - place * size) < _TOUCH
        for value, place in zip(values, places, strict=True)
    )
    return places if fits else None


def _plain(shape: Shape) -> bool:
    """Whether it is a rectangle that is filled with one colour, and nothing else."""
    corners = [step[0] for step in shape.outline.steps] in (["M", *"LLL"], ["M", *"LLLz"])
    style = shape.style
    colour = _COLOUR.fullmatch(style.get("fill", "")) is not None
    nothing_else = set(style) <= {"fill", "fill-opacity"}
    return corners and colour and nothing_else and not shape.clip


def _colour(shape: Shape) -> tuple[str, str]:
    return shape.style["fill"], f"{float(shape.style.get('fill-opacity', 1)):g}"


def _lines(cells: list[Cell]) -> str:
    """A line through each run of cells in a row, each from where the last one ended."""
    text, at = "", (0, 0)
    runs = groupby(enumerate(sorted(cells)), key=lambda one: (one[1][0], one[1][1] - one[0]))
    for (row, _), run in runs:
        places = [cell[1] for _, cell in run]
        begin, end = places[0], places[-1] + 1
        move = f"M{begin} {row}.5" if not text else f"m{begin - at[1]} {row - at[0]}"
        text += f"{move.replace(' -', '-')}h{end - begin}"
        at = (row, end)
    return text
