"""The figures that a block leaves open, as SVG."""

import sys
from io import StringIO


class Drawings:
    """Draws what is new since it was last asked.

    Figures stay open from fence to fence, as in a reader's copy, so that a fence may go on with the
    axes of the one above; one that changed is drawn again.
    """

    def __init__(self) -> None:
        self._drawn: dict[int, str] = {}

    def new(self) -> list[str]:
        """Every open figure that is new or was changed, as SVG with real text."""
        if "matplotlib.pyplot" not in sys.modules:
            return []
        from matplotlib import pyplot

        numbers = pyplot.get_fignums()
        current = pyplot.gcf().number if numbers else None  # type: ignore[attr-defined]
        found = []
        for number in numbers:
            svg = _svg(number)
            if self._drawn.get(number) != svg:
                self._drawn[number] = svg
                found.append(svg)
        if current is not None:
            pyplot.figure(current)
        return found


def _svg(number: int) -> str:
    import matplotlib
    from matplotlib import pyplot

    buffer = StringIO()
    # A fixed salt and no date: the same figure gives the same bytes.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "pagekit"}):
        pyplot.figure(number).savefig(
            buffer, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
        )
    return buffer.getvalue()
