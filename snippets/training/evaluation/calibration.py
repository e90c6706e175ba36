"""Is what a model holds for 80% likely right in 80 of 100 cases?"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn import functional as F


# --8<-- [start:reliability]
class Reliability(NamedTuple):
    """Of the bins that hold predictions: mean confidence, accuracy, and how many, each (bins,)."""

    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    sizes: NDArray[np.int64]


def reliability(confidence: ArrayLike, right: ArrayLike, bins: int = 10) -> Reliability:
    """Sorts predictions into `bins` of equal width by confidence, and compares.

    Args:
        confidence: (N,) the probability of the likeliest token, in [0, 1].
        right: (N,) whether that token came.
        bins: into how many parts [0, 1] is cut.

    Raises:
        ValueError: nothing to sort, a confidence outside [0, 1], or shapes that differ.
    """
    p, hit = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    if p.shape != hit.shape or p.ndim != 1 or not len(p) or p.min() < 0 or p.max() > 1:
        raise ValueError(f"{p.shape} confidences in [0, 1] and {hit.shape} answers expected alike")
    place = np.minimum((p * bins).astype(int), bins - 1)
    sizes = np.bincount(place, minlength=bins)
    held = sizes > 0
    sums = [np.bincount(place, weights=x, minlength=bins)[held] for x in (p, hit)]
    return Reliability(sums[0] / sizes[held], sums[1] / sizes[held], sizes[held])


def calibration_error(found: Reliability) -> float:
    """The mean distance of accuracy from confidence, over all predictions (Naeini et al. 2015)."""
    distance = abs(found.confidence - found.accuracy)  # (!)
    return float((distance * found.sizes).sum() / found.sizes.sum())


# --8<-- [end:reliability]


def best_temperature(logits: Tensor, targets: Tensor) -> float:
    """The temperature τ for which softmax(logits / τ) gives targets the lowest loss.

    Args:
        logits: (N, V).
        targets: (N,) ids.

    The loss is convex in 1/τ, so the place between 0.05 and 20 where its slope is zero is found by
    halving. Raises ValueError where there are no tokens.
    """
    if not len(logits) or logits.shape[:1] != targets.shape:
        raise ValueError(f"logits {tuple(logits.shape)} and targets {tuple(targets.shape)}")
    low, high = 0.05, 20.0  # of 1/τ
    right = logits.gather(-1, targets[:, None])[:, 0]
    for _ in range(40):
        middle = (low * high) ** 0.5
        expected = (F.softmax(middle * logits, dim=-1) * logits).sum(-1)
        slope = float((expected - right).mean())
        low, high = (low, middle) if slope > 0 else (middle, high)
    return 1 / middle


@torch.no_grad()
def next_token_logits(model: torch.nn.Module, ids: Tensor, context: int) -> Tensor:
    """The logits for each token of ids (N,) that follows a whole or partial context: (M, V).

    The text is read a context at a time, and what doesn't fill one at the end is left out, so M is
    the largest multiple of `context` below N.
    """
    count = (len(ids) - 1) // context
    if count < 1:
        raise ValueError(f"{len(ids)} tokens don't fill a context of {context}")
    pieces = ids[: count * context].view(count, context)
    said = [model(piece).float() for piece in pieces.split(64)]
    return torch.cat(said).flatten(0, 1)
