"""The transformer of 2017 as a picture: an encoder and a decoder, each a stack of layers."""

from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from snippets.plots.drawings.shapes import arrow, block, step
from snippets.plots.drawings.sheet import Box, finished, new_sheet, page_width, write
from snippets.plots.house.colours import COLOUR_OF
from snippets.plots.house.style import PALETTE, house_style
from snippets.plots.house.widths import for_both, for_phone

_GAP = 6.0  # points from a sublayer to its sum
_WAY = 15.0  # points to the next sublayer: here the skip connection leaves
_EDGE = 5.0  # points from a stack's steps to its inner edge
_SKIP = 11.0  # points from a stack's steps to a skip connection beside them
_RADIUS = 8.0  # points, of the circle in which positions are added
_MEMORY = "wine"

_SUBLAYERS = {"encoder": ("self-attention", "feed-forward"),
              "decoder": ("masked\nself-attention", "cross-attention", "feed-forward")}  # fmt: skip


@dataclass(frozen=True)
class _Column:
    """One half of the model, which is read upwards.

    Attributes:
        x: the middle of its steps, in points.
        width: of its steps.
        side: its outer side, where skip connections run: -1 for the left, 1 for the right.
        length: the letter of its number of tokens.
    """

    x: float
    width: float
    side: Literal[-1, 1]
    length: str

    @property
    def outer(self) -> float:
        """Where its skip connections run."""
        return self.x + self.side * (self.width / 2 + _SKIP)

    @property
    def inner(self) -> float:
        """The edge of its stack towards the other half."""
        return self.x - self.side * (self.width / 2 + _EDGE)

    @property
    def align(self) -> Literal["left", "right"]:
        """How words stand that end at its outer edge, or begin there."""
        return "right" if self.side > 0 else "left"


@for_both
def two_stacks_drawing(
    num_layers: int, *, title: str = "Each layer of the decoder reads what the encoder has made"
) -> Figure:
    """The whole transformer as it was published, from the bottom upwards (Vaswani et al. 2017).

    Each sublayer has a skip connection around it, and a norm after the sum (post-LN, figure 1 of
    the paper). The encoder's output, the memory, goes to the cross-attention of each layer.

    Args:
        num_layers: N, the layers of either stack.
        title: what it shows.

    Raises:
        ValueError: fewer layers than 1.
    """
    if num_layers < 1:
        raise ValueError(f"num_layers={num_layers}: a stack has at least one layer")
    with house_style():
        room, bottom = page_width(), 434.0
        between = 24.0 if for_phone() else 76.0
        wide = min(room / 2 - between / 2 - _EDGE - _SKIP - 6, 140.0)
        away = between / 2 + _EDGE + wide / 2
        encoder = _Column(room / 2 - away, wide, -1, "S")
        decoder = _Column(room / 2 + away, wide, 1, "T")
        axes = new_sheet(room, bottom, title)
        top, _ = _stack(axes, encoder, "encoder", num_layers, _entry(axes, encoder, bottom))
        end, cross = _stack(axes, decoder, "decoder", num_layers, _entry(axes, decoder, bottom))
        _memory(axes, encoder, decoder, top, cross)
        _output(axes, decoder, end)
        return finished(axes)


def _entry(axes: Axes, column: _Column, bottom: float) -> float:
    """Tokens, their embeddings and positions; gives the height at which these leave."""
    lines = ["source"] if column.side < 0 else ["target,", "shifted right"]
    for number, line in enumerate(lines):
        write(axes, column.x, bottom - 18 + 11 * number, line)
    box = step(axes, column.x, bottom - 52, "embedding", "muted", column.width)
    arrow(axes, (column.x, bottom - 24), (column.x, box.bottom + 1))
    at = box.top - 20
    frame = Circle((column.x, at), _RADIUS, facecolor="none", edgecolor=PALETTE["muted"], lw=1.4)
    axes.add_patch(frame)
    axes.text(column.x, at, "+", ha="center", va="center", fontsize=12, color=PALETTE["ink"])
    _line(axes, (column.x, box.top), (column.x, at + _RADIUS))
    out = column.x + column.side * 48
    arrow(axes, (out, at), (column.x + column.side * (_RADIUS + 1), at))
    write(axes, column.x + column.side * 31, at - 11, "positions")
    _shape(axes, column, at - 13, "C")
    return at - _RADIUS


