"""From arithmetic to hours, to kilowatt hours, to carbon: each step a function with its units.

Energy is hours × power × the overhead of the building, and carbon is energy × what the grid emits
(Patterson et al. 2021, section 2.5). Where nobody says how many hours a run took, they follow from
its arithmetic and from the share of their peak that the accelerators reached.
"""

from math import inf
from typing import SupportsFloat


def check_amounts(least: float = 0, most: float = inf, **amounts: object) -> None:
    """Refuses what can't be computed with, and names it.

    Raises:
        ValueError: an amount is missing (None or NaN), no number, infinite, below `least` or above
            `most`.
    """
    for name, amount in amounts.items():
        if isinstance(amount, bool) or not isinstance(amount, SupportsFloat):
            raise ValueError(f"{name}={amount!r} is no number")
        value = float(amount)
        if not least <= value <= most or value == inf:  # NaN is neither above nor below
            raise ValueError(f"{name}={amount} must be a number from {least:g} to {most:g}")


def check_above_zero(**amounts: object) -> None:
    """Refuses what would be divided by; ValueError as in `check_amounts`, and for 0."""
    check_amounts(0, inf, **amounts)
    for name, amount in amounts.items():
        if amount == 0:
            raise ValueError(f"{name}=0 must be above 0")


def training_operations(parameters: float, tokens: float) -> float:
    """Floating-point operations of a training run, 6ND (Kaplan et al. 2020, section 2.1).

    Args:
        parameters: those that a token uses; of a mixture of experts, the active ones.
        tokens: read in training.

    Raises:
        ValueError: a number is negative or missing.
    """
    check_amounts(parameters=parameters, tokens=tokens)
    return 6 * parameters * tokens  # (!)


def accelerator_hours(operations: float, peak: float, utilisation: float) -> float:
    """Hours that one accelerator would need; a thousand of them need a thousandth each.

    Args:
        operations: floating-point operations.
        peak: operations per second that the accelerator could do, in the precision that was used.
        utilisation: the share of the peak that is reached, in (0, 1].

    Raises:
        ValueError: a number is negative or missing, the peak or the utilisation is 0, or the
            utilisation is above 1.
    """
    check_amounts(operations=operations)
    check_above_zero(peak=peak, utilisation=utilisation)
    check_amounts(most=1, utilisation=utilisation)
    return operations / (peak * utilisation) / 3600  # (!)


def energy(hours: float, watts: float, pue: float = 1.0) -> float:
    """Kilowatt hours: hours × power × overhead.

    Args:
        hours: of all devices together.
        watts: that each draws meanwhile.
        pue: power usage effectiveness, what the building draws for each watt of its computers.

    Raises:
        ValueError: a number is negative or missing, or the PUE is below 1.
    """
    check_amounts(hours=hours, watts=watts)
    check_amounts(least=1, pue=pue)
    return hours * watts / 1000 * pue  # (!)


def emissions(kilowatt_hours: float, intensity: float) -> float:
    """Kilograms of CO2 equivalents.

    Args:
        kilowatt_hours: energy.
        intensity: kilograms that the grid emits per kilowatt hour.

    Raises:
        ValueError: a number is negative or missing.
    """
    check_amounts(kilowatt_hours=kilowatt_hours, intensity=intensity)
    return kilowatt_hours * intensity  # (!)


def embodied(kilograms: float, hours: float, years: float, busy: float = 1.0) -> float:
    """The share of a device's making that a run has to answer for, in kilograms.

    Args:
        kilograms: emitted when the device was made.
        hours: that the run took on it; with several devices, of all together.
        years: that a device is kept.
        busy: the share of that time in which it works, in (0, 1].

    Raises:
        ValueError: a number is negative or missing, a device is kept or works for no time, or
            `busy` is above 1.
    """
    check_amounts(kilograms=kilograms, hours=hours)
    check_above_zero(years=years, busy=busy)
    check_amounts(most=1, busy=busy)
    return kilograms * hours / (years * 365 * 24 * busy)  # (!)


def uses_until_equal(training: float, use: float) -> float:
    """After how many uses they have taken as much energy as the training.

    Args:
        training: energy of the training, in any unit.
        use: energy of one use, in the same unit.

    Raises:
        ValueError: a number is negative or missing, or a use takes nothing.
    """
    check_amounts(training=training)
    check_above_zero(use=use)
    return training / use  # (!)
