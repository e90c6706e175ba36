"""A figure's title: what the figure shows, in words, on as many lines as its width needs."""

from functools import lru_cache, partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from snippets.plots.house.style import plain_text
from snippets.plots.house.values import true_apostrophes
from snippets.plots.house.widths import evenly

TITLE_SIZE = 10.5
"""Points."""

TITLE_LINE = 13.5
"""Points from one line of a title to the next."""


def wrapped(text: str, width: float) -> list[str]:
    """The text of a title in lines of at most ``width`` points, broken between words.

    Its apostrophes become true ones.
    """
    text = true_apostrophes(text)
    if _wide(text) <= width:  # as most are
        return [text]
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _wide(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def balanced(text: str, width: float) -> list[str]:
    """As ``wrapped``, in as many lines, but so that none is much shorter than the others."""
    narrower = (width * share / 100 for share in range(95, 50, -5))
    return evenly(partial(wrapped, text), [width, *narrower])


def entitle(axes: Axes, title: str | None) -> None:
    """Put a title above a plot, flush with the left edge of its figure's text."""
    if title:
        figure = axes.get_figure(root=True)
        assert figure is not None, "axes belong to a figure"
        room = 72 * figure.get_figwidth() * _SHARE
        plain_text(axes.set_title("\n".join(balanced(title, room)), linespacing=1.2))


def entitle_all(figure: Figure, title: str | None) -> None:
    """Put a title above all plots of a figure, which may have titles of their own."""
    if title:
        lines = balanced(title, 72 * figure.get_figwidth() - 8)
        font: Any = {"fontsize": TITLE_SIZE, "fontweight": "bold", "linespacing": 1.2}
        plain_text(figure.suptitle("\n".join(lines), x=0.01, ha="left", **font))


_SHARE = 0.8  # of the figure's width: what stands right of the labels of its y axis


@lru_cache(maxsize=256)
def _wide(text: str) -> float:
    """Points that a text takes, in the typeface and weight of titles."""
    font = FontProperties(weight="bold", size=TITLE_SIZE)
    literal = text.replace("$", "S")  # a dollar sign starts no formula
    path = TextPath((0, 0), literal, prop=font)
    x = np.asarray(path.vertices)[path.codes != path.CLOSEPOLY, 0]
    return float(np.ptp(x)) if len(x) else 0.0  # get_extents is ten times as slow
