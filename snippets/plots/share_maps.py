"""Shares by two things at once, such as which attack gets through which defence."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from snippets.plots.cells import draw_cells, name_cells, room_on_phones, write_numbers
from snippets.plots.house.scales import draw_scale, scale_height
from snippets.plots.house.style import MAX_WIDTH, finish, house_style, new_figure
from snippets.plots.house.titles import entitle
from snippets.plots.house.values import as_array, check_labels, check_unit_interval
from snippets.plots.house.widths import for_both, for_phone

_MOST = 12  # rows or columns


@for_both
def share_map(
    shares: Any, rows: Sequence[str], columns: Sequence[str], *, unit: str, title: str | None = None
) -> Figure:
    """A cell for each of `rows` and `columns`, its share as opacity and as a number.

    Shares are (rows, columns), each in [0, 1]; `unit` is written over their scale. ValueError for
    other shapes or values, more than 12 rows or columns, or labels that don't match.
    """
    array = as_array(shares, "shares", 2)
    check_unit_interval(array, "shares")
    if max(array.shape) > _MOST:
        raise ValueError(f"{array.shape} cells are more than {_MOST} rows or columns")
    names = check_labels(rows, array.shape[0], "rows", tokens=False)
    tops = check_labels(columns, array.shape[1], "columns", tokens=False)
    side = 0.5
    if for_phone():
        side = min(side, room_on_phones(names) / array.shape[1])
    with house_style():
        width = min(MAX_WIDTH, side * array.shape[1] + 2.2)
        figure, (axes,) = new_figure(width, side * array.shape[0] + 1.3 + scale_height())
        draw_cells(axes, array)
        name_cells(axes, names, tops, side=side)
        write_numbers(axes, array, zeros=True)  # an empty cell reads as not measured
        draw_scale(axes, 1.0, unit=unit)
        entitle(axes, title)
        return finish(figure)
