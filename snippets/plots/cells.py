"""The cells of a heat map: how one value, one label, one number is put on the page."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba_array
from matplotlib.transforms import AffineDeltaTransform

from snippets.plots.house.numbers import written
from snippets.plots.house.style import HEAT, HEAT_NEGATIVE, PALETTE, plain_text
from snippets.plots.house.values import Array
from snippets.plots.house.widths import PHONE, for_phone

NUMBERED = 12  # up to this many columns, each cell has its number, if it has room for it
_NUMBER = 0.24  # inches: the least side of a cell that has
_LABELLED = 26  # up to this many, each row and column has room for its label
_PITCH = 9.6  # points: the least distance of labels on phones
_GAPPED = 16  # up to this many, a gap parts the cells
_GAP = 0.03  # of a cell, on each side
_INVISIBLE = 5e-4  # an opacity that no one sees
_LETTER = 0.09  # inches: the width of one of a label's letters
_LEAST = 0.005  # a number that isn't written as 0.00
_DARK = 0.62  # an opacity from which light lettering reads better


def draw_cells(axes: Axes, values: Array) -> None:
    """One square for each value that is not zero, first row on top; the magnitude is its opacity.

    All squares share one outline (a marker, so to say), which keeps the file of a figure small.
    """
    rows, columns = values.shape
    gap = _GAP if columns <= _GAPPED else 0.0
    corners = np.array([(gap, gap), (gap, 1 - gap), (1 - gap, 1 - gap), (1 - gap, gap)])
    places = np.argwhere(np.abs(values) >= _INVISIBLE)
    shown = values[tuple(places.T)]
    faces = [
        (PALETTE[HEAT if value > 0 else HEAT_NEGATIVE], round(min(1.0, abs(float(value))), 3))
        for value in shown
    ]
    axes.set(xlim=(0, columns), ylim=(rows, 0), aspect="equal")
    axes.add_collection(
        PolyCollection(
            [corners],
            facecolors=to_rgba_array(faces),
            edgecolors="none",
            offsets=places[:, ::-1],
            offset_transform=axes.transData,
            transform=AffineDeltaTransform(axes.transData),  # type: ignore[arg-type]
            clip_on=False,
        ),
        autolim=False,
    )
    for spine in axes.spines.values():
        spine.set(visible=True, color=PALETTE["muted"], linewidth=0.6)
    axes.tick_params(length=2.5)


def name_cells(
    axes: Axes,
    rows: list[str] | None,
    columns: list[str] | None,
    size: float = 9.5,
    side: float = 1.0,
) -> None:
    """Name rows and columns at their middles; every n-th where there is no room for all.

    Args:
        axes: the heat map.
        rows: names of the rows, if they are to have any.
        columns: names of the columns, likewise.
        size: points.
        side: inches of a cell, by which a phone's page has room for so many.
    """
    for axis, labels in ((axes.yaxis, rows), (axes.xaxis, columns)):
        if labels is None:
            axis.set_ticks([])
            continue
        step = -(-len(labels) // _LABELLED)
        if for_phone():
            step = math.ceil(_PITCH / (72 * side))
        axis.set_ticks(
            [index + 0.5 for index in range(0, len(labels), step)], labels[::step], fontsize=size
        )
        plain_text(*axis.get_ticklabels())
    if columns and max(map(len, columns)) > 2:
        axes.tick_params(axis="x", rotation=90)


def has_numbers(columns: int, side: float) -> bool:
    """Whether cells, ``side`` inches wide, have their numbers: few columns, and room for digits."""
    return columns <= NUMBERED and side >= _NUMBER


def write_numbers(axes: Axes, array: Array, full: float = 1.0, *, zeros: bool = False) -> None:
    """Print each value in its cell, light on dark cells and dark on light ones.

    ``full`` is the magnitude that is drawn in full colour. No 0.00, unless ``zeros`` are wanted.
    """
    for row, column in np.argwhere(np.abs(array) >= (0 if zeros else _LEAST)):
        value = array[row, column]
        axes.text(
            column + 0.5,
            row + 0.5,
            _number(value),
            ha="center",
            va="center",
            fontsize=8.5,
            color=PALETTE["paper" if abs(value) > _DARK * full else "ink"],
        )


def _number(value: float) -> str:
    """With two digits; on a phone ``.25`` for 0.25, as it has room for no more."""
    text = written(value, "{:.2f}")
    return text.replace("0.", ".", 1) if for_phone() and abs(value) < 1 else text


def room_on_phones(labels: Sequence[str]) -> float:
    """Inches that a phone has left for cells, beside the labels of their rows."""
    return PHONE - 0.5 - _LETTER * max(map(len, labels), default=0)
