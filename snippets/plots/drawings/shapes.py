"""What is drawn on a sheet: tensors to scale, steps of a computation, arrows, frames.

A tensor is drawn to scale: every number takes the same square, whatever tensor it belongs to.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba, to_rgba_array
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from snippets.plots.drawings.sheet import Box, write
from snippets.plots.house.numbers import written
from snippets.plots.house.style import PALETTE
from snippets.plots.house.values import Array
from snippets.plots.house.widths import for_phone

PALE = 0.28
"""The opacity of what is only kept, passed on, or not the subject."""

TWO_PLACES = "{:.2f}"

_FAINTEST = 0.1  # the opacity of the smallest number of a tensor: a cell that is 0 is a cell, too
_GRIDDED = 5.0  # points: cells this large are parted by a gap
_DARK = 0.62  # an opacity from which light lettering reads better
_DIGIT = 5.1  # points: the width of a digit at the size of numbers


def tensor(
    axes: Axes,
    place: tuple[float, float],
    values: Any,
    unit: float,
    colour: str,
    deepest: float = 1.0,
) -> Box:
    """A matrix of which each number is a square of ``unit`` points, its opacity the number's size.

    Args:
        axes: the sheet.
        place: left and top edge.
        values: (rows, columns) of numbers from 0 to 1, or NaN where there is none.
        unit: side of a square; from 5 points on, a gap parts the squares.
        colour: one of ``PALETTE``.
        deepest: the opacity of 1; up to 0.5, dark letters on it can be read in any colour.
    """
    array = np.asarray(values, dtype=float)
    (left, top), (rows, columns) = place, array.shape
    gap = 0.5 if unit >= _GRIDDED else 0.0
    there = np.argwhere(np.isfinite(array))
    corners = np.array([(0, 0), (0, 1), (1, 1), (1, 0)]) * (unit - gap)
    squares = corners + np.array(place) + there[:, None, ::-1] * unit  # (n, 4, 2)
    opacities = _FAINTEST + (deepest - _FAINTEST) * np.clip(array[tuple(there.T)], 0, 1)
    faces = [to_rgba(PALETTE[colour], round(float(opacity), 2)) for opacity in opacities]
    cells = PolyCollection(squares, facecolors=to_rgba_array(faces), edgecolors="none")
    axes.add_collection(cells, autolim=False)
    return Box(left, top, columns * unit, rows * unit)


def block(axes: Axes, box: Box, colour: str, opacity: float = 1.0) -> Box:
    """A tensor of which only the shape matters: a plain box."""
    face = to_rgba(PALETTE[colour], opacity)
    corner = (box.left, box.top)
    axes.add_patch(Rectangle(corner, box.width, box.height, facecolor=face, edgecolor="none"))
    return box


def name_tensor(axes: Axes, box: Box, name: str, shape: str, colour: str = "ink") -> None:
    """Name and shape above a tensor, on two lines."""
    write(axes, box.x, box.top - 19, name, colour=colour, bold=True)
    write(axes, box.x, box.top - 8, shape, colour="muted", size=8.5)


def number(axes: Axes, x: float, y: float, text: str, opacity: float, size: float = 8.5) -> None:
    """A number on a coloured square, light where that is dark."""
    write(axes, x, y, text, colour="paper" if opacity > _DARK else "ink", size=size)


def step(axes: Axes, x: float, y: float, text: str, colour: str = "ink", width: float = 0) -> Box:
    """A computation, as a rounded frame with its name; 22 points high, as wide as it must be."""
    lines = text.split("\n")
    wide = width or 5.4 * max(map(len, lines)) + 12
    tall = 11.0 * len(lines) + 11
    frame = FancyBboxPatch(
        (x - wide / 2, y - tall / 2),
        wide,
        tall,
        boxstyle="round,pad=0,rounding_size=5",
        facecolor="none",
        edgecolor=PALETTE[colour],
        linewidth=1.2,
    )
    axes.add_patch(frame)
    for index, line in enumerate(lines):
        write(axes, x, y + 11 * (index - (len(lines) - 1) / 2), line)
    return Box(x - wide / 2, y - tall / 2, wide, tall)


def arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str = "muted",
    bend: float = 0.0,
) -> None:
    """An arrow from one point to another; ``bend`` is the height of its arc, as a share of it."""
    line = FancyArrowPatch(
        start,
        end,
        arrowstyle="-|>,head_length=4,head_width=2.2",
        connectionstyle=f"arc3,rad={bend}",
        shrinkA=0,
        shrinkB=0,
        color=PALETTE[colour],
        linewidth=1.2,
    )
    axes.add_patch(line)


def mark(axes: Axes, box: Box, colour: str = "orange") -> None:
    """A frame around what the text names."""
    corner = (box.left - 1, box.top - 1)
    frame: Any = {"facecolor": "none", "edgecolor": PALETTE[colour], "linewidth": 1.6}
    axes.add_patch(Rectangle(corner, box.width + 1.5, box.height + 1.5, **frame))


def write_cells(axes: Axes, box: Box, values: Array, unit: float, form: str = "{:.2g}") -> None:
    """Write numbers into the cells of a tensor, if these have room for all of them."""
    there = np.argwhere(np.isfinite(values))
    texts = [written(values[row, column], form) for row, column in there]
    if for_phone() and form == TWO_PLACES:
        texts = [text.replace("0.", ".", 1) if text[:2] == "0." else text for text in texts]
    if unit < _DIGIT * max(map(len, texts)) - 3:  # a point and a minus are less wide
        return
    for (row, column), text in zip(there, texts, strict=True):
        x, y = box.left + (column + 0.5) * unit, box.top + (row + 0.5) * unit
        write(axes, x, y, text, size=8)
