"""NF4: 16 levels where weights with a bell curve are dense (Dettmers et al. 2023, section 3)."""

from functools import cache

import torch
from torch import Tensor

from snippets.checks import check_divisible
from snippets.modern.quantization.int8 import check_finite, nonzero


@cache
def nf4_levels() -> Tensor:
    """The 16 levels, from −1 to 1: quantiles of the normal distribution, with 0 among them.

    Eight are above 0 and seven below it, each half evenly spaced in probability from the tail 1 − δ
    to the middle; δ is the mean of 1/30 and 1/32 (Dettmers et al. 2023, appendix E lists them).
    """
    tail = 1 - (1 / 30 + 1 / 32) / 2
    above, below = (
        torch.special.ndtri(torch.linspace(tail, 0.5, n, dtype=torch.float64))[:-1] for n in (9, 8)
    )
    levels = torch.cat([-below, torch.zeros(1), above.flip(0)])  # (!)
    return (levels / levels[-1]).float()


def quantize_nf4(weight: Tensor, group: int = 64) -> tuple[Tensor, Tensor]:
    """The nearest level of each weight over the largest of its group.

    weight (out, in) -> numbers of levels (out, in / group, group), uint8, and scales (..., 1).
    ValueError where the group does not divide the inputs, or a weight is not finite.
    """
    check_divisible(inputs=weight.shape[-1], group=group)
    check_finite(weight)
    parts = weight.unflatten(-1, (-1, group))
    scale = nonzero(parts.abs().amax(-1, keepdim=True))
    levels = nf4_levels().to(weight)  # to its device, in its type
    between = (levels[1:] + levels[:-1]) / 2  # (15,): where one level ends and the next begins
    return torch.bucketize(parts / scale, between).to(torch.uint8), scale  # (!)


def dequantize_nf4(codes: Tensor, scale: Tensor) -> Tensor:
    """The matrix (out, in) that the numbers of levels stand for, scales rounded to 16 bits."""
    levels = nf4_levels().to(scale)
    return (levels[codes.long()] * scale.half().to(scale.dtype)).flatten(-2)
