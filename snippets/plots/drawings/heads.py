"""Multi-head attention as a picture: the channels are cut, each piece attends, all are joined."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.drawings.shapes import arrow, block, name_tensor
from snippets.plots.drawings.sheet import POINTS, Box, finished, new_sheet, page_width, write
from snippets.plots.house.style import SERIES, house_style
from snippets.plots.house.widths import for_both

_STACKED = 400.0  # points: on a narrower sheet the way leads down
_GAP = 8.0  # points between heads
_WAY = 34.0  # points between stages, for an arrow
_NAMES = 34.0  # points above a stage
_TALLEST = 4.5 * POINTS


@for_both
def heads_drawing(
    length: int, d_model: int, num_heads: int, *, title: str = "One product, cut into heads"
) -> Figure:
    """Queries, keys or values of all heads, cut; each head's weights and output; joined again.

    All boxes are to one scale: (T, C) is as wide as its heads (T, D) together.

    Args:
        length: T, the number of tokens.
        d_model: C, the channels.
        num_heads: H, from 1 to 5; each head has a colour.
        title: what it shows.

    Raises:
        ValueError: a size below 1, more than 5 heads, or channels that they don't divide.
    """
    if min(length, d_model, num_heads) < 1 or num_heads > len(SERIES) or d_model % num_heads:
        raise ValueError(
            f"T={length}, C={d_model}, H={num_heads}: sizes from 1, at most {len(SERIES)} heads, "
            "which divide the channels"
        )
    with house_style():
        down = page_width() < _STACKED
        return finished((_downwards if down else _across)(length, d_model, num_heads, title))


def _across(length: int, channels: int, heads: int, title: str) -> Axes:
    """The way from left to right, heads one below the other."""
    size, room = channels // heads, page_width()
    widths = [channels, size, length, size, channels, channels]  # of the stages, in numbers
    unit = min(
        (room - _WAY * (len(widths) - 1)) / sum(widths),
        (_TALLEST - _GAP * (heads - 1)) / (heads * length),
    )
    tall = heads * length * unit + _GAP * (heads - 1)
    axes = new_sheet(room, _NAMES + tall + 4, title)
    middle = _NAMES + tall / 2
    left = 0.0
    before: list[Box] = []
    for stage, width in enumerate(widths):
        apart = stage in (1, 2, 3)
        tops = [_NAMES + head * (length * unit + _GAP) for head in range(heads)]
        tops = tops if apart else [middle - length * unit / 2]
        boxes = [Box(left, top, width * unit, length * unit) for top in tops]
        _paint(axes, stage, boxes, heads)
        for one in range(max(len(before), len(boxes)) if before else 0):
            here, there = before[one % len(before)], boxes[one % len(boxes)]
            arrow(axes, (here.right + 4, here.y), (there.left - 4, there.y))
        _name(axes, stage, boxes[0], length, channels, heads)
        left, before = left + width * unit + _WAY, boxes
    return axes


def _downwards(length: int, channels: int, heads: int, title: str) -> Axes:
    """The way from top to bottom, heads side by side."""
    size, room = channels // heads, page_width()
    words = 92.0  # points at the right, for the names of the stages
    unit = min((room - words - _GAP * (heads - 1)) / max(channels, heads * length), 14.0)
    stages, way = 6, 20.0
    axes = new_sheet(room, stages * (length * unit + way) - way + 2, title)
    middle = (room - words) / 2
    before: list[Box] = []
    for stage in range(stages):
        top = stage * (length * unit + way)
        width = unit * (length if stage == 2 else size if stage in (1, 3) else channels)
        count = heads if stage in (1, 2, 3) else 1
        pitch = unit * max(length, size) + _GAP
        lefts = [middle + (one - (count - 1) / 2) * pitch - width / 2 for one in range(count)]
        boxes = [Box(left, top, width, length * unit) for left in lefts]
        _paint(axes, stage, boxes, heads)
        for one in range(max(len(before), len(boxes)) if before else 0):
            here, there = before[one % len(before)], boxes[one % len(boxes)]
            arrow(axes, (here.x, here.bottom + 2), (there.x, there.top - 2))
        name, shape = _words(stage, length, channels, heads)
        write(axes, room - words + 8, boxes[0].y - 6, name, align="left", bold=True)
        write(axes, room - words + 8, boxes[0].y + 6, shape, align="left", colour="muted", size=8.5)
        before = boxes
    return axes


def _paint(axes: Axes, stage: int, boxes: list[Box], heads: int) -> None:
    """A stage: a box for each head, or all heads' channels side by side in one; the end is grey."""
    if stage == 5:
        block(axes, boxes[0], "muted", 0.55)
        return
    if len(boxes) == 1 and stage in (0, 4):
        whole = boxes[0]
        part = whole.width / heads
        boxes = [
            Box(whole.left + head * part, whole.top, part, whole.height) for head in range(heads)
        ]
    for head, box in enumerate(boxes):
        block(axes, box, SERIES[head], 0.35 if stage == 2 else 0.85)


def _words(stage: int, length: int, channels: int, heads: int) -> tuple[str, str]:
    """Name and shape of what a stage has."""
    size = channels // heads
    return [
        ("Q, K, V", f"(T, C) = ({length}, {channels})"),
        (f"{heads} heads", f"(T, D) = ({length}, {size})"),
        ("weights", f"(T, T) = ({length}, {length})"),
        ("outputs", f"(T, D) = ({length}, {size})"),
        ("joined", f"(T, C) = ({length}, {channels})"),
        ("projected", f"(T, C) = ({length}, {channels})"),
    ][stage]


def _name(axes: Axes, stage: int, first: Box, length: int, channels: int, heads: int) -> None:
    name, shape = _words(stage, length, channels, heads)
    name_tensor(axes, first, name, shape.partition(" = ")[0] if stage else shape)
