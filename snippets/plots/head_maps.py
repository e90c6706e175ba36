"""Several heads' attention, one heat map each, all with one scale."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from snippets.plots.cells import (
    draw_cells,
    has_numbers,
    name_cells,
    room_on_phones,
    write_numbers,
)
from snippets.plots.house.scales import draw_scale
from snippets.plots.house.style import MAX_WIDTH, finish, house_style, new_figure
from snippets.plots.house.titles import entitle_all
from snippets.plots.house.values import as_array, check_cells, check_labels, check_unit_interval
from snippets.plots.house.widths import for_both, for_phone

_SMALL = 8.0  # points: the least size of a label
_CELL = 12.0  # points: on phones, of cells that have no labels of their own
_POINTS = 72  # in an inch
_NAMES = 0.4  # inches: on phones, of the names below each map of a stack


@for_both
def attention_heads(
    weights: Any,
    tokens: Sequence[str] | None = None,
    *,
    keys: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    columns: int = 4,
    title: str | None = None,
    xlabel: str = "key",
    ylabel: str = "query",
    unit: str = "weight",
) -> Figure:
    """Several heads' attention weights side by side.

    Args:
        weights: (H, T_query, T_key), each in [0, 1].
        tokens: one for each position, on the left and at the bottom of the grid.
        keys: those at the bottom, where they are others.
        names: a title for each head; ``head 0``, ``head 1``, … by default.
        columns: heads in a row, at most.
        title: what they show.
        xlabel: what the columns of each map are.
        ylabel: what the rows are.
        unit: what is shown, where it is something else, from 0 to 1 as well.

    Raises:
        ValueError: see ``attention_heatmap``; also if ``columns`` is below 1.
    """
    array = as_array(weights, "weights", 3)
    check_unit_interval(array, "weights")
    heads, rows, width = array.shape
    check_cells(rows, width)
    if columns < 1:
        raise ValueError(f"columns={columns} must be at least 1")
    titles = [f"head {i}" for i in range(heads)]
    if names:
        titles = check_labels(names, heads, "names", tokens=False)
    labels = check_labels(tokens, rows, "tokens")
    across = labels if rows == width and not keys else check_labels(keys, width, "keys")
    total = room_on_phones(labels if tokens else []) if for_phone() else 5.8
    if for_phone():
        columns = min(columns, 2)
    least = _SMALL if tokens else _CELL * for_phone()
    while columns > 1 and total / columns / width * _POINTS < least:
        columns -= 1  # fewer in a row, so that labels keep their size, and cells can be seen
    columns = min(columns, heads)
    columns = next((n for n in range(columns, 1, -1) if heads % n == 0), columns)
    lines = -(-heads // columns)
    side = min(total / columns, 2.6) if columns > 1 else min(total, 4.2)
    stacked = for_phone() and columns == 1  # the last map's names would be far from the first
    tall, between = side * rows / width, 0.7 if for_phone() else 0.35
    between += _NAMES * stacked
    with house_style():
        figure, panels = new_figure(
            min(MAX_WIDTH, side * columns + 1.2), (tall + between) * lines + 0.8, lines, columns
        )
        for index, axes in enumerate(panels):
            if index >= heads:
                axes.set(xticks=[], yticks=[])
                axes.set_axis_off()
                continue
            draw_cells(axes, array[index])
            if has_numbers(width, side / width):
                write_numbers(axes, array[index])
            axes.set_title(titles[index])
            left, bottom = index % columns == 0, stacked or index + columns >= heads
            if tokens is None or keys or rows == width:
                rows_, columns_ = labels if left else None, across if bottom else None
                name_cells(axes, rows_, columns_, size=_SMALL, side=side / width)
            else:
                axes.set(xticks=[], yticks=[])
            axes.set(xlabel=xlabel if bottom else "", ylabel=ylabel if left else "")
        draw_scale(figure, 1.0, unit=unit)
        entitle_all(figure, title)
        return finish(figure)
