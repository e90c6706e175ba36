"""All-reduce in a ring as a picture: every process, every chunk, every turn."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.drawings.shapes import arrow, mark, number, tensor
from snippets.plots.drawings.sheet import Box, finished, new_sheet, page_width, write
from snippets.plots.house.style import house_style
from snippets.plots.house.values import Array, as_array
from snippets.plots.house.widths import for_both

_MOST = 5
_STACKED = 400.0  # points: on a narrower sheet the turns stand below the ring
_CIRCLE = 150.0  # points: the square that the ring takes
_NAMES = 30.0  # points above each turn
_GAP = 12.0  # points between turns
_WORDS = 68.0  # points: the width of the legend


@for_both
def ring_drawing(
    tensors: Any, *, title: str = "Half of the turns add up, the others pass the sums on"
) -> Figure:
    """The ring, and below or beside it who holds what after each of its 2(p − 1) turns.

    In each turn every process sends one chunk to its neighbour; the chunk that has just arrived is
    framed. The deeper a square, the more processes have added to it.

    Args:
        tensors: (p, p): the p numbers of each of p processes, from 2 to 5; a number is a chunk.
        title: what it shows.

    Raises:
        ValueError: not a square, fewer than 2 processes or more than 5.
    """
    held = as_array(tensors, "tensors", 2)
    if held.shape[0] != held.shape[1] or not 2 <= len(held) <= _MOST:
        raise ValueError(f"tensors {held.shape} must be (p, p), with p from 2 to {_MOST}")
    with house_style():
        return finished(_draw(held, title))


def ring_turns(tensors: Array) -> list[tuple[Array, Array, list[int]]]:
    """What all processes hold at first and after each turn of an all-reduce in a ring.

    Args:
        tensors: (p, p), a row for each process, a column for each chunk.

    Returns:
        (p, p) numbers; (p, p) of how many processes each is the sum; and for each process the
        chunk that has just arrived (-1 at the start): one entry for the start and each turn.
    """
    p = len(tensors)
    held, summed = tensors.copy(), np.ones((p, p))
    turns = [(held.copy(), summed.copy(), [-1] * p)]
    for turn in range(2 * (p - 1)):
        sent = [(rank - turn) % p for rank in range(p)]
        values = [held[rank, chunk] for rank, chunk in enumerate(sent)]
        counts = [summed[rank, chunk] for rank, chunk in enumerate(sent)]
        arrived = [0] * p
        for rank, chunk in enumerate(sent):
            neighbour = (rank + 1) % p
            adding = turn < p - 1
            held[neighbour, chunk] = values[rank] + adding * held[neighbour, chunk]
            summed[neighbour, chunk] = counts[rank] + adding * summed[neighbour, chunk]
            arrived[neighbour] = chunk
        turns.append((held.copy(), summed.copy(), arrived))
    return turns


def _draw(tensors: Array, title: str) -> Axes:
    room, p = page_width(), len(tensors)
    stacked = room < _STACKED
    turns = ring_turns(tensors)
    beside = room if stacked else room - _CIRCLE - 30
    left, top = (0.0, _CIRCLE + 20) if stacked else (room - beside, 0.0)
    unit = min((beside - _GAP * (p - 1)) / p / p, 18.0)
    pitch, tall = p * unit + _GAP, p * unit + _NAMES + 16
    axes = new_sheet(room, top + 2 * tall + (26 if stacked else 0), title)
    middle = (room / 2, _CIRCLE / 2 + 6) if stacked else (_CIRCLE / 2, tall - 8)
    _ring(axes, turns[0][0], turns[1][2], middle)
    for number_, (held, summed, arrived) in enumerate(turns):
        line, column = (0, number_) if number_ < p else (1, number_ - p)
        place = (left + column * pitch, top + line * tall + _NAMES)
        name = f"turn {number_}" if number_ else "at first"
        write(axes, place[0], place[1] - 22, name, align="left", bold=True)
        _turn(axes, place, held, summed, arrived, unit)
    at = (left, top + 2 * tall + 4)
    if not stacked:  # in the last column, or as far left of it as the words need
        at = (min(left + (p - 1) * pitch, room - _WORDS), top + tall + _NAMES)
    legend = ("columns: ranks", "rows: chunks", "frame: arrived", "full colour: sum")
    for row, text in enumerate(legend):
        x, y = (row % 2 * room / 2, row // 2) if stacked else (0.0, row)
        write(axes, at[0] + x, at[1] + 4 + 12 * y, text, align="left", colour="muted", size=8.5)
    return axes


def _turn(
    axes: Axes,
    place: tuple[float, float],
    held: Array,
    summed: Array,
    arrived: list[int],
    unit: float,
) -> None:
    """What all processes hold: a column for each, a row for each chunk."""
    p = len(held)
    shades = (summed / p) ** 1.5  # a whole sum stands out
    box = tensor(axes, place, shades.T, unit, "blue")
    for rank in range(p):
        x = box.left + (rank + 0.5) * unit
        write(axes, x, box.top - 8, str(rank), colour="muted", size=8.5)
        for chunk in range(p):
            y = box.top + (chunk + 0.5) * unit
            number(axes, x, y, f"{held[rank, chunk]:g}", float(shades[rank, chunk]), size=8)
        if arrived[rank] >= 0:
            corner = (box.left + rank * unit, box.top + arrived[rank] * unit)
            mark(axes, Box(*corner, unit, unit))


def _ring(axes: Axes, held: Array, arriving: list[int], place: tuple[float, float]) -> None:
    """The processes on a circle, each with its chunks, and what each sends in the first turn."""
    p, unit, radius = len(held), 11.0, 52.0
    x, middle = place
    angles = [2 * np.pi * rank / p - np.pi / 2 for rank in range(p)]
    spots = [(x + radius * np.cos(angle), middle + radius * np.sin(angle)) for angle in angles]
    for rank, (here, there) in enumerate(zip(spots, [*spots[1:], spots[0]], strict=True)):
        box = tensor(
            axes, (here[0] - unit / 2, here[1] - p * unit / 2), np.full((p, 1), 0.2), unit, "blue"
        )
        write(axes, here[0], box.top - 7, f"rank {rank}", size=8.5)
        chunk = arriving[(rank + 1) % p]
        mark(axes, Box(box.left, box.top + chunk * unit, unit, unit))
        start, end = _between(here, there, 0.3), _between(here, there, 0.72)
        arrow(axes, start, end, "orange", bend=-0.25)


def _between(one: tuple[float, float], other: tuple[float, float], share: float) -> Any:
    return tuple(a + share * (b - a) for a, b in zip(one, other, strict=True))
