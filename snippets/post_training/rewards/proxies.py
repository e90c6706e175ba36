"""What becomes of a true reward when something else is maximised, and what raters' choices say."""

from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from snippets.checks import check_positive


def best_of_n_kl(n: int) -> float:
    """How far the best of n lies from one sample: ln n − (n − 1) / n, in nats.

    Exact where no two answers score alike, otherwise a bound (Beirami et al. 2024). ValueError for
    n below 1.
    """
    check_positive(n=n)
    return log(n) - (n - 1) / n


class Fitted(NamedTuple):
    """What explains choices: a weight for each feature, and the standard error of each, (F,)."""

    weights: Tensor
    errors: Tensor


def fit_choices(differences: Tensor, steps: int = 20) -> Fitted:
    """Weights w with P(chosen) = σ(w · difference), the likeliest ones for these choices.

    Args:
        differences: (N, F), the features of what was chosen less those of what was not.
        steps: of Newton's method.

    Bradley and Terry's model, with a utility that is a sum of weighted features. ValueError for
    fewer choices than features, or where no finite weights are the likeliest.
    """
    if differences.ndim != 2 or len(differences) < differences.shape[1]:
        raise ValueError(f"differences {tuple(differences.shape)} must be (N, F), N at least F")
    x = differences.double()
    w = x.new_zeros(x.shape[1])
    curvature = torch.eye(x.shape[1], dtype=x.dtype)
    for _ in range(steps):
        p = (x @ w).sigmoid()  # (N,)
        curvature = x.T @ ((p * (1 - p))[:, None] * x)  # (F, F)
        try:
            w = w + torch.linalg.solve(curvature, x.T @ (1 - p))  # (!)
        except RuntimeError as error:  # a feature that never differs, or decides every choice
            raise ValueError("these choices have no likeliest weights") from error
    if not w.isfinite().all() or w.abs().max() > 15:
        raise ValueError("these choices have no likeliest weights")
    return Fitted(w, torch.linalg.inv(curvature).diagonal().sqrt())


def share_of_first(gap: Tensor, beta: float) -> Tensor:
    """How often the best policy at the price β gives the first of two answers.

    σ(gap / β), where the reference gives both alike and their rewards differ by the gap. ValueError
    for a price that is not above 0.
    """
    check_positive(beta=float(beta))
    return (gap / beta).sigmoid()
