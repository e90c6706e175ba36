"""What a drawing shows, read back from it."""

from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from snippets.plots.house.style import PALETTE

NAMES = {colour: name for name, colour in PALETTE.items()}


def tensors(figure: Figure) -> list[PolyCollection]:
    (axes,) = figure.axes
    return [found for found in axes.collections if isinstance(found, PolyCollection)]


def shapes(figure: Figure) -> list[tuple[int, float]]:
    """Of each tensor drawn number by number: how many squares, and their side in points."""
    found = []
    for tensor in tensors(figure):
        sides = {
            round(float(np.ptp(np.asarray(path.vertices)[:4, 0])), 3) for path in tensor.get_paths()
        }
        (side,) = sides
        found.append((len(tensor.get_paths()), side))
    return found


def boxes(figure: Figure) -> list[tuple[str, float, float]]:
    """Of each plain box: colour, width and height."""
    (axes,) = figure.axes
    plain: list[Any] = [patch for patch in axes.patches if type(patch) is Rectangle]
    return [
        (NAMES[to_hex(box.get_facecolor()[:3])], box.get_width(), box.get_height())
        for box in plain
        if box.get_facecolor()[3] > 0
    ]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def arrows(figure: Figure) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Of each arrow: where it starts and where it ends."""
    drawn: list[Any] = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    return [arrow._posA_posB for arrow in drawn]
