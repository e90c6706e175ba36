"""The spread of a bar's value, as a line with two caps."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from snippets.plots.house.style import PALETTE


def whiskers(axes: Axes, values: np.ndarray, widths: np.ndarray) -> None:
    """Draw the spread of each value that has one, seen on the bar as well as beside it.

    Args:
        axes: with lying bars at 0, 1, 2, …
        values: (n,) where the bars end.
        widths: (2, n) to the left and to the right of it.
    """
    at = np.flatnonzero(widths.any(axis=0))
    style: Any = {"fmt": "none", "color": PALETTE["ink"], "capsize": 3, "lw": 1}
    _, caps, lines = axes.errorbar(values[at], at, xerr=widths[:, at], **style)
    for part in (*caps, *lines):
        part.set_path_effects([withStroke(linewidth=2.6, foreground=PALETTE["paper"])])
