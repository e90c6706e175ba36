"""Attention as a picture: two products of matrices, to scale, with a softmax between them."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.drawings.shapes import TWO_PLACES, arrow, mark, name_tensor, tensor, write_cells
from snippets.plots.drawings.sheet import Box, finished, new_sheet, page_width, write
from snippets.plots.house.colours import COLOUR_OF
from snippets.plots.house.style import house_style
from snippets.plots.house.values import Array, as_array, check_labels
from snippets.plots.house.widths import for_both

_MOST = 8  # rows or columns: beyond, a cell has no room for its number
_HEAD, _NAMED = 30.0, 26.0  # points above a tensor: for name and shape; how much of it they fill
_ABOVE = 6.0  # points between a second factor and the product below it
_GAP = 26.0  # points between tensors, for what is done
_SOFTMAX = 46.0  # points between the two products
_LEFT, _LINE = 34.0, 11.0  # points for the tokens' names: left of tensors; from one to the next
_LARGEST = 28.0  # points: the side of a square, where there is room
_DEEPEST = 0.5  # the opacity of the largest number: letters on it must be read
_STACKED = 400.0  # points: on a narrower sheet the second product stands below the first


@for_both
def attention_drawing(
    queries: Any,
    keys: Any,
    values: Any,
    mask: Any | None = None,
    *,
    tokens: Sequence[str] | None = None,
    marked: int | None = None,
    title: str = "Attention: two products, and a softmax between them",
) -> Figure:
    """Queries, keys, scores, mask, weights, values and output of one head, all to one scale.

    Each square is a number, the deeper, the larger; scores and weights are written out.

    Args:
        queries: (T, D).
        keys: (T, D).
        values: (T, D_v).
        mask: (T, T), True = may look; everybody may where there is none.
        tokens: names of the T rows.
        marked: the row to follow through all tensors.
        title: what it shows.

    Raises:
        ValueError: shapes that don't fit, more than 8 rows or columns, or a row that is not there.
    """
    q, k, v = (as_array(x, n, 2) for x, n in ((queries, "queries"), (keys, "keys"), (values, "v")))
    if q.shape != k.shape or len(v) != len(k) or max(*q.shape, *v.shape) > _MOST:
        raise ValueError(
            f"queries {q.shape}, keys {k.shape} and values {v.shape}: of equal length "
            f"T, queries and keys of equal size, all at most {_MOST}"
        )
    allowed = np.ones((len(q), len(q)), bool) if mask is None else as_array(mask, "mask", 2) > 0
    if allowed.shape != (len(q), len(q)) or not allowed.any(axis=1).all():
        raise ValueError(f"mask {allowed.shape} must be {(len(q), len(q))}, no row without a True")
    if marked is not None and not 0 <= marked < len(q):
        raise ValueError(f"row {marked} does not exist among {len(q)}")
    names = check_labels(tokens, len(q), "tokens")
    with house_style():
        return finished(_draw(q, k, v, allowed, names, marked, title))


def attention_steps(q: Array, k: Array, v: Array, allowed: Any) -> tuple[Array, Array, Array]:
    """Scores (T, T), weights (T, T) and output (T, D_v) of attention, by its formula."""
    scores = q @ k.T / np.sqrt(q.shape[1])
    powers = np.where(allowed, np.exp(scores - scores.max()), 0.0)
    weights = powers / powers.sum(axis=1, keepdims=True)
    return scores, weights, weights @ v


def _draw(
    q: Array, k: Array, v: Array, allowed: Any, names: list[str], marked: int | None, title: str
) -> Axes:
    room = page_width()
    stacked = room < _STACKED
    (rows, size), wide = q.shape, v.shape[1]
    first, second = size + 2 * rows, rows + wide  # columns of either half
    gaps = _LEFT + 2 * _GAP + 3  # and the frame's edge
    unit = (room - gaps) / first if stacked else (room - gaps - _GAP - _SOFTMAX) / (first + second)
    unit = min(unit, _LARGEST)
    top = _HEAD + unit * max(size, 0 if stacked else rows) + _ABOVE
    below = top + unit * rows + 24
    under = below + _HEAD + unit * rows + _ABOVE
    axes = new_sheet(room, under + unit * rows + 24 if stacked else below, title)
    scores, weights, output = attention_steps(q, k, v, allowed)
    place = (_score(axes, q, k, scores, allowed, unit, top, names) + _SOFTMAX, top)
    if stacked:
        place = (_LEFT, under)
        _name_rows(axes, names, *place, unit)
    _mix(axes, weights, allowed, v, output, unit, place)
    if marked is not None:
        _follow(axes, marked, unit, rows, size, wide, top, place)
    return axes


def _score(
    axes: Axes,
    q: Array,
    k: Array,
    scores: Array,
    allowed: Any,
    unit: float,
    top: float,
    names: list[str],
) -> float:
    """The first product and the mask; returns where its right edge is."""
    rows, size = q.shape
    _name_rows(axes, names, _LEFT, top, unit)
    asks = _numbered(axes, (_LEFT, top), q, unit, COLOUR_OF["queries"])
    left = asks.right + _GAP
    found = _numbered(axes, (left, top - _ABOVE - size * unit), k.T, unit, COLOUR_OF["keys"])
    table = _numbered(axes, (left, top), scores, unit, "muted", "{:.1f}")
    hides = tensor(axes, (table.right + _GAP, top), np.where(allowed, 0.4, np.nan), unit, "muted")
    name_tensor(axes, asks, "Q", f"(T, D) = ({rows}, {size})", COLOUR_OF["queries"])
    name_tensor(axes, found, "Kᵀ", f"({size}, {rows})", COLOUR_OF["keys"])
    name_tensor(axes, hides, "mask", f"({rows}, {rows})")
    write(axes, table.x, table.bottom + 9, "scores QKᵀ / √D", bold=True)
    write(axes, table.right + _GAP / 2, table.y, "+", size=12)
    return hides.right


def _mix(
    axes: Axes,
    weights: Array,
    allowed: Any,
    v: Array,
    output: Array,
    unit: float,
    place: tuple[float, float],
) -> None:
    """The softmax and the second product, from this place on."""
    left, top = place
    rows, wide = v.shape
    shown = np.where(allowed, weights, np.nan)
    table = tensor(axes, place, shown, unit, COLOUR_OF["weights"], _DEEPEST)
    write_cells(axes, table, shown, unit, TWO_PLACES)
    low, high = v.min(), v.max()
    heard = table.right + _GAP
    gives = _numbered(axes, (heard, top - _ABOVE - rows * unit), v, unit, COLOUR_OF["values"])
    within = (output - low) / ((high - low) or 1.0)  # a mixture: never beyond the values
    mixed = tensor(axes, (heard, top), within, unit, COLOUR_OF["values"], _DEEPEST)
    write_cells(axes, mixed, output, unit)
    name_tensor(axes, table, "weights", "rows sum to 1", COLOUR_OF["weights"])
    name_tensor(axes, gives, "V", f"({rows}, {wide})", COLOUR_OF["values"])
    write(axes, heard + wide * unit / 2, top + rows * unit + 9, "output", bold=True)
    if left > _LEFT:
        arrow(axes, (left - _SOFTMAX + 5, table.y), (left - 5, table.y))
        write(axes, left - _SOFTMAX / 2, table.y - 9, "softmax", size=8)
    else:  # the scores stand above
        middle = top - _NAMED - _SOFTMAX / 2
        arrow(axes, (table.x, middle - _SOFTMAX / 2 + 5), (table.x, middle + _SOFTMAX / 2 - 5))
        write(axes, table.x + 6, middle, "softmax", size=8, align="left")


def _numbered(
    axes: Axes,
    place: tuple[float, float],
    array: Array,
    unit: float,
    colour: str,
    form: str = "{:.2g}",
) -> Box:
    """A tensor and its numbers, the least of them pale, the largest deep."""
    shades = (array - array.min()) / (np.ptp(array) or 1.0)
    box = tensor(axes, place, shades, unit, colour, _DEEPEST)
    write_cells(axes, box, array, unit, form)
    return box


def _follow(
    axes: Axes,
    row: int,
    unit: float,
    rows: int,
    size: int,
    wide: int,
    top: float,
    place: tuple[float, float],
) -> None:
    """Frame one row of queries, scores, weights and output."""
    scores = _LEFT + size * unit + _GAP
    left, under = place
    above = (_LEFT, top, size), (scores, top, rows)
    below = (left, under, rows), (left + rows * unit + _GAP, under, wide)
    for at, y, columns in above + below:
        mark(axes, Box(at, y + row * unit, columns * unit, unit))


def _name_rows(axes: Axes, names: list[str], right: float, top: float, unit: float) -> None:
    for row, name in list(enumerate(names))[:: math.ceil(_LINE / unit)]:  # those with room
        write(axes, right - 5, top + (row + 0.5) * unit, name, align="right")
