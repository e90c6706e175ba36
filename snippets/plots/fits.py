"""What was measured beside what was fitted to it: points, a line, and how sure the line is."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from snippets.plots.house.colours import colours_of
from snippets.plots.house.keys import key_below
from snippets.plots.house.numbers import log_ticks, number_ticks
from snippets.plots.house.style import finish, house_style, light_grid, new_figure
from snippets.plots.house.titles import entitle
from snippets.plots.house.values import Array, as_array
from snippets.plots.house.widths import for_both, for_phone

_MOST = 5
_HEIGHT, _KEY = 3.6, 0.22  # inches
_FEW = 100  # a range below this factor gets ticks between powers of ten too


@for_both
def points_and_fits(
    points: Mapping[str, tuple[Any, Any]],
    fits: Mapping[str, tuple[Any, Any]],
    *,
    xlabel: str,
    ylabel: str,
    title: str | None = None,
    bands: Mapping[str, tuple[Any, Any]] | None = None,
    log_y: bool = False,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Points, lines and the bands around lines; along the bottom, powers of ten.

    A line and points of one name share a colour, and the name stands once in the key.

    Args:
        points: x and y of what was measured, by name.
        fits: x and y of what was fitted, by name.
        xlabel: quantity and unit along the bottom.
        ylabel: quantity and unit up the side.
        title: what it shows.
        bands: by the name of a fit, the lowest and the highest y that its line may have.
        log_y: powers of ten up the side too.
        colours: names of ``PALETTE`` for what ``COLOUR_OF`` doesn't know.

    Raises:
        ValueError: nothing to draw or more than five names, lengths that differ, a number that is
            not finite or that a log scale can't show, or a band without its line.
    """
    names = list(dict.fromkeys([*points, *fits]))
    if not 1 <= len(names) <= _MOST:
        raise ValueError(f"{len(names)} names: from 1 to {_MOST} can be told apart")
    if unknown := [name for name in bands or {} if name not in fits]:
        raise ValueError(f"bands={unknown} belong to no line of {list(fits)}")
    drawn = {
        kind: {name: _checked(name, pair, log_y) for name, pair in given.items()}
        for kind, given in (("points", points), ("fits", fits))
    }
    columns = 1 if for_phone() else 3
    with house_style():
        height = _HEIGHT + _KEY * -(-len(names) // columns)
        figure, (axes,) = new_figure(6.4, height)
        for name, colour in zip(names, colours_of(names, colours), strict=True):
            _draw(axes, name, colour, drawn["points"].get(name), drawn["fits"].get(name))
            if name in (bands or {}):
                low, high = (as_array(side, name, 1) for side in (bands or {})[name])
                axes.fill_between(
                    drawn["fits"][name][0], low, high, color=colour, alpha=0.2, linewidth=0
                )
        axes.set(xlabel=xlabel, ylabel=ylabel, xscale="log")
        every = [*drawn["points"].values(), *drawn["fits"].values()]
        _scale(axes, [x for x, _ in every], [y for _, y in every], log_y)
        entitle(axes, title)
        light_grid(axes, "both")
        if len(names) > 1:
            key_below(figure, *axes.get_legend_handles_labels(), columns, handlelength=1.2)
        return finish(figure)


def _checked(name: str, pair: tuple[Any, Any], log_y: bool) -> tuple[Array, Array]:
    x, y = (as_array(values, name, 1) for values in pair)
    if len(x) != len(y):
        raise ValueError(f"{name!r} has {len(x)} x for {len(y)} y")
    if x.min() <= 0 or (log_y and y.min() <= 0):
        raise ValueError(f"{name!r} goes down to {min(x.min(), y.min()):g}: no log of it")
    return x, y


def _draw(
    axes: Axes,
    name: str,
    colour: str,
    points: tuple[Array, Array] | None,
    fit: tuple[Array, Array] | None,
) -> None:
    """The line, and on it the points; the key has one of them."""
    if fit is not None:
        axes.plot(*fit, color=colour, linewidth=1.5, label=None if points else name)
    if points is not None:
        axes.plot(*points, "o", color=colour, markersize=5, label=name)


def _scale(axes: Axes, x: list[Array], y: list[Array], log_y: bool) -> None:
    """Powers of ten, with others between them on a short stretch."""
    number_ticks(axes.yaxis)
    sides: list[tuple[Axis, Array]] = [(axes.xaxis, np.concatenate(x))]
    if log_y:
        axes.set_yscale("log")
        sides.append((axes.yaxis, np.concatenate(y)))
    for axis, values in sides:
        low, high = float(values.min()), float(values.max())
        between = ((1.0, 3.0) if for_phone() else (1.0, 2.0, 5.0)) if high < _FEW * low else (1.0,)
        axis.set_major_locator(LogLocator(subs=between, numticks=6 if for_phone() else 10))
        log_ticks(axis, low, high)
        axis.set_minor_locator(NullLocator())
