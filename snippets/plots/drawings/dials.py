"""Rotary positions as clocks: each pair of channels is a hand that turns at its own speed."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from snippets.plots.drawings.shapes import arrow
from snippets.plots.drawings.sheet import finished, new_sheet, page_width, write
from snippets.plots.house.style import PALETTE, house_style
from snippets.plots.house.values import Array, as_array
from snippets.plots.house.widths import for_both

_MOST = 4  # dials side by side
_LARGEST = 62.0  # points: the radius of a dial
_APART = 0.3  # radians: hands closer than that are not all numbered


@for_both
def dials_drawing(angles: Any, *, title: str = "Each pair turns at its own speed") -> Figure:
    """One dial for each pair of channels, with a hand for each position.

    Args:
        angles: (T, pairs) in radians, from the right, against the clock; at most 4 pairs.
        title: what it shows.

    Raises:
        ValueError: not two dimensions, no pair or more than 4.
    """
    array = as_array(angles, "angles", 2)
    if not 1 <= array.shape[1] <= _MOST:
        raise ValueError(f"{array.shape[1]} dials: from 1 to {_MOST} fit side by side")
    with house_style():
        return finished(_draw(array, title))


def _draw(angles: Array, title: str) -> Axes:
    room, count = page_width(), angles.shape[1]
    radius = min(_LARGEST, room / count / 2 - 14)
    pitch = min(room / count, 2 * radius + 60)
    axes = new_sheet(room, 2 * radius + 46, title)
    for pair in range(count):
        x, y = (pair + 0.5) * pitch, radius + 30
        _dial(axes, x, y, radius, angles[:, pair])
        write(axes, x, 6, f"pair {pair}", bold=True)
    return axes


def _dial(axes: Axes, x: float, y: float, radius: float, angles: Array) -> None:
    face = {"facecolor": "none", "edgecolor": PALETTE["muted"], "linewidth": 0.8}
    axes.add_patch(Circle((x, y), radius, **face))
    last = None
    for position, angle in enumerate(angles):
        right, up = np.cos(angle), np.sin(angle)
        arrow(axes, (x, y), (x + 0.94 * radius * right, y - 0.94 * radius * up), "blue")
        if last is None or abs(angle - last) > _APART:
            out = radius + 8
            write(axes, x + out * right, y - out * up, str(position), size=8.5)
            last = angle
