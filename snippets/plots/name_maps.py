"""Points of a plane, each drawn as its own name: a map of vectors."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from snippets.plots.house.colours import colours_of
from snippets.plots.house.keys import key_below
from snippets.plots.house.numbers import number_ticks
from snippets.plots.house.style import (
    finish,
    house_style,
    lay_out,
    light_grid,
    new_figure,
    plain_text,
)
from snippets.plots.house.titles import entitle
from snippets.plots.house.values import Array, as_array, check_labels
from snippets.plots.house.widths import for_both, for_phone

_MOST = 100
_SIZE, _PHONES = 11.0, 8.0  # points: of a name
_MARGINS = (0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)  # of the places' spread, beside it: what is enough
_ROUNDS = 3000


@for_both
def name_map(
    groups: Mapping[str, tuple[Any, Sequence[str]]],
    *,
    xlabel: str,
    ylabel: str,
    title: str | None = None,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Each point as its name, in the colour of its group; one scale for both directions.

    Names that would lie on one another are moved apart, so a place is exact only to about the
    size of a letter.

    Args:
        groups: by name, the places (n, 2) and what the n points are called.
        xlabel: what is along the bottom.
        ylabel: what is up the side.
        title: what it shows.
        colours: names of ``PALETTE`` for groups that ``COLOUR_OF`` doesn't know.

    Raises:
        ValueError: no group or more than five, more than 100 points, places that are not (n, 2),
            or not one name for each.
    """
    if not 1 <= len(groups) <= 5:
        raise ValueError(f"{len(groups)} groups: from 1 to 5 can be told apart")
    places, names, hues = _checked(groups, colours)
    with house_style():
        figure, axes = _frame(places, xlabel, ylabel)
        entitle(axes, title)
        texts = [_written(axes, *point) for point in zip(places, names, hues, strict=True)]
        _key(figure, dict(zip(groups, colours_of(groups, colours), strict=True)))
        finish(figure)
        lay_out(figure)  # once more: on a phone, the key that came last still changes the scale
        for margin in _MARGINS:
            _spread(axes, margin)
            _move_apart(axes, texts, places)
            if _inside(axes, texts):
                break
        return figure


def _frame(places: Array, xlabel: str, ylabel: str) -> tuple[Figure, Axes]:
    """An empty plot around the places, with one scale for both directions."""
    figure, (axes,) = new_figure(6.4, 3.9 if for_phone() else 5.4)
    axes.update_datalim(places)
    axes.set_aspect("equal", adjustable="datalim")
    _spread(axes, _MARGINS[0])
    axes.set(xlabel=xlabel, ylabel=ylabel)
    number_ticks(axes.xaxis, axes.yaxis)
    light_grid(axes, "both")
    return figure, axes


def _written(axes: Axes, place: Array, name: str, hue: str) -> Text:
    """A name at its place, which the layout makes no room for."""
    x, y = place
    text = axes.text(x, y, name, color=hue, ha="center", va="center",
                     fontsize=_PHONES if for_phone() else _SIZE)  # fmt: skip
    text.set_in_layout(False)
    plain_text(text)
    return text


def _checked(
    groups: Mapping[str, tuple[Any, Sequence[str]]], colours: Mapping[str, str] | None
) -> tuple[Array, list[str], list[str]]:
    """All places (n, 2), names and colours of the points, one group after the other."""
    arrays, names, hues = [], [], []
    for (group, (places, labels)), hue in zip(
        groups.items(), colours_of(groups, colours), strict=True
    ):
        array = as_array(places, f"places of {group!r}", 2)
        if array.shape[1] != 2:
            raise ValueError(f"places of {group!r} have shape {array.shape}: (n, 2) is needed")
        arrays.append(array)
        names += check_labels(labels, len(array), f"names of {group!r}")
        hues += [hue] * len(array)
    if len(names) > _MOST:
        raise ValueError(f"{len(names)} points are too many to read: at most {_MOST}")
    return np.concatenate(arrays), names, hues


def _key(figure: Figure, colours: Mapping[str, str]) -> None:
    """Name the groups below the plot."""
    handles = [Line2D([], [], color=hue, marker="s", linestyle="", markersize=7)
               for hue in colours.values()]  # fmt: skip
    columns = 2 if for_phone() else len(colours)
    key_below(figure, handles, list(colours), columns, handletextpad=0.2, columnspacing=1.2)


def _spread(axes: Axes, margin: float) -> None:
    """Let the axes reach beyond the places by a share of their spread."""
    axes.margins(margin)
    axes.autoscale_view()
    axes.apply_aspect()


def _move_apart(axes: Axes, texts: Sequence[Text], places: Array) -> None:
    """Shift names from their places so that none lies on another."""
    centres = axes.transData.transform(places)
    boxes = [text.get_window_extent() for text in texts]
    wide, high = (1.7, 1.2) if for_phone() else (1.6, 1.0)  # with the air between letters
    sizes = np.array([[wide * b.width, high * b.height] for b in boxes])
    moved = axes.transData.inverted().transform(apart(centres, sizes))
    for text, (x, y) in zip(texts, moved, strict=True):
        text.set_position((float(x), float(y)))


def _inside(axes: Axes, texts: Sequence[Text]) -> bool:
    """Whether no name lies on an edge of the plot."""
    frame, boxes = axes.get_window_extent(), [text.get_window_extent() for text in texts]
    return all(
        b.x0 > frame.x0 and b.x1 < frame.x1 and b.y0 > frame.y0 and b.y1 < frame.y1 for b in boxes
    )


def apart(centres: Array, sizes: Array) -> Array:
    """Centres (n, 2) of boxes of sizes (n, 2), shifted until no two boxes overlap.

    Each round, two that overlap give way by equal parts, in the direction in which less is needed.
    Where it takes more than 3,000 rounds, some overlap is left.
    """
    found = centres + 1e-3 * np.arange(len(centres))[:, None]  # so that equal places part
    needed = (sizes[:, None] + sizes[None]) / 2  # (n, n, 2)
    for _ in range(_ROUNDS):
        between = found[:, None] - found[None]  # (n, n, 2)
        lacking = needed - np.abs(between)
        overlap = (lacking > 1e-6).all(axis=2)
        np.fill_diagonal(overlap, False)
        if not overlap.any():
            break
        least = lacking.argmin(axis=2)[..., None] == np.arange(2)  # the axis to move along
        push = np.where(least & overlap[..., None], np.sign(between) * lacking / 2, 0.0)
        found = found + push.sum(axis=1)
    return found
