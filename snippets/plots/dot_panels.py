"""Several quantities of the same things, one panel each: a dot per thing on a logarithmic axis."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from snippets.plots.house.numbers import log_ticks
from snippets.plots.house.style import (
    MAX_WIDTH,
    PALETTE,
    finish,
    house_style,
    light_grid,
    new_figure,
    plain_text,
)
from snippets.plots.house.titles import entitle_all
from snippets.plots.house.values import Array, as_array
from snippets.plots.house.widths import for_both, for_phone

_PANELS = 4
_MOST = 10
_COLOURS = ("blue", "orange")
_ROW, _KEY = 0.23, 0.25  # inches
_FEW = 20  # a range below this factor may hold a single power of ten


@for_both
def dot_panels(
    panels: Mapping[str, Mapping[str, Any]], names: Sequence[str], *, title: str | None = None
) -> Figure:
    """Four quantities of the same things, two by two; what is 0 is left out of its panel.

    Args:
        panels: by quantity and unit, one or two series of values, (n,) each, by name; only a panel
            with two says their names.
        names: what the n things are.
        title: what it shows.

    Raises:
        ValueError: not four panels, no thing or more than ten, two of one name, more than two
            series in a panel, not one value for each thing, or a value below zero.
    """
    if len(panels) != _PANELS:
        raise ValueError(f"{len(panels)} panels: two by two need {_PANELS}")
    if not 1 <= len(names) <= _MOST or len({*names}) < len(names):
        raise ValueError(f"names={list(names)}: from 1 to {_MOST} things, each with its own name")
    checked = {
        quantity: _checked(series, quantity, len(names)) for quantity, series in panels.items()
    }
    with house_style():
        columns = 1 if for_phone() else 2
        rows = _PANELS // columns
        key = _KEY if any(len(series) > 1 for series in checked.values()) else 0
        height = (_ROW * len(names) + 0.75 + key) * rows
        figure, axes = new_figure(MAX_WIDTH, height, rows, columns)
        for number, (one, quantity) in enumerate(zip(axes, checked, strict=True)):
            shown = [""] * len(names) if number % columns else list(names)
            _draw(one, quantity, checked[quantity], shown)
        entitle_all(figure, title)
        return finish(figure)


def _checked(series: Mapping[str, Any], quantity: str, count: int) -> dict[str, Array]:
    if not 1 <= len(series) <= len(_COLOURS):
        raise ValueError(f"{quantity}: {len(series)} series, where one or two can be told apart")
    arrays = {name: as_array(values, quantity, 1) for name, values in series.items()}
    for array in arrays.values():
        if len(array) != count or array.min() < 0:
            raise ValueError(f"{quantity}: {array.tolist()} are not {count} values from 0 on")
    return arrays


def _draw(axes: Axes, quantity: str, series: Mapping[str, Array], names: list[str]) -> None:
    """One quantity: a dot for each thing, the second series drawn as rings around smaller dots."""
    places = np.arange(len(names))
    for (name, values), colour in zip(series.items(), _COLOURS, strict=False):
        there = values > 0
        face = PALETTE[colour] if colour == _COLOURS[0] else "none"
        axes.plot(
            values[there],
            places[there],
            linestyle="none",
            marker="o",
            markersize=6 if colour == _COLOURS[0] else 9,
            color=PALETTE[colour],
            markerfacecolor=face,
            label=name,
        )
    axes.set_xscale("log")
    everything = np.concatenate(list(series.values()))
    present = everything[everything > 0]
    low, high = (float(present.min()), float(present.max())) if present.size else (1.0, 10.0)
    axes.set_xlim(low / 2, high * 2)
    between = (1.0, 2.0, 5.0) if high < _FEW * low else (1.0,)
    axes.xaxis.set_major_locator(LogLocator(subs=between, numticks=5))
    log_ticks(axes.xaxis, low, high)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel=quantity, ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(places, names)
    plain_text(*axes.get_yticklabels())
    axes.tick_params(axis="y", length=0)
    light_grid(axes, "both")
    if len(series) > 1:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=9.5)
