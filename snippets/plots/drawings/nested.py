"""Fields within fields as a picture: each frame holds the frames of what is a part of it."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from snippets.plots.drawings.sheet import Box, finished, new_sheet, page_width, write
from snippets.plots.house.style import PALETTE, house_style
from snippets.plots.house.titles import wrapped
from snippets.plots.house.widths import for_both

_MOST = 5
_EDGE = 12.0  # points between a frame and the next
_LINE = 12.5  # points
_TINT = 0.1  # opacity: frames lie on one another, so the innermost is the deepest


@for_both
def nested_drawing(fields: Mapping[str, str], *, title: str) -> Figure:
    """Fields, of which each is a part of the one before: a frame within a frame.

    Args:
        fields: by name, the outermost first: what also belongs to it, and not to the next.
        title: what it shows.

    Raises:
        ValueError: no field, or more than 5.
    """
    if not 1 <= len(fields) <= _MOST:
        raise ValueError(f"{len(fields)} fields: from 1 to {_MOST} lie within one another")
    with house_style():
        return finished(_draw(fields, title))


def _draw(fields: Mapping[str, str], title: str) -> Axes:
    room = page_width() - 2
    texts = [
        wrapped(text, room - 2 * _EDGE * (depth + 1)) for depth, text in enumerate(fields.values())
    ]
    heads = [_EDGE + _LINE * (1 + len(lines)) for lines in texts]
    axes = new_sheet(page_width(), sum(heads) + _EDGE * len(fields) + 2, title)
    top = 1.0
    for depth, (name, lines) in enumerate(zip(fields, texts, strict=True)):
        below = sum(heads[depth:]) + _EDGE * (len(fields) - depth)
        box = Box(1 + _EDGE * depth, top, room - 2 * _EDGE * depth, below)
        _frame(axes, box)
        left, line = box.left + _EDGE, top + _EDGE / 2 + _LINE / 2
        write(axes, left, line, name, align="left", bold=True, size=10)
        for row, text in enumerate(lines, 1):
            write(axes, left, line + _LINE * row, text, align="left")
        top += heads[depth]
    return axes


def _frame(axes: Axes, box: Box) -> None:
    corner = (box.left, box.top)
    shape = "round,pad=0,rounding_size=8"
    face = to_rgba(PALETTE["blue"], _TINT)
    axes.add_patch(
        FancyBboxPatch(
            corner, box.width, box.height, shape, facecolor=face, edgecolor=PALETTE["blue"], lw=1.2
        )
    )
