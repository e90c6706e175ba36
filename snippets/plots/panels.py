"""The same tokens under several distributions, side by side: what a filter does to them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from snippets.plots.style import (
    MAX_WIDTH,
    PALETTE,
    finish,
    house_style,
    light_grid,
    new_figure,
    plain_text,
)
from snippets.plots.values import as_array, check_labels, check_unit_interval

_MOST_PANELS = 4


def next_token_panels(distributions: Mapping[str, Any], tokens: Sequence[str]) -> Figure:
    """Probabilities of the same tokens under several distributions, one panel each, one scale.

    Args:
        distributions: (n,) probabilities by name, such as those before and after a filter.
        tokens: what the n tokens are; spaces and line ends are made visible.

    Raises:
        ValueError: no panel or more than four, not one token for each probability, or probabilities
            outside [0, 1].
    """
    if not 1 <= len(distributions) <= _MOST_PANELS:
        raise ValueError(f"{len(distributions)} panels: from 1 to {_MOST_PANELS} fit side by side")
    arrays = {name: as_array(p, name, 1) for name, p in distributions.items()}
    for array in arrays.values():
        check_unit_interval(array, "probabilities")
        names = check_labels(tokens, len(array), "tokens")
    with house_style():
        figure, panels = new_figure(MAX_WIDTH, 0.22 * len(names) + 1.0, 1, len(arrays))
        places = np.arange(len(names))
        highest = max(float(array.max()) for array in arrays.values())
        for panel, (name, array) in zip(panels, arrays.items(), strict=True):
            panel.barh(places, array, height=0.7, color=PALETTE["blue"], edgecolor="none")
            for place in places[array == 0]:  # ruled out
                panel.plot(0, place, marker="x", color=PALETTE["orange"], ms=5, clip_on=False)
            panel.set(xlim=(0, highest * 1.05), ylim=(len(names) - 0.4, -0.6))
            panel.set_yticks(places, names if panel is panels[0] else [""] * len(names))
            plain_text(*panel.get_yticklabels(), panel.set_title(name))
            panel.tick_params(axis="y", length=0)
            panel.locator_params(axis="x", nbins=3)
            light_grid(panel, "x")
        figure.supxlabel("probability", fontsize=10)
        return finish(figure)
