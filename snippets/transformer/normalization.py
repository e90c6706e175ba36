"""Normalisation: bring each vector to a standard size, then let the model scale it.

Each function states the formula; each module computes the same numbers with PyTorch's own
function, and is what models use.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_last_axis, check_positive


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:
    """Mean 0 and variance 1 along the last axis (Ba, Kiros and Hinton 2016, equations 3 and 4).

    y = (x − mean) / √(variance + ε) · weight + bias, with x of shape (..., C). The variance
    divides by C, not by C − 1.
    """
    mean = x.mean(dim=-1, keepdim=True)  # (..., 1)
    variance = (x - mean).square().mean(dim=-1, keepdim=True)  # (..., 1)
    normed = (x - mean) / torch.sqrt(variance + eps) * weight  # (..., C)
    return normed if bias is None else normed + bias


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    """Root mean square 1 along the last axis (Zhang and Sennrich 2019, equation 4).

    y = x / √(mean(x²) + ε) · weight, with x of shape (..., C): as LayerNorm, but no mean is
    subtracted and no bias is added.
    """
    mean_square = x.square().mean(dim=-1, keepdim=True)  # (..., 1)
    return x * torch.rsqrt(mean_square + eps) * weight  # (..., C)


class LayerNorm(nn.Module):
    """LayerNorm with a learned weight and bias: (..., C) -> (..., C), as ``layer_norm``.

    Raises:
        ValueError: the last axis is not d_model long.
    """

    def __init__(self, d_model: int, eps: float = 1e-5, bias: bool = True) -> None:
        super().__init__()
        check_positive(d_model=d_model)
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        check_last_axis(x, self.weight.numel())
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class RMSNorm(nn.Module):
    """RMSNorm with a learned weight: (..., C) -> (..., C), as ``rms_norm``.

    Raises:
        ValueError: the last axis is not d_model long.
    """

    def __init__(self, d_model: int, eps: float = 1e-6) -> None:
        super().__init__()
        check_positive(d_model=d_model)
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        check_last_axis(x, self.weight.numel())
        return F.rms_norm(x, self.weight.shape, self.weight.to(x.dtype), self.eps)
