"""Names of lines: right of the plot at their ends, or within it, where no other is in the way."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from snippets.plots.house.style import lay_out, plain_text
from snippets.plots.house.titles import true_apostrophes
from snippets.plots.house.values import Array

_SIZE = 9.5  # points
_LABEL_POINTS = 14  # the least distance between the labels of two lines
_APART = 4.0  # points between a name and its line
_PLACES = 40  # tried along the plot
_POINTS = 600  # by which a line is known
_KEY_LINE = 0.2  # inches
_SHORT = 14  # letters: of names no longer, two stand beside one another in a key


def name_at_ends(figure: Figure, axes: Axes, ends: Sequence[tuple[str, float, str]]) -> Figure:
    """Write names right of the plot, pushed apart if needed, and lay the figure out.

    Args:
        figure: the figure.
        axes: its plot.
        ends: the name of each line, the height of its end, and its colour.
    """
    texts = _at_ends(axes, ends)
    lay_out(figure)
    for _ in range(2):  # names pushed above the plot make it lower, and so come closer again
        if not _push_apart(axes, texts):
            break
        lay_out(figure)
    return figure


def _at_ends(axes: Axes, ends: Sequence[tuple[str, float, str]]) -> list[Annotation]:
    """A name at the height of each line's end; the lowest first."""
    found = []
    for name, value, colour in sorted(ends, key=lambda end: end[1]):
        x, y = axes.transData.transform((axes.get_xlim()[1], value))
        text = axes.annotate(
            true_apostrophes(name),
            (1, float(axes.transAxes.inverted().transform((x, y))[1])),
            xycoords="axes fraction",
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=_SIZE,
            annotation_clip=False,
        )
        plain_text(text)
        found.append(text)
    return found


def _push_apart(axes: Axes, names: list[Annotation]) -> bool:
    """Move names up, the lowest first, until each is clear of the one below it; was one moved?"""
    figure = axes.get_figure(root=True)
    points = axes.get_window_extent().height / (figure.dpi if figure else 72) * 72
    at, moved = -np.inf, False
    for text in names:
        height = float(text.xy[1])
        at = max(at + _LABEL_POINTS / points, height)
        moved = moved or at > height
        text.xy = (1, at)
    return moved


def name_within(
    figure: Figure,
    axes: Axes,
    lines: Sequence[Line2D],
    names: Sequence[tuple[str, str]],
    key: bool = False,
) -> Figure:
    """Write the names into a figure that is laid out, or under it where the lines leave no room.

    Args:
        figure: the figure.
        axes: its plot.
        lines: those to name.
        names: the name of each, and its colour.
        key: let them stand under the plot in any case.
    """
    others = [text.get_window_extent() for text in axes.texts]
    traces = [_trace(line, axes) for line in lines]
    texts = [_text(axes, *name) for name in names]
    if key:
        return _with_key(figure, lines, texts)
    wanted = [_places(axes, text, traces, n) for n, text in enumerate(texts)]
    taken: list[Bbox] = []
    for n in sorted(range(len(texts)), key=lambda n: len(wanted[n])):  # the hardest first
        free = (box for box in wanted[n] if not any(box.overlaps(o) for o in [*taken, *others]))
        box = next(free, None)
        if box is None:
            return _with_key(figure, lines, texts)
        taken.append(box)
        middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        x, y = axes.transAxes.inverted().transform(middle)
        texts[n].set_position((float(x), float(y)))
    return figure


def _text(axes: Axes, name: str, colour: str) -> Text:
    text = axes.text(
        0.5, 0.5, true_apostrophes(name), transform=axes.transAxes, ha="center", va="center",
        color=colour, fontsize=_SIZE,
    )  # fmt: skip
    plain_text(text)
    return text


def _trace(line: Line2D, axes: Axes) -> Array:
    """Points of a line at equal distances from one another, (N, 2), on the canvas."""
    corners = line.get_transform().transform(line.get_xydata())
    steps = np.hypot(*np.diff(corners, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.linspace(0, along[-1], _POINTS)
    return np.stack([np.interp(places, along, corners[:, i]) for i in (0, 1)], axis=1)


def _places(axes: Axes, text: Text, traces: list[Array], own: int) -> list[Bbox]:
    """Where a name may stand, above or below its line and clear of all lines, the best first."""
    frame, size = axes.get_window_extent(), text.get_window_extent()
    figure = axes.get_figure(root=True)
    gap = _APART * (figure.dpi if figure else 72) / 72
    reach, rise = size.width / 2 + gap, size.height / 2
    found: list[tuple[float, int, Bbox]] = []
    for x in np.linspace(frame.x1 - reach, frame.x0 + reach, _PLACES):
        near = traces[own][np.abs(traces[own][:, 0] - x) <= reach][:, 1]
        if not len(near):
            continue
        for y in (near.max() + gap + rise, near.min() - gap - rise):
            box = Bbox([[x - size.width / 2, y - rise], [x + size.width / 2, y + rise]])
            if box.y0 < frame.y0 + gap / 2 or box.y1 > frame.y1 or _hits(box, traces, gap / 2):
                continue
            lean = float(near.max() - near.min())  # on a slope, a name is far from its line
            crowd = _hits(box, [t for n, t in enumerate(traces) if n != own], 3 * gap)
            found.append((lean + 2 * rise * crowd + 0.03 * (frame.x1 - x), len(found), box))
    return [box for *_, box in sorted(found)]


def _hits(box: Bbox, traces: list[Array], margin: float) -> bool:
    low, high = np.asarray(box.min) - margin, np.asarray(box.max) + margin
    return any(bool(((low < t) & (t < high)).all(axis=1).any()) for t in traces)


def _with_key(figure: Figure, lines: Sequence[Line2D], texts: Sequence[Text]) -> Figure:
    """The figure with a key below it in place of the names."""
    for text in texts:
        text.remove()
    names = [text.get_text() for text in texts]
    columns = 1 if max(map(len, names)) > _SHORT else 2
    figure.set_figheight(figure.get_figheight() + _KEY_LINE * -(-len(names) // columns))
    key = figure.legend(
        lines,
        names,
        loc="outside lower left",
        ncols=columns,
        handlelength=1.2,
        columnspacing=1.2,
    )
    plain_text(*key.get_texts())
    return lay_out(figure)
