"""Slopes and steps: how a loss answers when weights move, and the walk down that follows.

A loss here is any function that takes a tensor of weights and returns a tensor of one number.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from snippets.checks import check_positive

Loss = Callable[[Tensor], Tensor]


def numerical_gradient(loss: Loss, weights: Tensor, nudge: float = 1e-5) -> Tensor:
    """The slope of the loss in each weight, by nudging one after the other: (…), as the weights.

    Each weight is moved up and down by ``nudge``, so n weights take 2n losses. Where the slope
    itself changes, half of the change lies on either side, and cancels.

    Raises:
        ValueError: the nudge is not above 0, or the weights don't have 64 bits: with fewer, the
            difference of two losses is mostly rounding.
    """
    check_positive(nudge=nudge)
    if weights.dtype != torch.float64:
        raise ValueError(f"weights are {weights.dtype}; nudging needs torch.float64")
    weights = weights.detach()
    slopes = []
    for place in range(weights.numel()):
        step = torch.zeros_like(weights)
        step.view(-1)[place] = nudge
        slopes.append((loss(weights + step) - loss(weights - step)).item() / (2 * nudge))
    return torch.tensor(slopes, dtype=torch.float64).reshape(weights.shape)


def gradient_descent(loss: Loss, start: Tensor, rate: float, steps: int) -> Tensor:
    """Where the weights are after 0, 1, 2, … steps downhill: (steps + 1, …), the start first.

    Raises:
        ValueError: the rate is not above 0, or the number of steps is below 0.
    """
    check_positive(rate=rate)
    if steps < 0:
        raise ValueError(f"steps={steps} must be at least 0")
    path = [start.detach()]
    for _ in range(steps):
        weights = path[-1].clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(weights), weights)  # (…): a slope per weight
        path.append(path[-1] - rate * gradient)
    return torch.stack(path)
