"""A pipeline as a picture: stages down, time across, and the bubble in which they wait."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.drawings.shapes import block, number
from snippets.plots.drawings.sheet import Box, finished, new_sheet, page_width, write
from snippets.plots.house.style import house_style
from snippets.plots.house.values import check_schedules
from snippets.plots.house.widths import for_both

Plan = Sequence[Sequence[int | None]]

_LEFT = 44.0  # points, for the names of the stages
_ROW = 17.0  # points per stage
_HEAD = 22.0  # points above a plan, for what it is
_MOST_STAGES = 12
_NUMBERED = 9.0  # points: a moment this wide has room for its micro-batch's number
_BUBBLE = 0.22  # opacity


@for_both
def pipeline_drawing(
    plans: Mapping[str, Plan], *, title: str = "More micro-batches, a smaller bubble"
) -> Figure:
    """Which micro-batch each stage works on, moment by moment; where it waits, the bubble.

    All plans are of one batch, and time is to scale: cut in twice as many micro-batches, each
    takes half as long.

    Args:
        plans: by name; for each stage the micro-batch at each moment, ``None`` where it waits.
        title: what it shows.

    Raises:
        ValueError: no plan, rows of unequal length, more than 12 stages, or nothing to do.
    """
    words = {"kind": "plan", "rows": "stages", "steps": "moments", "work": "micro-batch"}
    check_schedules(plans, _MOST_STAGES, **words)
    with house_style():
        return finished(_draw(plans, title))


def idle_share(plan: Plan) -> float:
    """The share of all stages' moments in which a stage waits."""
    moments = [at for row in plan for at in row]
    return moments.count(None) / len(moments)


def _draw(plans: Mapping[str, Plan], title: str) -> Axes:
    room = page_width()
    # In batches: a plan of m micro-batches, each an m-th of the batch.
    longest = max(len(plan[0]) / _micro_batches(plan) for plan in plans.values())
    tall = sum(_HEAD + _ROW * len(plan) + 12 for plan in plans.values())
    axes = new_sheet(room, tall + 12, title)
    top = 0.0
    for name, plan in plans.items():
        write(axes, 0, top + 8, f"{name}: {idle_share(plan):.0%} idle", align="left", bold=True)
        top += _HEAD
        moment = (room - _LEFT) / longest / _micro_batches(plan)
        for stage, row in enumerate(plan):
            _row(axes, stage, row, top + stage * _ROW, moment)
        top += _ROW * len(plan) + 12
    write(axes, _LEFT, top + 2, "time →", align="left", colour="muted")
    _key(axes, room, top + 2)
    return axes


def _micro_batches(plan: Plan) -> int:
    return len({at for row in plan for at in row if at is not None})


def _row(axes: Axes, stage: int, row: Sequence[int | None], top: float, moment: float) -> None:
    write(axes, 0, top + _ROW / 2, f"stage {stage}", align="left")
    for at, micro_batch in enumerate(row):
        box = Box(_LEFT + at * moment, top + 0.5, moment - 1, _ROW - 1)
        if micro_batch is None:
            block(axes, box, "orange", _BUBBLE)
            continue
        block(axes, box, "blue", 0.85)
        if moment >= _NUMBERED * len(str(micro_batch)):
            number(axes, box.x, box.y, str(micro_batch), 0.85)


def _key(axes: Axes, right: float, y: float) -> None:
    """What the two colours mean."""
    for left, colour, opacity, text in (
        (right - 128, "blue", 0.85, "works"),
        (right - 72, "orange", _BUBBLE, "waits: bubble"),
    ):
        block(axes, Box(left - 12, y - 4.5, 9, 9), colour, opacity)
        write(axes, left, y, text, align="left", size=8.5)
