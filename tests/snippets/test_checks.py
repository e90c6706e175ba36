"""What fits passes; what does not is named, with its value."""

from dataclasses import dataclass

import pytest
import torch

from snippets.checks import (
    check_batch,
    check_divisible,
    check_even,
    check_last_axis,
    check_positive,
    check_types,
)


@pytest.mark.parametrize(
    "call",
    [
        lambda: check_positive(d_model=1, base=0.5),
        lambda: check_divisible(d_model=12, num_heads=4),
        lambda: check_divisible(d_model=4, num_heads=4),
        lambda: check_even(head_size=2, d_model=10),
        lambda: check_last_axis(torch.zeros(3), 3),
        lambda: check_last_axis(torch.zeros(2, 1, 3), 3),
        lambda: check_batch(torch.zeros(2, 1, 3), 3),
    ],
)
def test_what_fits_passes(call):
    call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check_positive(d_model=4, d_hidden=0), "d_hidden=0 must be at least 1"),
        (lambda: check_positive(length=-3), "length=-3 must be at least 1"),
        (lambda: check_positive(base=0.0), r"base=0\.0 must be above 0"),
        (lambda: check_positive(base=float("nan")), "base=nan must be above 0"),
        (lambda: check_divisible(d_model=130, num_heads=4), "d_model=130 .* by num_heads=4"),
        (lambda: check_divisible(d_model=8, num_heads=0), "num_heads=0 must be at least 1"),
        (lambda: check_divisible(d_model=0, num_heads=2), "d_model=0 must be at least 1"),
        (lambda: check_divisible(num_heads=2, num_kv_heads=4), "num_heads=2 .* num_kv_heads=4"),
        (lambda: check_even(head_size=7), "head_size=7 must be even"),
        (lambda: check_even(d_model=0), "d_model=0 must be even and at least 2"),
        (lambda: check_last_axis(torch.zeros(()), 1), r"shape \(\); its last axis .* d_model=1"),
        (lambda: check_last_axis(torch.zeros(3, 2), 3), r"shape \(3, 2\).*d_model=3"),
        (lambda: check_batch(torch.zeros(2, 3), 3), r"shape \(2, 3\); it needs \(B, T, C\)"),
        (lambda: check_batch(torch.zeros(1, 2, 3, 3), 3), r"it needs \(B, T, C\)"),
        (lambda: check_batch(torch.zeros(2, 3, 4), 3), r"\(2, 3, 4\); its last axis"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@dataclass
class Record:
    size: int = 1
    rate: float = 1.0
    name: str = "a"
    tied: bool = False


@pytest.mark.parametrize("given", [{}, {"rate": 2}, {"tied": True}, {"size": 3, "name": ""}])
def test_fields_of_their_types_pass(given):
    check_types(Record(**given))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": 1.5}, r"size=1\.5 must be of type int"),
        ({"size": True}, "size=True must be of type int"),
        ({"rate": False}, "rate=False must be of type float"),
        ({"rate": "1"}, "rate='1' must be of type float"),
        ({"name": 3}, "name=3 must be of type str"),
        ({"name": True}, "name=True must be of type str"),
        ({"tied": 1}, "tied=1 must be of type bool"),
    ],
)
def test_a_field_of_another_type_is_named(given, message):
    with pytest.raises(ValueError, match=message):
        check_types(Record(**given))
