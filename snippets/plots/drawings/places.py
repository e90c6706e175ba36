"""Who sits where in a batch, step by step: places down, time across, and where nobody is."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.drawings.shapes import block, number
from snippets.plots.drawings.sheet import Box, finished, new_sheet, page_width, write
from snippets.plots.house.style import house_style
from snippets.plots.house.values import check_schedules
from snippets.plots.house.widths import for_both

Rows = Sequence[Sequence[int | None]]

_LEFT = 44.0  # points, for the names of the places
_ROW = 18.0  # points per place
_HEAD = 22.0  # points above a schedule, for what it is
_MOST_PLACES = 12
_NUMBERED = 7.0  # points: what a digit of a request's number needs
_EMPTY = 0.22  # opacity


@for_both
def places_drawing(schedules: Mapping[str, Rows], *, title: str) -> Figure:
    """Whose text each place of a batch writes at each step; all schedules on one scale of time.

    Args:
        schedules: by name; for each place the number of the request at each step, ``None`` where
            the place is empty.
        title: what it shows.

    Raises:
        ValueError: no schedule, rows of unequal length, more than 12 places, or no request.
    """
    words = {"kind": "schedule", "rows": "places", "steps": "steps", "work": "request"}
    check_schedules(schedules, _MOST_PLACES, **words)
    with house_style():
        return finished(_draw(schedules, title))


def _draw(schedules: Mapping[str, Rows], title: str) -> Axes:
    room = page_width()
    tall = sum(_HEAD + _ROW * len(rows) + 10 for rows in schedules.values())
    axes = new_sheet(room, tall + 12, title)
    step = (room - _LEFT) / max(len(rows[0]) for rows in schedules.values())
    top = 0.0
    for name, rows in schedules.items():
        write(axes, 0, top + 8, f"{name}: {len(rows[0])} steps", align="left", bold=True)
        top += _HEAD
        for place, row in enumerate(rows, 1):
            _row(axes, f"place {place}", row, top, step)
            top += _ROW
        top += 10
    write(axes, _LEFT, top + 2, "steps →", align="left", colour="muted")
    for left, colour, opacity, text in (
        (room - 128, "blue", 0.85, "a request"),
        (room - 54, "orange", _EMPTY, "nobody"),
    ):
        block(axes, Box(left - 12, top - 2.5, 9, 9), colour, opacity)
        write(axes, left, top + 2, text, align="left", size=8.5)
    return axes


def _row(axes: Axes, name: str, row: Sequence[int | None], top: float, step: float) -> None:
    write(axes, 0, top + _ROW / 2, name, align="left")
    begin = 0
    for request, run in groupby(row):
        length = len(list(run))
        box = Box(_LEFT + begin * step, top + 0.5, length * step - 1, _ROW - 1)
        begin += length
        if request is None:
            block(axes, box, "orange", _EMPTY)
            continue
        block(axes, box, "blue", 0.85)
        if box.width >= _NUMBERED * len(str(request)):
            number(axes, box.x, box.y, str(request), 0.85)
