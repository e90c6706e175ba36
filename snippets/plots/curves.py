"""Curves: any quantities over a common axis, and the course of a training."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from snippets.plots.house.colours import colours_of
from snippets.plots.house.labels import name_at_ends, name_within
from snippets.plots.house.numbers import log_ticks, number_ticks
from snippets.plots.house.style import (
    PALETTE,
    finish,
    house_style,
    light_grid,
    new_figure,
    plain_text,
)
from snippets.plots.house.titles import entitle
from snippets.plots.house.values import Array, as_array, check_series
from snippets.plots.house.widths import for_both, for_phone

_TICKED = 8  # up to this many points along the bottom, each gets its number
_MARKED = 16  # up to this many points, each is marked
_TICKED_ON_PHONES = 5
_LEAST_HEIGHT = 2.4  # inches, on phones
_EDGE = 0.08  # of the plot: so close to the axis, the name of a rule has no room left of it
_DASHES = ((4, 3), (9, 3), (4, 2, 1, 2))  # one for each reference, so that a key tells them apart


@for_both
def curves(
    series: Mapping[str, tuple[Any, Any]],
    *,
    xlabel: str,
    ylabel: str,
    title: str | None = None,
    log_x: bool = False,
    log_y: bool = False,
    references: Mapping[str, float] | None = None,
    rules: Mapping[str, float] | None = None,
    colours: Mapping[str, str] | None = None,
    key: bool = False,
    width: float = 6.4,
    height: float = 3.6,
) -> Figure:
    """One line for each series, its name at its end instead of in a legend.

    Args:
        series: x and y by name, at most five; up to 16 points, each point is marked.
        xlabel: quantity and unit along the bottom.
        ylabel: quantity and unit up the side.
        title: what it shows.
        log_x: powers of ten along the bottom.
        log_y: powers of ten up the side.
        references: levels to compare with, drawn as dashed lines, by name.
        rules: places along the bottom that the text names, drawn as upright lines, by name.
        colours: names of ``PALETTE`` for series that ``COLOUR_OF`` doesn't know.
        key: on phones, name the lines under the plot, since they lie close to one another.
        width: inches, at most 7.2.
        height: inches.

    Raises:
        ValueError: no series or more than five, x and y of unequal lengths, a number that is not
            finite, or one that a log scale can't show.
    """
    checked = check_series(series, (log_x, log_y))
    hues = colours_of(checked, colours)
    levels = dict(references or {})
    as_array([0.0, *levels.values()], "references", 1)
    if for_phone():
        height = max(_LEAST_HEIGHT, 0.75 * height)
    with house_style():
        figure, (axes,) = new_figure(width, height)
        ends: list[tuple[str, float, str]] = []
        for (name, (x, y)), colour in zip(checked.items(), hues, strict=True):
            axes.plot(x, y, color=colour, marker="o" if len(x) <= _MARKED else None, markersize=4)
            ends.append((name, float(y[int(np.argmax(x))]), colour))
        for (name, level), dashes in zip(levels.items(), cycle(_DASHES), strict=False):
            axes.axhline(level, color=PALETTE["muted"], linewidth=1, linestyle=(0, dashes))
            ends.append((name, float(level), PALETTE["muted"]))
        lines = list(axes.lines)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        entitle(axes, title)
        number_ticks(axes.xaxis, axes.yaxis)
        places = np.unique(np.concatenate([x for x, _ in checked.values()]))
        if not log_x and len(set(np.diff(places))) == 1:  # at equal distances
            _ticks_at_points(axes.xaxis, places)
        if log_x:
            axes.set_xscale("log")
            _log_ticks(axes.xaxis, [x for x, _ in checked.values()])
        if log_y:
            axes.set_yscale("log")
            _log_ticks(axes.yaxis, [y for _, y in checked.values()])
        light_grid(axes, "both" if log_x else "y")
        _rule(axes, rules or {})
        if for_phone():  # where beside the plot there is no room
            names = [(name, colour) for name, _, colour in ends]
            return name_within(finish(figure), axes, lines, names, key)
        return name_at_ends(figure, axes, ends)


def training_curves(
    train: tuple[Any, Any],
    validation: tuple[Any, Any] | None = None,
    *,
    references: Mapping[str, float] | None = None,
    title: str | None = None,
    smooth: int = 1,
    ylabel: str = "nats per character",
) -> Figure:
    """Loss over steps: training as it went, validation as a marked line.

    Args:
        train: steps and training losses.
        validation: steps and validation losses.
        references: levels to compare with, such as ``{"uniform guess": log(V)}``.
        title: what it shows.
        smooth: width in points of the running mean that is drawn of the training loss.
        ylabel: the unit of the losses.

    Raises:
        ValueError: see ``curves``; or ``smooth`` below 1 or over the number of points.
    """
    steps, losses = check_series({"training": train})["training"]
    if not 1 <= smooth <= len(losses):
        raise ValueError(f"smooth={smooth} must be from 1 to the {len(losses)} points")
    series: dict[str, tuple[Any, Any]] = {"training": running_mean(steps, losses, smooth)}
    if validation is not None:
        series["validation"] = validation
    return curves(
        series,
        xlabel="step",
        ylabel=ylabel,
        title=title,
        references=references,
    )


def running_mean(x: Array, y: Array, width: int) -> tuple[Array, Array]:
    """The mean of each ``width`` neighbours of y, at the mean of their x."""
    kernel = np.full(width, 1 / width)
    return np.convolve(x, kernel, "valid"), np.convolve(y, kernel, "valid")


def _rule(axes: Axes, rules: Mapping[str, float]) -> None:
    """An upright line at each place, its name along it, where it needs the least room."""
    for name, place in rules.items():
        axes.autoscale_view()
        pixels = axes.transData.transform((place, axes.get_ylim()[0]))
        edge = axes.transAxes.inverted().transform(pixels)[0] < _EDGE
        axes.axvline(place, color=PALETTE["muted"], linewidth=1, linestyle=(0, (1, 1.5)))
        text = axes.annotate(
            name,
            (place, 0.98),
            xycoords=("data", "axes fraction"),
            xytext=(3 if edge else -3, 0),
            textcoords="offset points",
            ha="left" if edge else "right",
            va="top",
            rotation=90,
            color=PALETTE["muted"],
            fontsize=9,
        )
        plain_text(text)


def _ticks_at_points(axis: Axis, points: Array) -> bool:
    """The measured points as ticks where they are few whole numbers; whether they are."""
    # On a logarithmic axis 3.5 at one tick and 6.5 at the next say little, and a layer 0.5 nothing.
    if len(points) > _TICKED or (points != points.round()).any():
        return False
    step = -(-len(points) // _TICKED_ON_PHONES) if for_phone() else 1
    axis.set_major_locator(FixedLocator(points[::-step][::-1].tolist()))
    return True


def _log_ticks(axis: Axis, values: list[Array]) -> None:
    """Powers of ten, or the measured points where they are few, or 1-2-5 on a short stretch."""
    points = np.unique(np.concatenate(values))
    at_points = isinstance(axis, XAxis) and _ticks_at_points(axis, points)
    if not at_points and points[-1] / points[0] < 100:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    log_ticks(axis, float(points[0]), float(points[-1]))
    axis.set_minor_locator(NullLocator())
