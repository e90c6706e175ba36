"""Heat maps: attention weights, masks, and signed values such as positional encodings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.cells import (
    NUMBERED,
    draw_cells,
    has_numbers,
    name_cells,
    room_on_phones,
    write_numbers,
)
from snippets.plots.house.scales import draw_scale, mark_cells, scale_height
from snippets.plots.house.style import MAX_WIDTH, finish, house_style, new_figure
from snippets.plots.house.titles import entitle
from snippets.plots.house.values import (
    Array,
    as_array,
    check_cells,
    check_labels,
    check_unit_interval,
)
from snippets.plots.house.widths import for_both, for_phone

_MASKS_CELL = 0.27  # inches: of a mask there is nothing to read in a cell
_GRID = 16  # up to this many, each row and column of signed values has its number
_STEPS = (2, 5, 10, 20)  # of more, those that are so far apart
_APART = 16.0  # points between two numbers, at least


@for_both
def attention_heatmap(
    weights: Any,
    queries: Sequence[str] | None = None,
    keys: Sequence[str] | None = None,
    *,
    title: str | None = None,
    numbers: bool | None = None,
    marked: Sequence[tuple[int, int]] = (),
) -> Figure:
    """Attention weights: a row for each query, a column for each key it looks at.

    Args:
        weights: (T_query, T_key), each in [0, 1]; the value is the opacity of its cell.
        queries: tokens of the rows; numbers where there are none.
        keys: tokens of the columns; those of the rows where there are none.
        title: what it shows.
        numbers: print each weight in its cell; by default up to 12 columns.
        marked: cells (row, column) that the text names, to be framed.

    Raises:
        ValueError: not two dimensions, weights outside [0, 1], more than 64 rows or columns, or
            labels that don't match, or a marked cell that isn't there.
    """
    array = as_array(weights, "weights", 2)
    check_unit_interval(array, "weights")
    rows, columns = array.shape
    check_cells(rows, columns)
    row_labels = check_labels(queries, rows, "queries")
    same = keys is None and rows == columns
    column_labels = row_labels if same else check_labels(keys, columns, "keys")
    side = min(max(0.42, 3.0 / columns), 5.4 / max(rows, columns))
    if for_phone():
        side = min(side, room_on_phones(row_labels) / columns)
    if numbers is None:
        numbers = has_numbers(columns, side) if for_phone() else columns <= NUMBERED
    with house_style():
        figure, axes = _lay_out(array, row_labels, column_labels, side)
        axes.set(ylabel="query: looks", xlabel="key: is looked at")
        if numbers:
            write_numbers(axes, array)
        mark_cells(axes, marked, array.shape)
        draw_scale(axes, 1.0, unit="weight")
        entitle(axes, title)
        return finish(figure)


@for_both
def mask_heatmap(
    mask: Any,
    labels: Sequence[str] | None = None,
    *,
    title: str | None = None,
    xlabel: str = "key: is looked at",
    ylabel: str = "query: looks",
) -> Figure:
    """Which query may look at which key: a filled cell may, an empty one may not.

    Args:
        mask: (T_query, T_key) of booleans, True = may look.
        labels: tokens of the columns; the last T_query of them name the rows.
        title: what it shows.
        xlabel: what the columns are.
        ylabel: what the rows are.

    Raises:
        ValueError: values other than 0 and 1, or see ``attention_heatmap``.
    """
    array = as_array(mask, "mask", 2)
    if not np.isin(array, (0.0, 1.0)).all():
        raise ValueError("mask holds values other than True and False")
    rows, keys = array.shape
    check_cells(rows, keys)
    names = check_labels(labels, keys, "labels")
    queries = names[-rows:] if rows <= keys else [str(index) for index in range(rows)]
    side = min(_MASKS_CELL, 5.4 / max(rows, keys))
    if for_phone():
        side = min(side, room_on_phones(queries) / keys)
    with house_style():
        figure, axes = _lay_out(array, queries, names, side)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        entitle(axes, title)
        return finish(figure)


def _lay_out(array: Array, rows: list[str], columns: list[str], side: float) -> tuple[Figure, Axes]:
    """A map of named rows and columns, each cell ``side`` inches wide."""
    width = min(MAX_WIDTH, side * array.shape[1] + 1.7)
    figure, (axes,) = new_figure(width, side * array.shape[0] + 1.3 + scale_height())
    draw_cells(axes, array)
    name_cells(axes, rows, columns, side=side)
    return figure, axes


@for_both
def signed_heatmap(
    values: Any,
    *,
    xlabel: str,
    ylabel: str,
    title: str | None = None,
    first: int = 0,
    limit: float | None = None,
    unit: str = "",
    marked: Sequence[tuple[int, int]] = (),
    columns: Sequence[str] | None = None,
) -> Figure:
    """Values of both signs: above zero in one colour, below in another, zero is empty.

    Args:
        values: (rows, columns), such as positions by dimensions.
        xlabel: what the columns are.
        ylabel: what the rows are.
        title: what it shows.
        first: the number of the first row and of the first column.
        limit: the magnitude that is drawn in full colour; the largest by default.
        unit: of the values, written over their scale.
        marked: cells (row, column) that the text names, to be framed.
        columns: what the columns are called, such as tokens; by default they have numbers.

    Raises:
        ValueError: not two dimensions, more than 64 rows or columns, a magnitude over ``limit``,
            a marked cell that isn't there, or columns that are not as many.
    """
    array = as_array(values, "values", 2)
    check_cells(*array.shape)
    largest = float(np.abs(array).max())
    full = largest if limit is None else limit
    if largest > full * (1 + 1e-9):
        raise ValueError(f"values reach {largest:.4g}, over limit={full:.4g}")
    scaled = array / full if full else array
    rows, width = array.shape
    names = check_labels(columns, width, "columns")
    side = min((room_on_phones([]) if for_phone() else 6.0) / width, 4.4 / rows, 0.5)
    with house_style():
        figure, (axes,) = new_figure(
            min(MAX_WIDTH, max(3.6, side * width + 1.0)),
            max(2.2, side * rows + 1.0) + scale_height(),
        )
        draw_cells(axes, scaled)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        if columns is None:
            _number_cells(axes, rows, width, first, side)
        elif max(rows, width) <= _GRID:
            name_cells(axes, [*map(str, range(first, first + rows))], names)
        if has_numbers(max(rows, width), side):
            write_numbers(axes, array, full)
        mark_cells(axes, marked, array.shape)
        draw_scale(axes, full, negative=bool(array.min() < 0), unit=unit)
        entitle(axes, title)
        return finish(figure)


def _number_cells(axes: Axes, rows: int, columns: int, first: int, side: float) -> None:
    """Number rows and columns at their middles: all of them or, where they are many, round ones."""
    if max(rows, columns) <= _GRID:
        names = [str(number) for number in range(first, first + max(rows, columns))]
        name_cells(axes, names[:rows], names[:columns])
        return
    step = next(step for step in _STEPS if step * side * 72 >= _APART)
    for axis, count in ((axes.yaxis, rows), (axes.xaxis, columns)):
        named = range(-(-first // step) * step, first + count, step)
        axis.set_ticks([number - first + 0.5 for number in named], [*map(str, named)])
