"""Points with names: things by two numbers, as a model by its date and its size."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from snippets.plots.house.colours import colours_of
from snippets.plots.house.keys import key_below
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
from snippets.plots.house.widths import for_both, for_phone

_HEIGHT = 5.2  # inches
_KEY = 0.45  # inches, on phones
_SIZE = 9.5  # points
_POINT = 5.0  # points around the middle of a point that a name leaves free
_STEP = 4.0  # points between the places along a line that a name leaves free
_MARGIN = 0.07  # of the plot, on each side: for names
_BETWEEN = 4.0  # pixels between two names
_SPACE = " \N{THIN SPACE}"  # the serif's own is so narrow that "3.1 8B" seems one number
_SIDES = (("left", "center", 7, 0), ("right", "center", -7, 0), ("center", "bottom", 0, 6),
          ("center", "top", 0, -6), ("left", "bottom", 5, 4), ("right", "bottom", -5, 4),
          ("left", "top", 5, -4), ("right", "top", -5, -4))  # fmt: skip

Place = tuple[float, float]


@for_both
def labelled_points(
    series: Mapping[str, Mapping[str, Place]],
    *,
    xlabel: str,
    ylabel: str,
    title: str | None = None,
    named: Sequence[str] = (),
    joined: Sequence[tuple[Place, Place]] = (),
    lines: Mapping[str, tuple[Place, Place]] | None = None,
    log_x: bool = False,
    log_y: bool = False,
    years: bool = False,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """A point for each thing, its name beside it where there is room.

    Args:
        series: by the name of each series, the place (x, y) of each thing by its name.
        xlabel: quantity and unit along the bottom.
        ylabel: quantity and unit up the side.
        title: what it shows.
        named: whose names are written, where there is room; the most important first.
        joined: pairs of places that a line joins.
        lines: dashed lines with names in the key, each from one place to another.
        log_x: powers of ten along the bottom.
        log_y: powers of ten up the side.
        years: whether x are years, which have no comma between their digits.
        colours: names of ``PALETTE`` for series that ``COLOUR_OF`` doesn't know.

    Raises:
        ValueError: nothing to draw, a number that is not finite or that a log scale can't show,
            or a name in ``named`` that is no point.
    """
    places = _checked(series, named, (log_x, log_y))
    points = [place for things in series.values() for place in things.values()]
    with house_style():
        figure, (axes,) = new_figure(6.4, _HEIGHT + (_KEY if for_phone() else 0))
        _plot(axes, series, lines or {}, colours_of([*series, *(lines or {})], colours), joined)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        _scale(axes, points, (log_x, log_y), years)
        entitle(axes, title)
        finish(figure)
        drawn = _drawn(axes, points, [*joined, *(lines or {}).values()])
        _name(axes, [(name, places[name]) for name in named], points, drawn)
        return figure


def _plot(
    axes: Axes,
    series: Mapping[str, Mapping[str, Place]],
    lines: Mapping[str, tuple[Place, Place]],
    hues: Sequence[str],
    joined: Sequence[tuple[Place, Place]],
) -> None:
    """The lines, on them the points, and below which series is which."""
    for one, other in joined:
        axes.plot(*zip(one, other, strict=True), color=PALETTE["muted"], linewidth=1, zorder=1)
    for (name, things), hue in zip(series.items(), hues, strict=False):
        x, y = zip(*things.values(), strict=True)
        axes.plot(x, y, "o", color=hue, markersize=5.5, label=name)
    for (name, ends), hue in zip(lines.items(), hues[len(series) :], strict=True):
        dashed = (0, (4, 3))
        axes.plot(*zip(*ends, strict=True), color=hue, linestyle=dashed, zorder=1, label=name)
    figure = axes.get_figure(root=True)
    if figure and len(series) + len(lines) > 1:
        key_below(figure, *axes.get_legend_handles_labels(), 1 if for_phone() else 3)


def _scale(axes: Axes, points: Sequence[Place], logs: tuple[bool, bool], years: bool) -> None:
    """Ticks, room for names, and a grid; powers of ten where asked for."""
    axes.margins(_MARGIN)
    if not years:
        number_ticks(axes.xaxis)
    number_ticks(axes.yaxis)
    x, y = zip(*points, strict=True)
    if logs[0]:
        axes.set_xscale("log")
        log_ticks(axes.xaxis, min(x), max(x))
    if logs[1]:
        axes.set_yscale("log")
        log_ticks(axes.yaxis, min(y), max(y))
    light_grid(axes, "both")


def _checked(
    series: Mapping[str, Mapping[str, Place]], named: Sequence[str], logs: tuple[bool, bool]
) -> dict[str, Place]:
    """All points by their names; of things in several series, the first."""
    places: dict[str, Place] = {}
    for points in reversed(list(series.values())):
        places.update(points)
    if not places or not all(series.values()):
        raise ValueError(f"no points to draw in {[name for name in series if not series[name]]}")
    every = [place for points in series.values() for place in points.values()]
    if not np.isfinite(every).all():
        raise ValueError(
            f"not finite: {[place for place in every if not np.isfinite(place).all()]}"
        )
    for letter, values, log in zip("xy", zip(*every, strict=True), logs, strict=True):
        if log and min(values) <= 0:
            raise ValueError(f"{letter} goes down to {min(values):g}: no log of it")
    if unknown := [name for name in named if name not in places]:
        raise ValueError(f"{unknown} are no points, so they can't be named")
    return places


def _drawn(
    axes: Axes, points: Sequence[Place], joined: Sequence[tuple[Place, Place]]
) -> list[Bbox]:
    """Small boxes, in pixels, around all points and along all lines."""
    figure = axes.get_figure(root=True)
    unit = (figure.dpi if figure else 72) / 72
    middles = [*axes.transData.transform(points)]
    for pair in joined:
        one, other = axes.transData.transform(pair)
        count = int(np.hypot(*(other - one)) / (_STEP * unit)) + 2
        middles += [*np.linspace(one, other, count)]
    around = _POINT * unit / 2
    return [Bbox([middle - around, middle + around]) for middle in middles]


def _name(
    axes: Axes, named: Sequence[tuple[str, Place]], points: Sequence[Place], taken: list[Bbox]
) -> None:
    """Write each name on the first free side of its point; rather where no other is as near."""
    frame = axes.get_window_extent()
    others = axes.transData.transform(points)
    for name, place in named:
        texts = list(_tries(axes, name, place))
        own, best = axes.transData.transform(place), None
        for text in texts:
            box = text.get_window_extent()
            inside = np.all(frame.min <= box.min) and np.all(box.max <= frame.max)
            if inside and not any(box.overlaps(one) for one in taken):
                best = best or (text, box)
                # Points that all but coincide have a name just as close to each.
                if all(_gap(box, other) > 0.7 * _gap(box, own) for other in others):
                    best = text, box
                    break
        for text in texts:
            if best is None or text is not best[0]:
                text.remove()
        if best:
            taken.append(best[1].padded(_BETWEEN))


def _gap(box: Bbox, point: np.ndarray) -> float:
    """Pixels between a box and a point."""
    nearest = np.clip(point, box.min, box.max)
    return float(np.hypot(*(point - nearest)))


def _tries(axes: Axes, name: str, place: Place) -> Iterator[Annotation]:
    for across, along, right, up in _SIDES:
        text = axes.annotate(
            name.replace(" ", _SPACE), place, xytext=(right, up), textcoords="offset points",
            ha=across, va=along, fontsize=_SIZE,
        )  # fmt: skip
        plain_text(text)
        yield text
