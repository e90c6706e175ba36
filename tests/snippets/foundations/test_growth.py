"""Doubling times and operations, against exact cases and published runs."""

import pytest

from snippets.foundations.facts import load_facts
from snippets.foundations.growth import doubling_time, training_flops


@pytest.mark.parametrize(
    ("months", "growth", "expected"), [(12, 2, 12), (12, 4, 6), (30, 1024, 3), (6, 2**0.5, 12)]
)
def test_exact_cases(months: float, growth: float, expected: float) -> None:
    assert doubling_time(months, growth) == pytest.approx(expected)


def test_it_grows_back_to_the_factor() -> None:
    assert 2 ** (17 / doubling_time(17, 55.5)) == pytest.approx(55.5)


@pytest.mark.parametrize("growth", [1, 0.5, 0, -2, float("nan")])
def test_what_does_not_grow_has_none(growth: float) -> None:
    with pytest.raises(ValueError, match=f"growth={growth}"):
        doubling_time(12, growth)


@pytest.mark.parametrize("name", ["GPT-3", "Llama 3.1"])
def test_operations_are_those_that_the_papers_give(name: str) -> None:
    model = load_facts("models")[name]
    ours = training_flops(model["parameters"], model["tokens"])
    assert ours == pytest.approx(model["flops"], rel=0.01)


def test_sizes_must_be_positive() -> None:
    with pytest.raises(ValueError, match="months=0"):
        doubling_time(0, 2)
    with pytest.raises(ValueError, match="parameters=0"):
        training_flops(0, 1)
    with pytest.raises(ValueError, match="tokens=-1"):
        training_flops(1, -1)
