"""Bars: the probabilities of next tokens, and comparisons with their spread."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.house.numbers import number_ticks, written
from snippets.plots.house.style import (
    PALETTE,
    finish,
    house_style,
    light_grid,
    new_figure,
    plain_text,
)
from snippets.plots.house.titles import entitle
from snippets.plots.house.values import as_array, check_labels, check_spread, check_unit_interval
from snippets.plots.house.whiskers import whiskers
from snippets.plots.house.widths import for_both, for_phone

_MOST = 40
_COVERS: Any = {"fc": PALETTE["paper"], "ec": "none", "pad": 0.5}  # the line at zero
_ROOM = 0.15  # of the axis, for the numbers beside the bars
_BESIDE = 8  # on a phone: so many letters have room left of the bars; more go above them
_PHONES_AXIS = 140  # points, of those that the numbers leave it
_DIGIT = 6  # points: the width of a character of a number


def next_token_bars(
    probabilities: Any,
    tokens: Sequence[str],
    *,
    title: str | None = None,
    marked: Sequence[int] = (),
) -> Figure:
    """Probabilities of the next token, one bar each, in the order given.

    Args:
        probabilities: (n,), each in [0, 1], together at most 1 (the rest is not shown).
        tokens: their texts; spaces and line ends are made visible.
        title: what it shows, such as the prompt.
        marked: places to draw in the second colour, such as the token that was chosen.

    Raises:
        ValueError: not one token for each probability, probabilities outside [0, 1] or together
            over 1, more than 40 of them, or a place that doesn't exist.
    """
    values = as_array(probabilities, "probabilities", 1)
    check_unit_interval(values, "probabilities")
    if values.sum() > 1 + 1e-4:
        raise ValueError(f"probabilities sum to {values.sum():.6g}, over 1")
    names = check_labels(tokens, len(values), "tokens")
    colours, none = _marked_colours(len(values), marked), np.zeros((2, len(values)))
    return _bars(names, values, none, colours, "probability", title, "{:.3f}")


def compare_bars(
    values: Any,
    labels: Sequence[str],
    *,
    xlabel: str,
    spread: Any | None = None,
    title: str | None = None,
    marked: Sequence[int] = (),
    aside: Sequence[int] = (),
    number: str = "{:.3g}",
) -> Figure:
    """One quantity of several things, from zero, with its spread where it was measured.

    Args:
        values: (n,) numbers, not below zero.
        labels: what each bar is.
        xlabel: quantity and unit.
        spread: (n,) half widths to both sides, such as standard deviations over runs, or (n, 2)
            for other widths below and above. Where both are zero, no whisker is drawn.
        title: what it shows.
        marked: places to draw in the second colour.
        aside: places to draw in grey, of what is not to be compared with the others.
        number: format of the number beside each bar.

    Raises:
        ValueError: lengths that differ, anything below zero, over 40 bars, or no such place.
    """
    heights = as_array(values, "values", 1)
    if heights.min() < 0:
        raise ValueError(f"values go down to {heights.min():g}: bars start at zero")
    widths = check_spread(spread, len(heights))
    names = check_labels(labels, len(heights), "labels", tokens=False)
    colours = _marked_colours(len(heights), marked, aside)
    return _bars(names, heights, widths, colours, xlabel, title, number)


def difference_bars(
    values: Any,
    labels: Sequence[str],
    *,
    xlabel: str,
    spread: Any | None = None,
    title: str | None = None,
    marked: Sequence[int] = (),
    number: str = "{:+.3f}",
) -> Figure:
    """How far several things lie above or below a common zero, with the spread of each.

    For differences that would not show between two long bars of ``compare_bars``. Arguments as
    there, only that values may be of either sign.

    Raises:
        ValueError: lengths that differ, a spread below zero, over 40 bars, or no such place.
    """
    ends = as_array(values, "values", 1)
    widths = check_spread(spread, len(ends))
    names = check_labels(labels, len(ends), "labels", tokens=False)
    return _bars(names, ends, widths, _marked_colours(len(ends), marked), xlabel, title, number)


def _marked_colours(count: int, marked: Sequence[int], aside: Sequence[int] = ()) -> list[str]:
    if count > _MOST:
        raise ValueError(f"{count} bars are too many to read: at most {_MOST}")
    wrong = [place for place in [*marked, *aside] if not 0 <= place < count]
    if wrong:
        raise ValueError(f"marked places {wrong} do not exist among {count} bars")
    named = dict.fromkeys(aside, "muted") | dict.fromkeys(marked, "orange")
    return [PALETTE[named.get(place, "blue")] for place in range(count)]


@for_both
def _bars(
    names: list[str],
    values: np.ndarray,
    spread: np.ndarray,
    colours: list[str],
    xlabel: str,
    title: str | None,
    number: str,
) -> Figure:
    """Lying bars, the first on top: labels stay level and readable on a narrow screen."""
    above = for_phone() and max(map(len, names)) > _BESIDE
    numbers = [written(value, number) for value in values]
    with house_style():
        figure, (axes,) = new_figure(6.0, (0.44 if above else 0.28) * len(values) + 1.1)
        places, thick = np.arange(len(values)), 0.38 if above else 0.68
        axes.barh(places, values, height=thick, color=colours, edgecolor="none")
        low, high = values - spread[0], values + spread[1]
        whiskers(axes, values, spread)
        _write_numbers(axes, numbers, np.where(values < 0, low, high), values < 0)
        axes.set(xlabel=xlabel, ylim=(len(values) - 0.4, -0.6))
        axes.set_xlim(_limits(low, high, _room(numbers)))
        _name_bars(axes, names, above)
        if low.min() < 0:
            axes.axvline(0, color=PALETTE["muted"], lw=0.8)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_color(PALETTE["muted"])
        light_grid(axes, "x")
        entitle(axes, title)
        number_ticks(axes.xaxis)
        return finish(figure)


def _write_numbers(axes: Axes, numbers: list[str], ends: np.ndarray, left: np.ndarray) -> None:
    """Write each number beside its bar, on the side away from zero."""
    for place, number in enumerate(numbers):
        side, align = (-5, "right") if left[place] else (5, "left")
        axes.annotate(
            number, (ends[place], place), xytext=(side, 0), textcoords="offset points", ha=align,
            va="center", fontsize=9,
        )  # fmt: skip


def _name_bars(axes: Axes, names: list[str], above: bool) -> None:
    """Write the names left of the bars or, where these have no room left, above them."""
    axes.set_yticks(range(len(names)), [""] * len(names) if above else names)
    plain_text(*axes.get_yticklabels())
    if above:
        axes.set_ylim(len(names) - 0.6, -0.85)
        for place, name in enumerate(names):
            plain_text(axes.annotate(
                name, (0, place - 0.23), va="bottom", fontsize=9.5, textcoords="offset points",
                xycoords=axes.get_yaxis_transform(), xytext=(4, 0), bbox=_COVERS,
            ))  # fmt: skip


def _room(numbers: list[str]) -> float:
    """What the numbers need beyond the longest bar, as a share of the axis."""
    width = _DIGIT * (1 + max(map(len, numbers)))
    return max(_ROOM, width / _PHONES_AXIS) if for_phone() else _ROOM


def _limits(low: np.ndarray, high: np.ndarray, room: float) -> tuple[float, float]:
    """From zero, or below it where a bar or whisker is; with room for the numbers at the ends."""
    if low.min() >= 0:
        return 0.0, float(high.max()) * (1 + room) or 1.0
    least, most = min(float(low.min()), 0.0), max(float(high.max()), 0.0)
    return least - room * (most - least), most + room * (most - least)
