"""From what callers hand over (lists, arrays, tensors) to what can be drawn, or a clear refusal."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MAX_CELLS = 64
"""Rows or columns of a heat map: beyond, a cell is smaller than a reader can see."""

_VISIBLE = {" ": "␣", "\n": "↵", "\t": "⇥", "": "∅"}


def as_array(values: Any, name: str, dimensions: int) -> Array:
    """``values`` as finite float64 numbers with the given number of dimensions.

    Tensors are taken as they are: detached and brought to the CPU.

    Raises:
        ValueError: another number of dimensions, nothing in it, or a number that is not finite.
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    array: Array = np.asarray(values, dtype=np.float64)
    if array.ndim != dimensions or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}: {dimensions} dimensions are needed")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds {int((~np.isfinite(array)).sum())} numbers not finite")
    return array


def check_unit_interval(array: Array, name: str) -> None:
    """Raise ValueError unless all values lie between 0 and 1 (1e-6 of rounding is forgiven)."""
    if array.min() < -1e-6 or array.max() > 1 + 1e-6:
        raise ValueError(f"{name} lies in [{array.min():.4g}, {array.max():.4g}], not in [0, 1]")


def check_cells(rows: int, columns: int) -> None:
    """Raise ValueError if a heat map would have more cells than can be seen."""
    if max(rows, columns) > MAX_CELLS:
        raise ValueError(
            f"{rows} x {columns} cells are too many to see: take a part or every n-th, "
            f"at most {MAX_CELLS} x {MAX_CELLS}"
        )


def check_labels(
    labels: Sequence[str] | None, count: int, name: str, *, tokens: bool = True
) -> list[str]:
    """The labels, tokens as visible text; numbers from 0 where there are none.

    Raises:
        ValueError: not one label for each of the ``count`` things.
    """
    if labels is None:
        return [str(index) for index in range(count)]
    if len(labels) != count:
        raise ValueError(f"{len(labels)} {name} for {count} of them: {list(labels)[:6]}")
    return [visible(label) if tokens else true_apostrophes(label) for label in labels]


def check_series(
    series: Mapping[str, tuple[Any, Any]], positive: tuple[bool, bool] = (False, False)
) -> dict[str, tuple[Array, Array]]:
    """Each named ``(x, y)`` as two arrays of one length.

    Args:
        series: x and y by name.
        positive: whether x, and whether y, must be above zero (as on a log scale).

    Raises:
        ValueError: nothing to draw, unequal lengths, or a value a log scale can't show.
    """
    if not series:
        raise ValueError("no series to draw")
    checked = {}
    for name, (x, y) in series.items():
        xs, ys = as_array(x, f"x of {name!r}", 1), as_array(y, f"y of {name!r}", 1)
        if len(xs) != len(ys):
            raise ValueError(f"{name!r} has {len(xs)} x and {len(ys)} y")
        for axis, values, must in (("x", xs, positive[0]), ("y", ys, positive[1])):
            if must and values.min() <= 0:
                raise ValueError(f"{axis} of {name!r} goes down to {values.min():g}: no log of it")
        checked[name] = (xs, ys)
    return checked


def check_spread(spread: Any | None, count: int) -> Array:
    """How far each of ``count`` values reaches down and up, (2, count); without a spread 0.

    Raises:
        ValueError: not a half width, or a pair of widths, for each; or one below zero.
    """
    if spread is None:
        return np.zeros((2, count))
    pairs = np.ndim(spread) > 1
    widths = as_array(spread, "spread", 1 + pairs)
    if widths.shape not in ((count,), (count, 2)) or widths.min() < 0:
        raise ValueError(f"spread {widths.tolist()} does not fit {count} values")
    return widths.T if pairs else np.stack([widths, widths])


def visible(token: str) -> str:
    """A token as it can be seen on a figure: spaces and line ends get a sign."""
    return "".join(_VISIBLE.get(character, character) for character in token) or _VISIBLE[""]


def true_apostrophes(text: str) -> str:
    """A name or a title with true apostrophes, ``’`` for ``'`` between letters."""
    return re.sub(r"(?<=\w)'(?=\w)", "’", text)


def check_schedules(
    schedules: Mapping[str, Sequence[Sequence[int | None]]],
    most: int,
    *,
    kind: str,
    rows: str,
    steps: str,
    work: str,
) -> None:
    """Raise ValueError unless there are schedules, each of rows of one length with work in them.

    The words say in messages what a schedule, its rows, its steps and the work in them are called.
    """
    if not schedules:
        raise ValueError(f"no {kind} to draw")
    for name, schedule in schedules.items():
        lengths = [len(row) for row in schedule]
        if len({*lengths}) != 1 or len(schedule) > most:
            limit = f"at most {most} of one length"
            raise ValueError(f"{name!r}: {len(schedule)} {rows} of {lengths} {steps}; {limit}")
        if all(at is None for row in schedule for at in row):
            raise ValueError(f"{name!r} has no {work}")
