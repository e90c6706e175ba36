"""The figures that a block leaves open, as SVG: each for a page of text, and for a phone's."""

import sys
from io import StringIO
from typing import Any, NamedTuple

PHONE = 3.2
"""Inches: what a page has room for on a phone, at the size at which figures are lettered."""

_MARGIN = 0.02  # inches, around a figure for phones


class Drawing(NamedTuple):
    """A figure as SVG with real text, drawn for two widths.

    Attributes:
        wide: as it was made.
        phone: no wider than ``PHONE``; empty where ``wide`` is no wider either.
    """

    wide: str
    phone: str


class Drawings:
    """Draws what is new since it was last asked.

    Figures stay open from fence to fence, as in a reader's copy, so that a fence may go on with the
    axes of the one above; one that changed is drawn again.
    """

    def __init__(self) -> None:
        self._drawn: list[Any] = []

    def new(self) -> list[Drawing]:
        """Every open figure that is new or was changed."""
        if "matplotlib.pyplot" not in sys.modules:
            return []
        from matplotlib import pyplot

        numbers = pyplot.get_fignums()
        current = pyplot.gcf() if numbers else None
        found = []
        for number in numbers:
            figure = pyplot.figure(number)
            # Matplotlib marks what changed; bytes can't tell, since a second layout may differ.
            if figure.stale or all(figure is not drawn for drawn in self._drawn):
                found.append(drawing(figure))
                self._drawn.append(figure)
                figure.stale = False
        if current is not None:
            pyplot.figure(current)
        return found


def drawing(figure: Any) -> Drawing:
    """A figure as it is, and as a phone is to show it.

    A figure may know how it is drawn for a phone: it then has an attribute ``for_phone``, a
    function without arguments that makes another figure. Of one that hasn't, or that was changed
    since it was made (the other figure would lack that), the same is laid out again in less width,
    its texts as large as before.
    """
    redraw = None if figure.stale else getattr(figure, "for_phone", None)
    wide = _svg(figure)
    if figure.get_figwidth() <= PHONE:
        return Drawing(wide, "")
    return Drawing(wide, _svg(redraw(), _MARGIN) if redraw else _squeezed(figure))


def _squeezed(figure: Any) -> str:
    """The figure in less width, and then as it was."""
    width, height = figure.get_size_inches()
    figure.set_size_inches(PHONE, height)
    try:
        return _svg(figure, _MARGIN)
    finally:
        figure.set_size_inches(width, height)


def _svg(figure: Any, margin: float = 0.1) -> str:
    """The figure, cut to what is drawn, with a margin in inches."""
    import matplotlib

    buffer = StringIO()
    # A fixed salt and no date: the same figure gives the same bytes.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "pagekit"}):
        figure.savefig(
            buffer,
            format="svg",
            transparent=True,
            bbox_inches="tight",
            pad_inches=margin,
            metadata={"Date": None},
        )
    return buffer.getvalue()
