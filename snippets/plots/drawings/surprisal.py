"""How much each character of a text surprised a model: a bar over each, row by row."""

import re
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.drawings.shapes import block
from snippets.plots.drawings.sheet import Box, finished, new_sheet, page_width, write
from snippets.plots.house.numbers import written
from snippets.plots.house.style import PALETTE, house_style
from snippets.plots.house.values import Array, as_array, visible
from snippets.plots.house.widths import for_both

_MOST = 150  # characters
_PITCH = 10.6  # points per character
_LEFT = 24.0  # points, for the numbers of the scale
_TALL = 56.0  # points: the longest bar
_UNDER = 26.0  # points below a row, for its characters
_OVER = 16.0  # points above the first row, for the unit
_LINES = 3  # of the scale, above zero


@for_both
def surprisal_drawing(
    text: str, surprisals: Any, *, unit: str, title: str, marked: Sequence[int] = ()
) -> Figure:
    """A text in rows that break between words, and over each character a bar: its surprisal.

    Args:
        text: of at most 150 characters; spaces and line ends are made visible.
        surprisals: (n,) numbers, not below zero, one for each character.
        unit: of the numbers.
        title: what it shows.
        marked: places to draw in the second colour, such as the beginnings of words.

    Raises:
        ValueError: not one number for each character, all of them zero or one below it, a text that
            is empty or too long, or a place that doesn't exist.
    """
    heights = as_array(surprisals, "surprisals", 1)
    if len(heights) != len(text) or len(text) > _MOST:
        raise ValueError(f"{len(heights)} bars over {len(text)} characters, at most {_MOST}")
    if heights.min() < 0 or heights.max() == 0:
        raise ValueError(f"surprisals from {heights.min():g} to {heights.max():g}: above 0")
    if wrong := [place for place in marked if not 0 <= place < len(text)]:
        raise ValueError(f"marked places {wrong} do not exist in a text of {len(text)}")
    with house_style():
        return finished(_draw(text, heights, unit, title, set(marked)))


def rows_of(text: str, width: int) -> list[str]:
    """The text in rows of at most ``width`` characters, none lost, broken between words."""
    rows: list[str] = []
    for word in re.findall(r"\S+\s*|\s+", text):
        if rows and len(rows[-1]) + len(word) <= width:
            rows[-1] += word
        else:
            rows.append(word)
    return rows


def _draw(text: str, heights: Array, unit: str, title: str, marked: set[int]) -> Axes:
    rows = rows_of(text, int((page_width() - _LEFT) / _PITCH))
    axes = new_sheet(page_width(), _OVER + (_TALL + _UNDER) * len(rows) - 6, title)
    write(axes, 0, 6, unit, colour="muted", align="left")
    high = float(heights.max())
    start = 0
    for number, row in enumerate(rows):
        zero = _OVER + _TALL + (_TALL + _UNDER) * number
        _scale(axes, zero, high, _LEFT + _PITCH * max(map(len, rows)))
        for place, character in enumerate(row, start):
            x = _LEFT + _PITCH * (place - start)
            tall = _TALL * float(heights[place]) / high
            box = Box(x + 1, zero - tall, _PITCH - 2, tall)
            block(axes, box, "orange" if place in marked else "blue")
            colour = "muted" if character.isspace() else "ink"
            write(axes, x + _PITCH / 2, zero + 9, visible(character), colour=colour, size=9.5)
        start += len(row)
    return axes


def _scale(axes: Axes, zero: float, high: float, right: float) -> None:
    """Faint lines across a row, at round numbers, each with its number."""
    step = next(size for size in (0.5, 1, 2, 5, 10, 20) if size * _LINES >= high or size == 20)
    for line in range(int(high / step) + 1):
        y = zero - _TALL * line * step / high
        axes.plot([_LEFT, right], [y, y], color=PALETTE["muted"], alpha=0.3, lw=0.6, zorder=0)
        number = written(line * step, "{:g}")
        write(axes, _LEFT - 5, y, number, colour="muted", align="right", size=8.5)
