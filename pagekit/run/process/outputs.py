"""What a fence printed and drew, as the page is to show it."""

import os

from pagekit.run.process import limits
from pagekit.run.process.drawings import Drawing, Drawings
from pagekit.run.process.watch import Fault, said


def drawn(drawings: Drawings, number: int) -> list[Drawing]:
    """The figures that are new since the fence above.

    Raises:
        Fault: of the fence with this number, one can't be drawn or is too large.
    """
    try:
        figures = drawings.new()
    except Exception as error:
        text = f"its figure can't be drawn: {said(error)}"
        raise Fault(" ".join(text.split()), segment=number, line=None) from None
    for figure in figures:
        if fault := limits.figure_fault(figure.wide) or limits.figure_fault(figure.phone):
            raise Fault(fault, segment=number, line=None)
    return figures


def printed(path: str, begun: int, number: int) -> tuple[str, int]:
    """What was printed from byte ``begun`` on, also by processes that it started; and the end.

    Raises:
        Fault: of the fence with this number, it is too much, or nothing that a page can show.
    """
    end = os.stat(path).st_size
    output = ""
    if end - begun <= limits.OUTPUT:
        with open(path, "rb") as file:
            file.seek(begun)
            output = file.read(end - begun).decode(errors="replace")
    if fault := limits.output_fault(output, end - begun):
        raise Fault(fault, segment=number, line=None)
    return output, end
