"""The pre-LN block as a picture: a residual stream, and two branches that add to it."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from snippets.plots.drawings.shapes import PALE, arrow, block, step
from snippets.plots.drawings.sheet import Box, finished, new_sheet, page_width, write
from snippets.plots.house.colours import COLOUR_OF
from snippets.plots.house.style import PALETTE, house_style
from snippets.plots.house.widths import for_both

_DOWNWARDS = 400.0  # points: on a narrower sheet the stream runs down
_LARGEST = 140.0  # points: the longest side of the hidden layer, from which the scale follows
_RADIUS = 8.0  # points, of the circles in which a branch is added
_STEP = 5.0  # points from one head's table to the next behind it


@for_both
def block_drawing(
    length: int,
    d_model: int,
    num_heads: int,
    d_hidden: int,
    *,
    title: str = "The stream runs through: each branch reads it, and adds to it",
) -> Figure:
    """A residual stream (T, C) with attention and the feed-forward network as its branches.

    The stream, the heads' tables of weights (T, T) and the hidden layer are to one scale. The
    parameters of both branches are counted: 4C² of attention, 2C times the hidden width of the
    network, without biases.

    Args:
        length: T, the number of tokens.
        d_model: C, the channels.
        num_heads: H, from 1 to 12.
        d_hidden: the width of the hidden layer.
        title: what it shows.

    Raises:
        ValueError: a size below 1, or more than 12 heads.
    """
    if min(length, d_model, num_heads, d_hidden) < 1 or num_heads > 12:
        raise ValueError(
            f"T={length}, C={d_model}, H={num_heads}, hidden {d_hidden}: sizes are from 1, "
            "heads at most 12"
        )
    with house_style():
        down = page_width() < _DOWNWARDS
        draw = _down if down else _across
        return finished(draw(length, d_model, num_heads, d_hidden, title))


def _across(length: int, channels: int, heads: int, hidden: int, title: str) -> Axes:
    """The stream from left to right; the branches above it."""
    room, unit = page_width(), _LARGEST / max(hidden, length)
    wide, tall, back = channels * unit, length * unit, _STEP * (heads - 1)
    middle = 30.0 + back + tall / 2
    stream = middle + tall / 2 + 66
    axes = new_sheet(room, stream + max(tall / 2, 8) + 18, title)
    start = Box(6, stream - tall / 2, wide, tall)
    end = Box(room - wide - 6, stream - tall / 2, wide, tall)
    first, second = start.right + 0.4 * (end.left - start.right), end.left - 26
    _line(axes, (start.right, stream), (end.left, stream))
    for box, name in ((start, "in"), (end, "out")):
        _stream(axes, box, name, length, channels)
    for join in (first, second):
        _plus(axes, join, stream)
    norm = step(axes, start.right + 40, middle, "norm", COLOUR_OF["norm"])
    table = Box(norm.right + 28, middle - tall / 2, tall, tall)
    _attention(axes, table, length, channels, heads)
    _upwards(axes, norm, table, back, (first, stream))
    norm = step(axes, first + 46, middle, "norm", COLOUR_OF["norm"])
    layer = Box(norm.right + 28, middle - tall / 2, hidden * unit, tall)
    _network(axes, layer, length, channels, hidden)
    _upwards(axes, norm, layer, 0.0, (second, stream))
    return axes


def _down(length: int, channels: int, heads: int, hidden: int, title: str) -> Axes:
    """The stream from top to bottom at the left; the branches right of it."""
    room, unit = page_width(), 0.9 * _LARGEST / max(hidden, length)
    wide, tall, back = channels * unit, length * unit, _STEP * (heads - 1)
    stream, right = max(wide / 2, 24.0), room - 76
    first = tall + 118 + tall + back
    second = first + 118 + tall
    axes = new_sheet(room, second + 34 + tall + 20, title)
    start, end = (Box(stream - wide / 2, top, wide, tall) for top in (0.0, second + 34))
    _line(axes, (stream, start.bottom), (stream, end.top))
    for box, name in ((start, "in"), (end, "out")):
        _stream(axes, box, name, length, channels, beside=True)
    for join in (first, second):
        _plus(axes, stream, join)
    norm = step(axes, right, start.bottom + 22, "norm", COLOUR_OF["norm"])
    table = Box(right - (tall + back) / 2, norm.bottom + 24 + back, tall, tall)
    _attention(axes, table, length, channels, heads)
    _sideways(axes, norm, table, (stream, first))
    norm = step(axes, right, first + 22, "norm", COLOUR_OF["norm"])
    layer = Box(right - hidden * unit / 2, norm.bottom + 24, hidden * unit, tall)
    _network(axes, layer, length, channels, hidden)
    _sideways(axes, norm, layer, (stream, second))
    return axes


def _stream(
    axes: Axes, box: Box, name: str, length: int, channels: int, beside: bool = False
) -> None:
    block(axes, box, "muted", 0.7)
    write(axes, box.x, box.y, name, colour="paper", bold=True)
    x, y, align = (box.right + 6, box.y, "left") if beside else (box.x, box.bottom + 10, "center")
    write(axes, x, y, f"({length}, {channels})", colour="muted", size=8.5, align=align)


def _line(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """The stream itself: no other line is as thick."""
    axes.plot(*zip(start, end, strict=True), color=PALETTE["muted"], lw=5, solid_capstyle="butt")


def _plus(axes: Axes, x: float, y: float) -> None:
    edge = PALETTE["muted"]
    frame = Circle((x, y), _RADIUS, facecolor=PALETTE["paper"], edgecolor=edge, lw=1.4, zorder=3)
    axes.add_patch(frame)
    axes.text(x, y, "+", ha="center", va="center", fontsize=12, color=PALETTE["ink"], zorder=4)


def _upwards(axes: Axes, norm: Box, part: Box, back: float, end: tuple[float, float]) -> None:
    """Arrows of a branch above the stream: from it to the norm, to the part, and back to it."""
    arrow(axes, (norm.x, end[1] - 3), (norm.x, norm.bottom + 2))
    arrow(axes, (norm.right + 1, norm.y), (part.left - 3, part.y))
    arrow(axes, (part.right + back + 3, part.y), (end[0], end[1] - _RADIUS), bend=-0.3)


def _sideways(axes: Axes, norm: Box, part: Box, end: tuple[float, float]) -> None:
    """Arrows of a branch right of a stream that runs down."""
    arrow(axes, (end[0] + 3, norm.y), (norm.left - 2, norm.y))
    arrow(axes, (norm.x, norm.bottom + 1), (norm.x, norm.bottom + 22))
    arrow(axes, (part.left - 3, part.y), (end[0] + _RADIUS, end[1] - 2), bend=0.15)


def _attention(axes: Axes, front: Box, length: int, channels: int, heads: int) -> None:
    """A table of weights for each head, one behind the other."""
    for head in reversed(range(heads)):
        off = _STEP * head
        place = Box(front.left + off, front.top - off, front.width, front.height)
        block(axes, place, "paper")
        block(axes, place, COLOUR_OF["attention"], PALE + 0.12 * (head % 2))
    x = front.x + _STEP * (heads - 1) / 2
    write(axes, x, front.bottom + 10, "attention", bold=True, colour=COLOUR_OF["attention"])
    write(axes, x, front.bottom + 21, f"{heads} × ({length}, {length})", colour="muted", size=8.5)
    write(axes, x, front.bottom + 32, _parameters(4 * channels**2), colour="muted", size=8.5)


def _network(axes: Axes, box: Box, length: int, channels: int, hidden: int) -> None:
    """The hidden layer of the feed-forward network."""
    block(axes, box, COLOUR_OF["feed-forward"], 2 * PALE)
    write(axes, box.x, box.bottom + 10, "feed-forward", bold=True, colour=COLOUR_OF["feed-forward"])
    write(axes, box.x, box.bottom + 21, f"({length}, {hidden})", colour="muted", size=8.5)
    text = _parameters(2 * channels * hidden)
    write(axes, box.x, box.bottom + 32, text, colour="muted", size=8.5)


def _parameters(count: int) -> str:
    return f"{count:,} parameters"
