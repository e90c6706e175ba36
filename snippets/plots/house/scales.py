"""The scale of a heat map, and the frame around a cell that the text names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from snippets.plots.house.numbers import written
from snippets.plots.house.style import HEAT, HEAT_NEGATIVE, PALETTE
from snippets.plots.house.widths import for_phone

MARK = "orange"
"""The colour of what is marked, one that stands out from ``HEAT``."""

_STEPS = 4  # of the scale, on either side of zero


def draw_scale(
    place: Axes | Figure, full: float, *, negative: bool = False, unit: str = ""
) -> None:
    """A scale in steps from ``full`` down to zero, or to ``-full``, beside a map.

    On a phone it lies below the map, where it takes no width.

    Args:
        place: the map's axes, or the figure of several maps that share the scale.
        full: the magnitude that is drawn in full colour.
        negative: whether there are values below zero.
        unit: what is drawn, written over the scale.
    """
    steps = _steps(full, negative)
    options: Any = {
        "handles": steps,
        "title": unit or None,
        "title_fontsize": 9,
        "alignment": "left",
        "handlelength": 1.0,
        "borderaxespad": 0.4,
    }
    figure = place.get_figure(root=True)
    if for_phone() and figure is not None:
        spread: Any = {"ncols": len(steps), "columnspacing": 0.6, "handletextpad": 0.3}
        figure.legend(loc="outside lower left", **spread, **options)
        return
    where: Any = {"loc": "upper left", "bbox_to_anchor": (1, 1)}
    if isinstance(place, Figure):
        where = {"loc": "outside right upper"}
    place.legend(labelspacing=0.0, handleheight=1.5, **where, **options)


def scale_height() -> float:
    """Inches that a scale takes of a figure's height: on a phone, where it lies below the map."""
    return 0.6 if for_phone() else 0.0


def _steps(full: float, negative: bool) -> list[Patch]:
    """The steps of the scale, those with a number and those between."""
    both = 2 if negative and not for_phone() else 1
    shares = np.linspace(1, -1 if negative else 0, both * _STEPS + 1)
    shares = shares[::-1] if for_phone() else shares
    named = shares[::2] if negative and not for_phone() else shares
    return [
        Patch(
            facecolor=to_rgba(PALETTE[HEAT if share >= 0 else HEAT_NEGATIVE], abs(float(share))),
            edgecolor="none" if share else PALETTE["muted"],  # zero would not be seen
            linewidth=0.6,
            label=_number(share * full) if share in named else "",
        )
        for share in shares
    ]


def mark_cells(axes: Axes, cells: Sequence[tuple[int, int]], shape: tuple[int, ...]) -> None:
    """Frame the cells (row, column) that the text names.

    Raises:
        ValueError: a cell that isn't there.
    """
    for row, column in cells:
        if not (0 <= row < shape[0] and 0 <= column < shape[1]):
            raise ValueError(f"cell {(row, column)} does not exist among {shape[0]} x {shape[1]}")
        axes.add_patch(
            Rectangle(
                (column, row), 1, 1, fill=False, edgecolor=PALETTE[MARK], linewidth=2, clip_on=False
            )
        )


def _number(value: float) -> str:
    return written(float(value), "{:.2g}") if value else "0"
