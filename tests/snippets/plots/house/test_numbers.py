"""How a figure writes numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from snippets.plots.house.numbers import number_ticks, power, round_number, written


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (-1.5, "{:+.2f}", "−1.50"),
        (1.5, "{:+.2f}", "+1.50"),
        (-0.001, "{:.2f}", "0.00"),
        (-0.0, "{:+.3f}", "0.000"),
        (0.001, "{:+.2f}", "0.00"),
        (-0.05, "{:.2f}", "−0.05"),
        (-1234.5, "{:,.0f}", "−1,234"),
        (-2.0, "from {:.0f} up", "from −2 up"),
        (1e-5, "{:.0e}", "1e-05"),
    ],
)
def test_minus_signs_are_true_and_zero_has_none(value: float, form: str, shown: str) -> None:
    assert written(value, form) == shown


@given(st.floats(-1e6, 1e6))
def test_it_says_the_number_that_it_was_given(value: float) -> None:
    text = written(value, "{:+.3f}")
    assert math.isclose(float(text.replace("−", "-")), round(value, 3), abs_tol=1e-9)
    assert ("−" in text) == (round(value, 3) < 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (99_999, "99,999"),
        (1e5, "100,000"),
        (999_999.7, "10⁶"),
        (9.9e-4, "9.9×10⁻⁴"),
        (-2e6, "−2×10⁶"),
        (-1e6, "−10⁶"),
        (-0.5, "−0.5"),
        (0.001, "0.001"),
        (1, "1"),
        (1024, "1,024"),
        (1e6, "10⁶"),
        (2.5e9, "2.5×10⁹"),
        (1e-5, "10⁻⁵"),
    ],
)
def test_numbers_read_well(value: float, text: str) -> None:
    assert round_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.01, "10⁻²"),
        (1, "1"),
        (10, "10"),
        (1000, "10³"),
        (2000, "2×10³"),
        (0.002, "2×10⁻³"),
        (50, "50"),
    ],
)
def test_powers_are_all_written_as_powers(value: float, text: str) -> None:
    assert power(value) == text


@pytest.mark.parametrize("width", [1, 2, 3, 6])
@pytest.mark.parametrize("most", [0.24, 1, 9, 11, 14, 24, 240])
def test_ticks_are_1_2_or_5_apart(width: float, most: float) -> None:
    figure = Figure((width, 2))
    axes = figure.subplots()
    axes.plot([0, most], [-most, most])
    number_ticks(axes.xaxis, axes.yaxis)
    figure.draw_without_rendering()
    for axis in (axes.xaxis, axes.yaxis):
        first, second, *_ = axis.get_majorticklocs()
        digit = f"{second - first:.3e}".partition("e")[0]
        assert digit in ("1.000", "2.000", "5.000")


def test_ticks_that_are_set_stay() -> None:
    axes = Figure().subplots()
    axes.set_yticks([0, 3, 7])
    number_ticks(axes.yaxis)
    assert axes.get_yticks().tolist() == [0, 3, 7]
