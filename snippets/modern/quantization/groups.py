"""Few bits per weight: a scale for each small group of neighbours in a row."""

import torch
from torch import Tensor

from snippets.checks import check_divisible, check_positive
from snippets.modern.quantization.int8 import absmax


def quantize_groups(weight: Tensor, group: int, bits: int = 4) -> tuple[Tensor, Tensor]:
    """Symmetric codes of a matrix (out, in), with a scale for every `group` weights of a row.

    Codes are (out, in / group, group), scales (out, in / group, 1). ValueError, with the values,
    where the group does not divide the inputs.
    """
    check_divisible(inputs=weight.shape[-1], group=group)
    return absmax(weight.unflatten(-1, (-1, group)), bits, dim=-1)  # (!)


def dequantize_groups(codes: Tensor, scale: Tensor) -> Tensor:
    """The matrix (out, in) that codes and scales stand for, scales rounded to 16 bits."""
    return (codes * scale.half().to(scale.dtype)).flatten(-2)


def bits_per_weight(bits: float, group: int, stored: float = 16) -> float:
    """Bits per weight if each group also stores `stored` bits, such as a scale of 16."""
    check_positive(bits=bits, group=group)
    return bits + stored / group


def nearest_divisor(size: int, wanted: int) -> int:
    """The divisor of `size` whose ratio to `wanted` is closest to 1."""
    check_positive(size=size, wanted=wanted)
    divisors = [d for d in range(1, size + 1) if size % d == 0]
    return min(divisors, key=lambda d: max(d / wanted, wanted / d))


def pack(codes: Tensor) -> Tensor:
    """Two codes of 4 bits, −8 to 7, in each byte: (..., n) -> (..., n / 2) of uint8.

    ValueError where n is odd or a code does not fit.
    """
    check_divisible(codes=codes.shape[-1], per_byte=2)
    if codes.min() < -8 or codes.max() > 7:
        raise ValueError(f"codes from {codes.min()} to {codes.max()} do not fit 4 bits: -8 to 7")
    nibbles = (codes + 8).to(torch.uint8)  # 0 to 15
    return nibbles[..., ::2] | nibbles[..., 1::2] << 4


def unpack(packed: Tensor) -> Tensor:
    """The codes in bytes, each of them int8: (..., n / 2) -> (..., n)."""
    return torch.stack([packed & 15, packed >> 4], -1).flatten(-2).to(torch.int8) - 8
