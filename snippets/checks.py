"""Arguments that do not fit are refused by name: each check raises a ValueError with the values."""

from dataclasses import fields
from typing import Any, cast

from torch import Tensor


def check_positive(**sizes: float) -> None:
    """Raise a ValueError that names the first size which is not above 0.

    Sizes that are whole numbers are at least 1: ``check_positive(d_model=d_model)``.
    """
    for name, size in sizes.items():
        if not size > 0:  # so that NaN is refused as well
            least = "at least 1" if isinstance(size, int) else "above 0"
            raise ValueError(f"{name}={size} must be {least}")


def check_divisible(**sizes: int) -> None:
    """Raise a ValueError unless the first of two sizes is a multiple of the second."""
    check_positive(**sizes)
    (name, size), (divisor_name, divisor) = sizes.items()
    if size % divisor:
        raise ValueError(f"{name}={size} is not divisible by {divisor_name}={divisor}")


def check_even(**sizes: int) -> None:
    """Raise a ValueError where numbers cannot be taken in pairs."""
    for name, size in sizes.items():
        if size < 2 or size % 2:
            raise ValueError(f"{name}={size} must be even and at least 2")


def check_types(record: Any) -> None:
    """Raise a ValueError where a field of a dataclass does not have the type that it declares.

    A whole number may stand for a float; True and False are no numbers.
    """
    for field in fields(record):
        value, wanted = getattr(record, field.name), cast(type, field.type)
        known = (int, float) if wanted is float else wanted
        if not isinstance(value, known) or (isinstance(value, bool) and wanted is not bool):
            raise ValueError(f"{field.name}={value!r} must be of type {wanted.__name__}")


def check_last_axis(x: Tensor, d_model: int) -> None:
    """Raise a ValueError where the last axis of ``x`` is not ``d_model`` long."""
    if x.ndim == 0 or x.shape[-1] != d_model:
        raise ValueError(f"x has shape {tuple(x.shape)}; its last axis must be d_model={d_model}")


def check_batch(x: Tensor, d_model: int) -> None:
    """Raise a ValueError where ``x`` is not (B, T, C), with C = ``d_model``."""
    if x.ndim != 3:
        raise ValueError(f"x has shape {tuple(x.shape)}; it needs (B, T, C)")
    check_last_axis(x, d_model)
