"""Power laws: exact ones are found again, and what can't be fitted is refused."""

import numpy as np
import pytest

from snippets.using.homework.power_law import PowerLaw, fit_power_law, relative_errors

X = np.logspace(18, 23, 7)


@pytest.mark.parametrize("law", [PowerLaw(0.5, 40.0, 0.07), PowerLaw(1.3, 2e6, 0.3)])
def test_a_law_with_a_floor_is_found_again(law: PowerLaw) -> None:
    found = fit_power_law(X, law(X))
    assert found.floor == pytest.approx(law.floor, rel=1e-3)
    assert found.exponent == pytest.approx(law.exponent, rel=1e-3)
    assert abs(relative_errors(found, X, law(X))).max() < 1e-5


def test_without_a_floor_it_is_the_straight_line_through_logarithms() -> None:
    y = np.array([3.0, 2.0, 1.7, 1.2, 1.0, 0.8, 0.7])
    slope, start = np.polyfit(np.log(X), np.log(y), 1)
    found = fit_power_law(X, y, floor=0)
    assert (found.exponent, np.log(found.scale)) == pytest.approx((-slope, start))


def test_a_fitted_floor_is_never_worse_than_none() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        y = PowerLaw(0.3, 30.0, 0.06)(X) * (1 + 0.01 * rng.standard_normal(7))
        errors = [np.square(relative_errors(fit_power_law(X, y, f), X, y)).sum() for f in (0, None)]
        assert errors[1] <= errors[0] + 1e-12


def test_the_unit_of_x_changes_the_scale_alone() -> None:
    y = PowerLaw(0.5, 40.0, 0.07)(X) * [1.01, 0.99, 1, 1.01, 1, 0.99, 1]
    one, other = fit_power_law(X, y), fit_power_law(X / 1e15, y)
    assert other.exponent == pytest.approx(one.exponent) and other.floor == pytest.approx(one.floor)
    assert other(X / 1e15) == pytest.approx(one(X))


@pytest.mark.parametrize(
    ("x", "y", "floor", "message"),
    [
        ([1, 2], [2, 1], 0, "3 points or more"),
        ([1, 2, 3], [3, 2, 1], None, "4 points or more"),
        ([1, 2, 3, 4], [3, 2, 1], 0, "points or more"),
        ([1, 2, 3], [3, -2, 1], 0, "not all positive"),
        ([1, 2, float("nan")], [3, 2, 1], 0, "not all positive"),
        ([1, 2, 3], [3, 2, 1], 1, "floor=1 is not between"),
    ],
)
def test_what_cannot_be_fitted_is_refused(x, y, floor, message) -> None:
    with pytest.raises(ValueError, match=message):
        fit_power_law(x, y, floor)


def test_as_few_points_as_are_needed_are_enough() -> None:
    law = PowerLaw(0.5, 40.0, 0.07)
    assert fit_power_law(X[:3], law(X[:3]), floor=0.5).exponent == pytest.approx(0.07)
    assert fit_power_law(X[:4], law(X[:4])).floor == pytest.approx(0.5, rel=0.05)
    errors = relative_errors(law, X, 2 * law(X))
    assert errors == pytest.approx(np.full(7, -0.5))
    with pytest.raises(ValueError, match="not between 0"):
        fit_power_law([1, 2, 3], [3, 2, 1], floor=-0.1)
    with pytest.raises(ValueError, match="points or more"):
        fit_power_law(np.ones((4, 1)), np.ones((4, 1)))
