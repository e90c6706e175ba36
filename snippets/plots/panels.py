"""The same tokens under several distributions, side by side: what a filter does to them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from snippets.plots.house.numbers import number_ticks
from snippets.plots.house.style import (
    MAX_WIDTH,
    PALETTE,
    finish,
    house_style,
    light_grid,
    new_figure,
    plain_text,
)
from snippets.plots.house.titles import TITLE_LINE, entitle_all
from snippets.plots.house.values import Array, as_array, check_labels, check_unit_interval
from snippets.plots.house.widths import for_both, for_phone

_MOST_PANELS = 4
_ROW = 0.22  # inches
_PANEL, _AROUND = 0.78, 0.4  # inches: what a panel needs beside its rows, and a figure its panels
_INSET = 5  # points from the axis to the middle of a cross, clear of the labels


@for_both
def next_token_panels(
    distributions: Mapping[str, Any],
    tokens: Sequence[str],
    *,
    title: str | None = None,
    words: bool = False,
) -> Figure:
    """Probabilities of the same tokens under several distributions, one panel each, one scale.

    Args:
        distributions: (n,) probabilities by name, such as those before and after a filter.
        tokens: what the n tokens are; spaces and line ends are made visible.
        title: what they show.
        words: whether these are words or names, whose spaces need no sign.

    Raises:
        ValueError: no panel or more than four, not one token for each probability, or probabilities
            outside [0, 1].
    """
    if not 1 <= len(distributions) <= _MOST_PANELS:
        raise ValueError(f"{len(distributions)} panels: from 1 to {_MOST_PANELS} fit side by side")
    arrays = {name: as_array(p, name, 1) for name, p in distributions.items()}
    for array in arrays.values():
        check_unit_interval(array, "probabilities")
        names = check_labels(tokens, len(array), "tokens", tokens=not words)
    with house_style():
        # On a phone below one another, or two by two, so that none is left over.
        columns = len(arrays) if not for_phone() else 2 - len(arrays) % 2
        rows = len(arrays) // columns
        height = (_ROW * len(names) + _PANEL) * rows + _AROUND
        figure, panels = new_figure(MAX_WIDTH, height, rows, columns)
        highest = max(float(array.max()) for array in arrays.values())
        for number, (panel, name) in enumerate(zip(panels, arrays, strict=True)):
            shown = [""] * len(names) if number % columns else names
            _draw(panel, name, arrays[name], shown, highest)
        figure.supxlabel("probability", fontsize=10)
        entitle_all(figure, title)
        figure.set_figheight(height + TITLE_LINE / 72 * figure.get_suptitle().count("\n"))
        return finish(figure)


def _draw(panel: Axes, name: str, array: Array, tokens: list[str], highest: float) -> None:
    """One distribution, on a scale up to ``highest``."""
    places = np.arange(len(array))
    panel.barh(places, array, height=0.7, color=PALETTE["blue"], edgecolor="none")
    for place in places[array == 0]:  # ruled out
        right = offset_copy(panel.transData, panel.get_figure(root=True), x=_INSET, units="points")
        cross: Any = {"marker": "x", "color": PALETTE["orange"], "ms": 5, "clip_on": False}
        panel.plot(0, place, transform=right, **cross)
    panel.set(xlim=(0, highest * 1.05), ylim=(len(tokens) - 0.4, -0.6))
    panel.set_yticks(places, tokens)
    plain_text(*panel.get_yticklabels(), panel.set_title(name))
    panel.tick_params(axis="y", length=0)
    panel.locator_params(axis="x", nbins=3)
    number_ticks(panel.xaxis)
    light_grid(panel, "x")