def _stack(axes: Axes, column: _Column, name: str, layers: int, y: float) -> tuple[float, float]:
    """The layer that is repeated; gives the height of its end and of its last attention."""
    bottom = y - 12
    skipped, at = bottom - 6, bottom - 14  # where a skip connection leaves, and a sublayer begins
    came, attention = y, 0.0
    steps = [len(text.split("\n")) * 11 + 11 for text in _SUBLAYERS[name]]
    top = at + _WAY - sum(tall + _GAP + 22 + _WAY for tall in steps) - _EDGE
    outer = column.outer + column.side * 6
    left, right = sorted((column.inner, outer))
    block(axes, Box(left, top, right - left, bottom - top), "muted", 0.12)
    for text, tall in zip(_SUBLAYERS[name], steps, strict=True):
        colour = COLOUR_OF["feed-forward" if text == "feed-forward" else "attention"]
        box = step(axes, column.x, at - tall / 2, text, colour, column.width)
        norm = step(axes, column.x, box.top - _GAP - 11, "add & norm", COLOUR_OF["norm"])
        arrow(axes, (column.x, came), (column.x, box.bottom + 1))
        _line(axes, (column.x, box.top), (column.x, norm.bottom))
        _line(axes, (column.x, skipped), (column.outer, skipped), (column.outer, norm.y))
        edge = norm.left - 1 if column.side < 0 else norm.right + 1
        arrow(axes, (column.outer, norm.y), (edge, norm.y))
        came, skipped, at = norm.top, norm.top - 5, norm.top - _WAY
        attention = attention if text == "feed-forward" else box.y
    write(axes, outer, top - 19, name, bold=True, align=column.align)
    write(axes, outer, top - 8, f"{layers} ×", align=column.align)
    _line(axes, (column.x, came), (column.x, top - 8))
    return top, attention


def _memory(axes: Axes, encoder: _Column, decoder: _Column, top: float, cross: float) -> None:
    """From the end of the encoder to the cross-attention of the decoder."""
    middle, high = (encoder.inner + decoder.inner) / 2, top - 8
    path = (encoder.x, top), (encoder.x, high), (middle, high), (middle, cross)
    _line(axes, *path, colour=_MEMORY)
    arrow(axes, (middle, cross), (decoder.inner + _EDGE - 1, cross), _MEMORY)
    where = (encoder.x + middle) / 2
    write(axes, where, high - 8, "memory", colour=_MEMORY, bold=True)
    if not for_phone():
        write(axes, where, high - 20, "(S, C)", colour="muted", size=8.5)


def _output(axes: Axes, column: _Column, top: float) -> None:
    """From the end of the decoder to the probabilities of the next tokens."""
    linear = step(axes, column.x, top - 44, "linear", "muted", column.width)
    softmax = step(axes, column.x, linear.top - 23, "softmax", "muted", column.width)
    arrow(axes, (column.x, top), (column.x, linear.bottom + 1))
    arrow(axes, (column.x, linear.top), (column.x, softmax.bottom + 1))
    arrow(axes, (column.x, softmax.top), (column.x, softmax.top - 12))
    write(axes, column.x, softmax.top - 20, "next tokens")
    _shape(axes, column, softmax.top - 8, "V")


def _shape(axes: Axes, column: _Column, y: float, width: str) -> None:
    """Beside the stream, towards the other half."""
    text = f"({column.length}, {width})"
    write(axes, column.x - 6 * column.side, y, text, colour="muted", size=8.5, align=column.align)


def _line(axes: Axes, *points: tuple[float, float], colour: str = "muted") -> None:
    style: Any = {"solid_joinstyle": "round", "solid_capstyle": "butt"}
    axes.plot(*zip(*points, strict=True), color=PALETTE[colour], lw=1.2, **style)
