"""A loss over two weights, seen from above, and the walks of gradient descent across it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from snippets.plots.house.numbers import number_ticks
from snippets.plots.house.scales import MARK, draw_scale, scale_height
from snippets.plots.house.style import (
    HEAT,
    MAX_WIDTH,
    PALETTE,
    finish,
    house_style,
    new_figure,
    plain_text,
)
from snippets.plots.house.titles import entitle_all
from snippets.plots.house.values import Array, as_array
from snippets.plots.house.widths import for_both, for_phone

_MOST_PANELS = 3
_STEPS = 16  # of the loss that are told apart
_HIGH = 2.4  # inches: a panel, with its name
_HIGH_ON_PHONES = 2.1


@for_both
def loss_surfaces(
    losses: Any,
    x: Any,
    y: Any,
    paths: Mapping[str, Any],
    *,
    xlabel: str,
    ylabel: str,
    unit: str,
    title: str | None = None,
    lowest: tuple[float, float] | None = None,
) -> Figure:
    """The same loss once for each walk, side by side: the darker, the higher.

    Args:
        losses: (m, n), not below zero: the loss at each y (a row) and x (a column).
        x: (n,) values of the first weight, rising.
        y: (m,) values of the second weight, rising.
        paths: by name, (steps, 2) places (x, y), the start first; at most three walks.
        xlabel: what the first weight is.
        ylabel: what the second weight is.
        unit: of the loss, written over its scale.
        title: what it shows.
        lowest: where the loss is lowest, to be marked with a cross.

    Raises:
        ValueError: shapes that don't match, a loss below zero, no walk or more than three, or a
            walk that leaves the plot.
    """
    surface = _checked(losses, x, y)
    walks = _checked_walks(paths, *surface[1:])
    with house_style():
        figure = _draw_all(surface, walks, lowest, (xlabel, ylabel))
        draw_scale(figure, float(surface[0].max()), unit=unit)
        entitle_all(figure, title)
        return finish(figure)


def _checked(losses: Any, x: Any, y: Any) -> tuple[Array, Array, Array]:
    table, across, up = as_array(losses, "losses", 2), as_array(x, "x", 1), as_array(y, "y", 1)
    if table.shape != (len(up), len(across)) or table.min() < 0:
        raise ValueError(
            f"losses of shape {table.shape}, from {table.min():g}, for {len(up)} y, {len(across)} x"
        )
    return table, across, up


def _checked_walks(paths: Mapping[str, Any], x: Array, y: Array) -> dict[str, Array]:
    if not 1 <= len(paths) <= _MOST_PANELS:
        raise ValueError(f"{len(paths)} walks: from 1 to {_MOST_PANELS} fit side by side")
    walks = {name: as_array(path, name, 2) for name, path in paths.items()}
    for name, walk in walks.items():
        _check_inside(name, walk, x, y)
    return walks


def _draw_all(
    surface: tuple[Array, Array, Array],
    walks: Mapping[str, Array],
    lowest: tuple[float, float] | None,
    labels: tuple[str, str],
) -> Figure:
    """The panels side by side, or one below the other on a phone; labels only at the edges."""
    rows, columns = (len(walks), 1) if for_phone() else (1, len(walks))
    high = (_HIGH_ON_PHONES if for_phone() else _HIGH) * rows + 0.6 + scale_height()
    figure, panels = new_figure(MAX_WIDTH, high, rows, columns)
    for number, (panel, name) in enumerate(zip(panels, walks, strict=True)):
        _draw(panel, *surface, walks[name], lowest)
        plain_text(panel.set_title(name))
        if for_phone() or number == 0:
            panel.set_ylabel(labels[1])
        if not for_phone() or number == len(walks) - 1:
            panel.set_xlabel(labels[0])
    return figure


def _check_inside(name: str, walk: Array, x: Array, y: Array) -> None:
    if walk.shape[1] != 2:
        raise ValueError(f"{name!r} has shape {walk.shape}; a walk over two weights has (steps, 2)")
    low, high = walk.min(0), walk.max(0)
    if low[0] < x[0] or high[0] > x[-1] or low[1] < y[0] or high[1] > y[-1]:
        raise ValueError(f"{name!r} goes from {low.round(2)} to {high.round(2)}: out of the plot")


def _draw(
    axes: Axes, losses: Array, x: Array, y: Array, walk: Array, lowest: tuple[float, float] | None
) -> None:
    """One panel: the loss as opacity, in steps, the walk over it, and the lowest place."""
    levels = np.linspace(0, losses.max() * (1 + 1e-9), _STEPS + 1)
    shades = [to_rgba(PALETTE[HEAT], round((step + 0.5) / _STEPS, 3)) for step in range(_STEPS)]
    axes.contourf(x, y, losses, levels=levels, colors=shades)
    axes.plot(walk[:, 0], walk[:, 1], color=PALETTE[MARK], marker="o", markersize=3, linewidth=1.2)
    if lowest is not None:
        axes.plot(*lowest, color=PALETTE["ink"], marker="+", markersize=11, linestyle="none")
    axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    axes.locator_params(nbins=5)
    number_ticks(axes.xaxis, axes.yaxis)
