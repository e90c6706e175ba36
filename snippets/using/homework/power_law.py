"""A falling power law, with a floor or without, fitted to a handful of points."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
GRID, ROUNDS = 60, 6  # floors tried at a time, and how often the grid closes in


@dataclass(frozen=True)
class PowerLaw:
    """y = floor + scale · x^−exponent.

    Attributes:
        floor: what y gets down to in the end, in its own unit.
        scale: what lies above the floor at x = 1.
        exponent: ten times the x leave 10^−exponent of it.
    """

    floor: float
    scale: float
    exponent: float

    def __call__(self, x: Any) -> Any:
        """What y is at x; for arrays, an array."""
        return self.floor + self.scale * np.asarray(x, dtype=float) ** -self.exponent  # (!)


def with_floor(x: Array, y: Array, floor: float) -> PowerLaw:
    """The straight line through the logarithms of what lies above a given floor."""
    slope, start = np.polyfit(np.log(x), np.log(y - floor), 1)  # (!)
    return PowerLaw(floor, float(np.exp(start)), float(-slope))


def relative_errors(law: PowerLaw, x: Array, y: Array) -> Array:
    """How far the law lies above each point, as a share of it."""
    found: Array = law(x) / y - 1
    return found


def fit_power_law(x: ArrayLike, y: ArrayLike, floor: float | None = None) -> PowerLaw:
    """The power law with the least squared relative errors, or nearly.

    For a given floor it is a straight line through logarithms; the floor is searched for on a grid
    from zero to the lowest point, which closes in on the best.

    Args:
        x: (n,) such as operations.
        y: (n,) such as losses.
        floor: a floor that is known, such as 0; by default it is fitted too.

    Raises:
        ValueError: too few points (three, or four where the floor is fitted), lengths that differ,
            a number that is not positive, or a point at the given floor or below.
    """
    xs, ys = (np.asarray(values, dtype=float) for values in (x, y))
    least = 3 if floor is not None else 4
    if xs.shape != ys.shape or xs.ndim != 1 or len(xs) < least:
        raise ValueError(f"{xs.shape} x and {ys.shape} y: {least} points or more are needed")
    if not (np.isfinite([xs, ys]).all() and min(xs.min(), ys.min()) > 0):
        raise ValueError(f"x={xs.tolist()}, y={ys.tolist()} are not all positive")
    if floor is not None:
        if not 0 <= floor < ys.min():
            raise ValueError(f"floor={floor} is not between 0 and the lowest y, {ys.min()}")
        return with_floor(xs, ys, floor)
    low, high = 0.0, float(ys.min()) * (1 - 1e-6)
    for _ in range(ROUNDS):
        floors = np.linspace(low, high, GRID)
        laws = [with_floor(xs, ys, float(one)) for one in floors]
        best = int(np.argmin([np.square(relative_errors(law, xs, ys)).sum() for law in laws]))
        low, high = floors[max(best - 1, 0)], floors[min(best + 1, GRID - 1)]  # (!)
    return laws[best]
