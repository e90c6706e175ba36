"""Numbers as small integers, codes, times a scale that many of them share.

Symmetric: x ≈ scale · code, with the largest |x| at the largest code. Affine: x ≈ scale · (code −
zero), so that codes cover the range from the least x to the largest (Jacob et al. 2018, section
2.1).
"""

import torch
from torch import Tensor

from snippets.checks import check_positive


def check_finite(x: Tensor) -> None:
    """Raise a ValueError where x is empty or holds a NaN or an infinity: it would spoil a scale."""
    wrong = int((~x.isfinite()).sum())
    if wrong or not x.numel():
        raise ValueError(f"{wrong} of {x.numel()} numbers are not finite: no scale fits them")


def check_bits(bits: int) -> None:
    """Raise a ValueError unless bits is from 2 to 8: fewer have no sign, more do not fit a byte."""
    if not 2 <= bits <= 8:
        raise ValueError(f"bits={bits} must be from 2 to 8")


def nonzero(scale: Tensor) -> Tensor:
    """Scales with 1 in place of 0, which nothing can be divided by: all it scales is zero."""
    return torch.where(scale > 0, scale, 1.0)


def absmax(x: Tensor, bits: int = 8, dim: int | None = None) -> tuple[Tensor, Tensor]:
    """Symmetric codes of x, int8, and their scale.

    The numbers along axis `dim` share a scale, so that `dim=-1` gives each row its own; where it is
    None, all do. Codes run from −(2ᵇ⁻¹ − 1) to 2ᵇ⁻¹ − 1: the code −128 is left out, so that −x has
    the code of x with the other sign. Rows of zeros get scale 1.
    ValueError where x is not finite or bits are not from 2 to 8.
    """
    check_finite(x)
    check_bits(bits)
    top = 2 ** (bits - 1) - 1  # 127 for 8 bits
    largest = x.abs().max() if dim is None else x.abs().amax(dim, keepdim=True)
    scale = nonzero(largest / top)  # (!)
    codes = (x / scale).round().clamp(-top, top)  # (!)
    return codes.to(torch.int8), scale


def affine(x: Tensor, bits: int = 8, dim: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Affine codes of x, uint8 from 0 to 2ᵇ − 1, their scale, and the code of zero.

    The range is widened to hold 0, which then has a code of its own: padding stays exactly 0.
    `dim` and errors as in `absmax`.
    """
    check_finite(x)
    check_bits(bits)
    top = 2**bits - 1  # 255 for 8 bits
    low, high = torch.aminmax(x) if dim is None else torch.aminmax(x, dim=dim, keepdim=True)
    low, high = low.clamp(max=0), high.clamp(min=0)
    scale = nonzero((high - low) / top)  # (!)
    zero = (-low / scale).round()
    codes = ((x / scale).round() + zero).clamp(0, top)  # (!)
    return codes.to(torch.uint8), scale, zero


def dequantize(codes: Tensor, scale: Tensor, zero: Tensor | float = 0) -> Tensor:
    """What the codes stand for: scale · (codes − zero)."""
    return scale * (codes.to(scale.dtype) - zero)


def int8_linear(x: Tensor, codes: Tensor, scale: Tensor) -> Tensor:
    """X Wᵀ from 8-bit codes on both sides, W8A8: x (..., in), codes (out, in) -> (..., out).

    Each row of W has its scale, (out, 1), and each token gets one on the way. The sums are whole
    numbers in 32 bits, and the two scales multiply them at the end (Dettmers et al. 2022, section
    3.1). ValueError where the sizes differ, or x is not finite. PyTorch can multiply int32
    matrices on the CPU, but not on a CUDA GPU, where this raises a NotImplementedError.
    """
    if x.shape[-1] != codes.shape[-1]:
        raise ValueError(f"x {tuple(x.shape)} does not fit codes {tuple(codes.shape)}")
    check_positive(inputs=x.shape[-1])
    x_codes, x_scale = absmax(x, dim=-1)  # (..., in), (..., 1)
    sums = x_codes.int() @ codes.int().T  # (..., out), exact (!)
    return sums * x_scale * scale.T
