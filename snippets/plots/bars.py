"""Bars: the probabilities of next tokens, and comparisons with their spread."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from snippets.plots.style import PALETTE, finish, house_style, light_grid, new_figure, plain_text
from snippets.plots.values import as_array, check_labels, check_unit_interval

_MOST = 40


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
    colours = _marked_colours(len(values), marked)
    return _bars(names, values, None, colours, "probability", title, "{:.3f}")


def compare_bars(
    values: Any,
    labels: Sequence[str],
    *,
    xlabel: str,
    spread: Any | None = None,
    title: str | None = None,
    marked: Sequence[int] = (),
    number: str = "{:.3g}",
) -> Figure:
    """One quantity of several things, from zero, with its spread where it was measured.

    Args:
        values: (n,) numbers, not below zero.
        labels: what each bar is.
        xlabel: quantity and unit.
        spread: (n,) half widths to both sides, such as standard deviations over runs.
        title: what it shows.
        marked: places to draw in the second colour.
        number: format of the number beside each bar.

    Raises:
        ValueError: lengths that differ, a value or spread below zero, more than 40 bars, or a
            place that doesn't exist.
    """
    heights = as_array(values, "values", 1)
    if heights.min() < 0:
        raise ValueError(f"values go down to {heights.min():g}: bars start at zero")
    widths = None
    if spread is not None:
        widths = as_array(spread, "spread", 1)
        if len(widths) != len(heights) or widths.min() < 0:
            raise ValueError(f"spread {widths.tolist()} does not fit {len(heights)} values")
    names = check_labels(labels, len(heights), "labels", tokens=False)
    colours = _marked_colours(len(heights), marked)
    return _bars(names, heights, widths, colours, xlabel, title, number)


def _marked_colours(count: int, marked: Sequence[int]) -> list[str]:
    if count > _MOST:
        raise ValueError(f"{count} bars are too many to read: at most {_MOST}")
    wrong = [place for place in marked if not 0 <= place < count]
    if wrong:
        raise ValueError(f"marked places {wrong} do not exist among {count} bars")
    return [PALETTE["orange" if place in marked else "blue"] for place in range(count)]


def _bars(
    names: list[str],
    values: np.ndarray,
    spread: np.ndarray | None,
    colours: list[str],
    xlabel: str,
    title: str | None,
    number: str,
) -> Figure:
    """Lying bars, the first on top: labels stay level and readable on a narrow screen."""
    with house_style():
        figure, (axes,) = new_figure(6.0, 0.28 * len(values) + 1.1)
        places = np.arange(len(values))
        axes.barh(places, values, height=0.68, color=colours, edgecolor="none")
        reach = values if spread is None else values + spread
        if spread is not None:
            axes.errorbar(
                values, places, xerr=spread, fmt="none", color=PALETTE["ink"], capsize=3, lw=1
            )
        for place, (value, end) in enumerate(zip(values, reach, strict=True)):
            axes.annotate(
                number.format(value),
                (end, place),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
            )
        axes.set_yticks(places, names)
        plain_text(*axes.get_yticklabels())
        axes.set(xlabel=xlabel, ylim=(len(values) - 0.4, -0.6), xlim=(0, _upper(reach)))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_color(PALETTE["muted"])
        light_grid(axes, "x")
        if title:
            plain_text(axes.set_title(title))
        return finish(figure)


def _upper(reach: np.ndarray) -> float:
    """The end of the axis: room for the number beside the longest bar."""
    return float(reach.max()) * 1.15 or 1.0
