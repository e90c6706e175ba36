"""Channels far larger than the others, and moving them where they do less harm: SmoothQuant."""

from torch import Tensor

from snippets.modern.quantization.int8 import absmax, dequantize


def smoothing(inputs: Tensor, weight: Tensor, strength: float = 0.5) -> Tensor:
    """What to divide each channel of inputs by, and multiply that column of weights by: (in,).

    max|X|^α / max|W|^(1−α), channel by channel, for inputs X (N, in) and weights W (out, in); α is
    the strength (Xiao et al. 2023, equation 4). (X / s)(W · s)ᵀ is X Wᵀ. A channel without inputs
    or without weights keeps a factor of 1. ValueError where strength is not from 0 to 1.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength={strength} must be from 0 to 1")
    x, w = inputs.abs().amax(0), weight.abs().amax(0)  # (in,) each
    factors = x**strength / w ** (1 - strength)  # (!)
    return factors.where((x > 0) & (w > 0), 1.0)


def relative_error(x: Tensor, dim: int | None = None, bits: int = 8) -> float:
    """The length of what rounding to codes takes from x, over the length of x; `dim` of `absmax`.

    ValueError where x is all zero, or as `absmax` raises it.
    """
    if not x.any():
        raise ValueError(f"x {tuple(x.shape)} is all zero: there is nothing to be relative to")
    return float((dequantize(*absmax(x, bits, dim)) - x).norm() / x.norm())
