"""GPTQ: round a column of weights, and let the columns that follow make up for it.

Frantar et al. 2023. What counts is not the error of the weights but that of the layer's outputs on
inputs as they really come.
"""

import torch
from torch import Tensor

from snippets.checks import check_divisible, check_positive
from snippets.modern.quantization.int8 import absmax, check_finite


def hessian(inputs: Tensor, damping: float = 0.01) -> Tensor:
    """How the error of outputs grows with that of weights: 2 Xᵀ X / N, for inputs X (N, in).

    In float64, with `damping` times the mean of its diagonal added there, so that it has an inverse
    (Frantar et al. 2023, section 4). ValueError where inputs are no such matrix, all zero, or not
    finite.
    """
    check_positive(damping=damping)
    check_finite(inputs)
    if inputs.ndim != 2 or not inputs.any():
        raise ValueError(f"inputs {tuple(inputs.shape)} must be (N, in), and not all zero")
    x = inputs.double()
    h = 2 * x.T @ x / len(x)  # (in, in)
    return h + damping * h.diagonal().mean() * torch.eye(len(h), dtype=h.dtype, device=h.device)


def gptq(
    weight: Tensor,
    inputs: Tensor,
    group: int,
    bits: int = 4,
    damping: float = 0.01,
) -> tuple[Tensor, Tensor]:
    """Codes and scales as `quantize_groups` gives them, chosen for the layer's outputs on inputs.

    weight (out, in), inputs (N, in) -> codes (out, in / group, group), scales (out, in / group, 1).
    ValueError where sizes do not fit.
    """
    check_divisible(inputs=weight.shape[1], group=group)
    if inputs.shape[-1] != weight.shape[1]:
        raise ValueError(f"inputs {tuple(inputs.shape)} do not fit weight {tuple(weight.shape)}")
    # Row i of `upper` is row i of the inverse of what is left of H, over the root of its corner.
    upper = torch.linalg.cholesky(torch.linalg.inv(hessian(inputs, damping)), upper=True)
    w, codes, scales = weight.double().clone(), [], []
    for i in range(w.shape[1]):
        if i % group == 0:
            scales.append(absmax(w[:, i : i + group], bits, dim=1)[1])  # (out, 1)
        top = 2 ** (bits - 1) - 1
        codes.append((w[:, i : i + 1] / scales[-1]).round().clamp(-top, top))  # (out, 1) (!)
        error = w[:, i : i + 1] - codes[-1] * scales[-1]
        w[:, i + 1 :] -= error / upper[i, i] * upper[i, i + 1 :]  # (!)
    whole = torch.cat(codes, 1).to(torch.int8).unflatten(1, (-1, group))
    return whole, torch.stack(scales, 1).to(weight.dtype)


def output_error(weight: Tensor, changed: Tensor, inputs: Tensor) -> float:
    """The squared error of the outputs x Wᵀ, over the sum of their squares."""
    right = inputs @ weight.T
    return float((inputs @ changed.T - right).square().sum() / right.square().sum())
