"""A key below a plot, read as text is: row by row."""

from collections.abc import Sequence
from typing import Any, TypeVar

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from snippets.plots.house.style import plain_text

_Item = TypeVar("_Item")


def key_below(
    figure: Figure, handles: Sequence[Artist], names: Sequence[str], columns: int, **options: Any
) -> None:
    """Name the handles below the plot, from left to right and from the top down."""
    key = figure.legend(
        by_columns(handles, columns),
        by_columns(names, columns),
        loc="outside lower left",
        ncols=columns,
        **options,
    )
    plain_text(*key.get_texts())


def by_columns(items: Sequence[_Item], columns: int) -> list[_Item]:
    """The items in the order in which matplotlib, which fills columns, sets them in rows."""
    return [item for column in range(columns) for item in items[column::columns]]
