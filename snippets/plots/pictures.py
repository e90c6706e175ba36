"""Small pictures in rows, each with its caption below."""

import textwrap
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from snippets.plots.house.style import (
    MAX_WIDTH,
    PALETTE,
    finish,
    house_style,
    new_figure,
    plain_text,
)
from snippets.plots.house.titles import entitle
from snippets.plots.house.values import check_labels
from snippets.plots.house.widths import PHONE, for_both, for_phone

_MOST = 48
_PICTURE = 40.0  # points: the side of a picture
_LINE = 13.5  # points, of a caption
_LETTER = 4.9  # points: the width of one, on average


@for_both
def picture_rows(
    outlines: Sequence[Path],
    captions: Sequence[str],
    *,
    side: float = 24.0,
    title: str | None = None,
    columns: int = 6,
) -> Figure:
    """Outlines filled with ink, the first at the top left, and what each is called.

    Args:
        outlines: in units of which ``side`` are a picture's width, y growing downwards.
        captions: one for each; a line break stays one.
        side: of a picture's square.
        title: what they show.
        columns: in a row; on a phone at most three.

    Raises:
        ValueError: no picture or more than 48, not a caption for each, or no column.
    """
    if not 1 <= len(outlines) <= _MOST or columns < 1:
        raise ValueError(f"{len(outlines)} pictures in {columns} columns: 1 to {_MOST} fit")
    names = check_labels(captions, len(outlines), "captions", tokens=False)
    width, columns = (PHONE, min(columns, 3)) if for_phone() else (MAX_WIDTH, columns)
    cell = 72 * width / columns  # points
    wrapped = [_wrapped(name, max(1, int(cell / _LETTER) - 1)) for name in names]
    rows = -(-len(outlines) // columns)
    high = _PICTURE + _LINE * (max(text.count("\n") for text in wrapped) + 2)
    with house_style():
        figure, (axes,) = new_figure(width, rows * high / 72 + 0.45)
        axes.set(xlim=(0, columns * cell), ylim=(rows * high, 0), aspect="equal")
        axes.axis("off")
        for place, (outline, text) in enumerate(zip(outlines, wrapped, strict=True)):
            x, y = place % columns * cell + cell / 2, place // columns * high
            scaled = Affine2D().scale(_PICTURE / side).translate(x - _PICTURE / 2, y)
            axes.add_patch(PathPatch(scaled.transform_path(outline), fc=PALETTE["ink"], lw=0))
            plain_text(axes.text(x, y + _PICTURE + 4, text, ha="center", va="top", fontsize=9))
        entitle(axes, title)
        return finish(figure)


def _wrapped(text: str, letters: int) -> str:
    """Each line of a text in lines of so many letters at most."""
    return "\n".join(part for line in text.split("\n") for part in textwrap.wrap(line, letters))
