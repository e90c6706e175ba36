"""Dots in rows: when things happened, or several scores of the same tasks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.house.colours import colours_of
from snippets.plots.house.keys import key_below
from snippets.plots.house.numbers import number_ticks
from snippets.plots.house.style import (
    PALETTE,
    finish,
    house_style,
    light_grid,
    new_figure,
    plain_text,
)
from snippets.plots.house.titles import entitle
from snippets.plots.house.values import Array, check_labels
from snippets.plots.house.widths import for_both, for_phone

_MOST = 60
_ROW, _LEAST_ROW = 0.26, 0.21  # inches
_TALLEST = 6.6  # inches of rows, so that all are seen at one glance
_AROUND = 1.1  # inches for the axis, the title and a line of the key
_KEY = 0.22  # inches: a further line of the key
_NEAR = 0.025  # of the range: dots that are nearer cover one another
_BESIDE = 0.2  # of a row: so far up and down these are set apart


@for_both
def dot_rows(
    series: Mapping[str, Any],
    labels: Sequence[str],
    *,
    xlabel: str,
    title: str | None = None,
    colours: Mapping[str, str] | None = None,
    joined: bool = False,
    years: bool = False,
    alike: bool = False,
) -> Figure:
    """A row for each label, the first on top, with a dot of each series that has a value there.

    Args:
        series: by name, one number per row; None or NaN where the series has no dot.
        labels: what each row is.
        xlabel, title: quantity and unit; what it shows.
        colours: names of ``PALETTE`` for series that ``COLOUR_OF`` doesn't know.
        joined: whether a line joins the dots of a row.
        years: whether the numbers are years, which have no comma between their digits.
        alike: whether the series are repetitions, such as seeds: hollow, of one colour, no key.

    Raises:
        ValueError: no series, lengths that differ, a row without a dot, or more than 60 rows.
    """
    names = check_labels(labels, len(labels), "labels", tokens=False)
    values = _checked(series, names)
    columns, count = 2 if for_phone() else 4, len(values)
    key = 0 if alike else _KEY * ((count - 1) // columns)
    hues = [PALETTE["ink"]] * count if alike else colours_of(values, colours)
    with house_style():
        figure, (axes,) = new_figure(6.0, _height(len(names)) + _AROUND + key)
        _draw(axes, values, names, hues, joined, hollow=alike)
        axes.set_xlabel(xlabel)
        entitle(axes, title)
        if not years:
            number_ticks(axes.xaxis)
        if count > 1 and not alike:
            key_below(figure, *axes.get_legend_handles_labels(), columns, handlelength=0.8)
        return finish(figure)


def _height(rows: int) -> float:
    """Inches of all rows together."""
    return rows * max(_LEAST_ROW, min(_ROW, _TALLEST / rows))


def _draw(
    axes: Axes,
    values: Mapping[str, Array],
    names: Sequence[str],
    hues: Sequence[str],
    joined: bool,
    hollow: bool,
) -> None:
    """The dots of each series in their rows, joined or not, and the rows' names."""
    rows = range(len(names))
    table = np.stack(list(values.values()))  # (series, rows)
    if joined:
        low, high = np.nanmin(table, axis=0), np.nanmax(table, axis=0)
        axes.hlines(rows, low, high, color=PALETTE["muted"], linewidth=1)
    face: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": 1.4} if hollow else {}
    heights = np.arange(len(names)) + _apart(table)
    for (name, line), hue, height in zip(values.items(), hues, heights, strict=True):
        axes.plot(line, height, "o", color=hue, markersize=6, label=name, **face)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(rows, names)
    plain_text(*axes.get_yticklabels())
    axes.tick_params(axis="y", length=0)
    light_grid(axes, "both")


def _apart(table: Array) -> Array:
    """How far up or down each dot of (series, rows) goes, so that none hides another."""
    near = _NEAR * (float(np.nanmax(table) - np.nanmin(table)) or 1.0)  # or all are equal
    moved = np.zeros_like(table)
    for row, values in enumerate(table.T):
        order = [n for n in np.argsort(values) if not np.isnan(values[n])]
        gaps = np.flatnonzero(np.diff(values[order]) >= near) + 1
        for close in np.split(np.array(order), gaps):
            if len(close) > 1:
                moved[np.sort(close), row] = np.linspace(-_BESIDE, _BESIDE, len(close))
    return moved


def _with_gaps(given: Any, name: str, count: int) -> Array:
    """One number per row, NaN where there is none."""
    line: Array = np.array([np.nan if one is None else float(one) for one in given])
    if len(line) != count:
        raise ValueError(f"{name!r} has {len(line)} values for {count} rows")
    if np.isinf(line).any():
        raise ValueError(f"{name!r} holds numbers not finite: {line.tolist()}")
    return line


def _checked(series: Mapping[str, Any], names: Sequence[str]) -> dict[str, Array]:
    """The values; ValueError where there is nothing to draw, in all or in a row, or too much."""
    values = {name: _with_gaps(given, name, len(names)) for name, given in series.items()}
    if not values or not names or len(names) > _MOST:
        raise ValueError(
            f"{len(values)} series in {len(names)} rows: from 1 to {_MOST} can be read"
        )
    empty = np.isnan(list(values.values())).all(axis=0)
    if empty.any():
        raise ValueError(f"no dot in the row {names[int(empty.argmax())]!r}")
    return values
