"""Heat maps: attention weights, masks, and signed values such as positional encodings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from snippets.plots.cells import draw_cells, name_cells, write_numbers
from snippets.plots.style import (
    HEAT,
    HEAT_NEGATIVE,
    MAX_WIDTH,
    PALETTE,
    finish,
    house_style,
    new_figure,
)
from snippets.plots.values import as_array, check_cells, check_labels, check_unit_interval
from snippets.plots.widths import PHONE, for_both, for_phone

_NUMBERED = 9  # up to this many columns, each cell has room for its number
_NUMBER = 0.24  # inches: the least side of a cell that has
_GRID = 16  # up to this many, each row and column of signed values has its number
_SMALL = 8.0  # points: the least size of a label
_POINTS = 72  # in an inch
_LETTER = 0.09  # inches: the width of one of a label's letters


@for_both
def attention_heatmap(
    weights: Any,
    queries: Sequence[str] | None = None,
    keys: Sequence[str] | None = None,
    *,
    title: str | None = None,
    numbers: bool | None = None,
) -> Figure:
    """Attention weights: a row for each query, a column for each key it looks at.

    Args:
        weights: (T_query, T_key), each in [0, 1]; the value is the opacity of its cell.
        queries: tokens of the rows; numbers where there are none.
        keys: tokens of the columns; those of the rows where there are none.
        title: what it shows.
        numbers: print each weight in its cell; by default up to 9 columns.

    Raises:
        ValueError: not two dimensions, weights outside [0, 1], more than 64 rows or columns, or
            labels that don't match.
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
        side = min(side, _room_on_phones(row_labels) / columns)
    with house_style():
        width = min(MAX_WIDTH, side * columns + 1.7)
        figure, (axes,) = new_figure(width, side * rows + 1.3)
        draw_cells(axes, array)
        name_cells(axes, row_labels, column_labels, side=side)
        axes.set(ylabel="query: looks", xlabel="key: is looked at")
        fit = columns <= _NUMBERED and (side >= _NUMBER or not for_phone())
        if fit if numbers is None else numbers:
            write_numbers(axes, array)
        if title:
            axes.set_title(title)
        return finish(figure)


@for_both
def attention_heads(
    weights: Any,
    tokens: Sequence[str] | None = None,
    *,
    names: Sequence[str] | None = None,
    columns: int = 4,
) -> Figure:
    """Several heads' attention weights side by side.

    Args:
        weights: (H, T_query, T_key), each in [0, 1].
        tokens: one for each position, on the left and at the bottom of the grid.
        names: a title for each head; ``head 0``, ``head 1``, … by default.
        columns: heads in a row, at most.

    Raises:
        ValueError: see ``attention_heatmap``; also if ``columns`` is below 1.
    """
    array = as_array(weights, "weights", 3)
    check_unit_interval(array, "weights")
    heads, rows, keys = array.shape
    check_cells(rows, keys)
    if columns < 1:
        raise ValueError(f"columns={columns} must be at least 1")
    titles = [f"head {i}" for i in range(heads)]
    if names:
        titles = check_labels(names, heads, "names", tokens=False)
    labels = check_labels(tokens, rows, "tokens")
    total = _room_on_phones(labels if tokens else []) if for_phone() else 5.8
    if for_phone():
        columns = min(columns, 2)
    while tokens and columns > 1 and total / columns / keys * _POINTS < _SMALL:
        columns -= 1  # fewer in a row, so that the labels keep their size
    columns = min(columns, heads)
    columns = next((n for n in range(columns, 1, -1) if heads % n == 0), columns)
    lines = -(-heads // columns)
    side = min(total / columns, 2.6) if columns > 1 else min(total, 4.2)
    tall = side * rows / keys
    with house_style():
        figure, panels = new_figure(
            min(MAX_WIDTH, side * columns + 1.2), (tall + 0.35) * lines + 0.8, lines, columns
        )
        for index, axes in enumerate(panels):
            if index >= heads:
                axes.set_axis_off()
                continue
            draw_cells(axes, array[index])
            axes.set_title(titles[index])
            left, bottom = index % columns == 0, index + columns >= heads
            if tokens and rows == keys:
                name_cells(axes, labels if left else None, labels if bottom else None, size=_SMALL)
            else:
                axes.set(xticks=[], yticks=[])
        return finish(figure)


def mask_heatmap(
    mask: Any, labels: Sequence[str] | None = None, *, title: str | None = None
) -> Figure:
    """Which query may look at which key: a filled cell may, an empty one may not.

    Args:
        mask: (T_query, T_key) of booleans, True = may look.
        labels: tokens of the columns; the last T_query of them name the rows.
        title: what it shows.

    Raises:
        ValueError: values other than 0 and 1, or see ``attention_heatmap``.
    """
    array = as_array(mask, "mask", 2)
    if not np.isin(array, (0.0, 1.0)).all():
        raise ValueError("mask holds values other than True and False")
    rows, keys = array.shape
    if labels is None:
        labels = [str(index) for index in range(keys)]
    queries = list(labels)[-rows:] if rows <= keys else None
    return attention_heatmap(array, queries, labels, title=title, numbers=False)


@for_both
def signed_heatmap(
    values: Any,
    *,
    xlabel: str,
    ylabel: str,
    title: str | None = None,
    limit: float | None = None,
) -> Figure:
    """Values of both signs: above zero in one colour, below in another, zero is empty.

    Args:
        values: (rows, columns), such as positions by dimensions.
        xlabel: what the columns are.
        ylabel: what the rows are.
        title: what it shows.
        limit: the magnitude that is drawn in full colour; the largest by default.

    Raises:
        ValueError: not two dimensions, more than 64 rows or columns, or a magnitude over ``limit``.
    """
    array = as_array(values, "values", 2)
    check_cells(*array.shape)
    largest = float(np.abs(array).max())
    full = largest if limit is None else limit
    if largest > full * (1 + 1e-9):
        raise ValueError(f"values reach {largest:.4g}, over limit={full:.4g}")
    scaled = array / full if full else array
    rows, columns = array.shape
    side = min((_room_on_phones([]) if for_phone() else 6.0) / columns, 4.4 / rows, 0.5)
    with house_style():
        figure, (axes,) = new_figure(
            min(MAX_WIDTH, max(3.6, side * columns + 1.0)), max(2.2, side * rows + 1.0)
        )
        draw_cells(axes, scaled)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        if max(rows, columns) <= _GRID:
            name_cells(axes, [*map(str, range(rows))], [*map(str, range(columns))])
        if title:
            axes.set_title(title)
        ends = [(HEAT, f"+{full:.3g}"), (HEAT_NEGATIVE, f"−{full:.3g}")]
        if array.min() >= 0:
            del ends[1]  # a key to what is not there would puzzle
        # On a phone above the right corner, where it takes no width.
        corner = ("lower right", len(ends)) if for_phone() else ("upper left", 1)
        axes.legend(
            handles=[Patch(fc=PALETTE[name], ec="none", label=text) for name, text in ends],
            loc=corner[0],
            bbox_to_anchor=(1, 1),
            ncols=corner[1],
            handlelength=0.9,
            columnspacing=1.0,
            borderaxespad=0.4 if not for_phone() else 0.1,
        )
        return finish(figure)


def _room_on_phones(labels: Sequence[str]) -> float:
    """Inches that a phone has left for cells, beside the labels of their rows."""
    return PHONE - 0.5 - _LETTER * max(map(len, labels), default=0)
