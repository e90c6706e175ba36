"""The look that all figures share: few named colours, one typeface, no ornament.

Every colour is one of ``PALETTE``; a value in a heat map is the opacity of one of them. So a page
can re-colour a figure for its dark scheme by naming a twin for each colour, and a printer that
knows no colour still tells dark from light.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from snippets.plots.house.typeface import font_families
from snippets.plots.house.widths import PHONE, align, fit, for_phone

PALETTE = {
    "ink": "#1d1f24",  # text, axes
    "muted": "#5b5f68",  # ticks, grid lines, baselines
    "paper": "#ffffff",  # lettering on a dark cell; the only colour that is meant not to show
    "blue": "#24418d",
    "orange": "#d0620a",
    "teal": "#2f948a",
    "wine": "#8c1f3a",
    "violet": "#8a60cc",
}
"""Every colour of every figure, as ``#rrggbb`` in lower case."""

SERIES = ("blue", "orange", "teal", "wine", "violet")
"""Colours for lines and bars, in the order of use; told apart by every kind of colour vision."""

HEAT = "blue"
"""The colour of a heat map; the value is its opacity."""

HEAT_NEGATIVE = "orange"
"""The colour of values below zero."""

MAX_WIDTH = 7.2
"""Inches: a figure no wider than this needs no scaling on a page of 70 characters."""

_VECTOR_DPI = 72

_RC: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": PALETTE["ink"],
    "axes.facecolor": "none",
    "axes.grid": False,
    "axes.labelcolor": PALETTE["ink"],
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": cycler(color=[PALETTE[name] for name in SERIES]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": PALETTE["ink"],
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "figure.facecolor": "none",
    "figure.figsize": (6.4, 3.6),
    "figure.constrained_layout.use": True,
    "font.family": font_families(),
    "font.size": 10,
    "grid.alpha": 0.25,
    "grid.color": PALETTE["muted"],
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "patch.edgecolor": PALETTE["ink"],
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "text.color": PALETTE["ink"],
    "xtick.color": PALETTE["muted"],
    "xtick.labelcolor": PALETTE["ink"],
    "xtick.labelsize": 9.5,
    "ytick.alignment": "center",  # of a name's small letters, not of its tall ones
    "ytick.color": PALETTE["muted"],
    "ytick.labelcolor": PALETTE["ink"],
    "ytick.labelsize": 9.5,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style inside the ``with``; outside, matplotlib is as it was."""
    with mpl.rc_context(_RC):
        yield


def figure_size(width: float = 6.4, height: float = 3.6) -> tuple[float, float]:
    """``(width, height)`` in inches.

    Raises:
        ValueError: a side is not positive, or the width is over ``MAX_WIDTH``.
    """
    if not 0 < width <= MAX_WIDTH or height <= 0:
        raise ValueError(
            f"figure of {width} x {height} inches: width must be in (0, {MAX_WIDTH}], height > 0"
        )
    return width, height


def light_grid(axes: Axes, axis: str = "y") -> None:
    """Faint lines across the plot to read values by."""
    if axis not in ("x", "y", "both"):
        raise ValueError(f"axis={axis!r} is none of 'x', 'y', 'both'")
    axes.grid(visible=True, axis=axis)  # type: ignore[arg-type]


def new_figure(
    width: float = 6.4, height: float = 3.6, rows: int = 1, columns: int = 1
) -> tuple[Figure, list[Axes]]:
    """An empty figure and its axes, row by row. Call it inside ``house_style()``.

    pyplot knows the figure, so a notebook or a page shows it; who draws many closes them.
    """
    size = figure_size(min(width, PHONE) if for_phone() else width, height)
    # One for a phone is made beside another, which alone is to be shown.
    figure = Figure(size) if for_phone() else plt.figure(figsize=size)
    axes = figure.subplots(rows, columns, squeeze=False)
    for one in axes.flat:
        one.tick_params(labelsize=_RC["xtick.labelsize"])  # else the caller's says how many fit
    return figure, list(axes.flat)


def finish(figure: Figure) -> Figure:
    """Lay the figure out while the house style still holds, on a phone fitted to its width."""
    titles = fit(figure) if for_phone() else []
    lay_out(figure)
    align(titles)
    return figure


def lay_out(figure: Figure) -> Figure:
    """Lay the figure out; matplotlib makes ticks only now.

    Once as a screen shows it and once as a vector file does: the number of ticks may differ.
    """
    shown = figure.dpi
    for dpi in (shown, _VECTOR_DPI):
        figure.dpi = dpi
        figure.draw_without_rendering()
    figure.dpi = shown
    return figure


def plain_text(*texts: Text) -> None:
    """Take these texts literally: a dollar sign in a token starts no formula."""
    for text in texts:
        text.set_parse_math(False)
