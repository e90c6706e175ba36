"""The figures that a block leaves open, as SVG."""

import sys
from io import StringIO
from typing import Any


class Drawings:
    """Draws what is new since it was last asked.

    Figures stay open from fence to fence, as in a reader's copy, so that a fence may go on with the
    axes of the one above; one that changed is drawn again.
    """

    def __init__(self) -> None:
        self._drawn: list[Any] = []

    def new(self) -> list[str]:
        """Every open figure that is new or was changed, as SVG with real text."""
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
                found.append(_svg(figure))
                self._drawn.append(figure)
                figure.stale = False
        if current is not None:
            pyplot.figure(current)
        return found


def _svg(figure: Any) -> str:
    import matplotlib

    buffer = StringIO()
    # A fixed salt and no date: the same figure gives the same bytes.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "pagekit"}):
        figure.savefig(
            buffer, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
        )
    return buffer.getvalue()
