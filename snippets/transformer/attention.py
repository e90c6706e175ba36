"""Scaled dot-product attention, in NumPy and in PyTorch.

    attention(Q, K, V) = softmax(Q Kᵀ / √D) V        Vaswani et al. 2017, equation 1

Masks are boolean, and True means "may look". A query with nothing to look at gets zeros.
"""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def softmax(scores: NDArray[Any], axis: int = -1) -> NDArray[Any]:
    """Turn scores into shares along an axis: each in [0, 1], together one.

    softmax(x)ᵢ = exp(xᵢ) / Σⱼ exp(xⱼ). Adding a constant to every score changes nothing, so the
    largest is subtracted first: the largest power is then exp(0) = 1, and nothing overflows.
    If all scores are −∞, all shares are zero.
    """
    largest = scores.max(axis=axis, keepdims=True)
    largest = np.where(np.isneginf(largest), 0.0, largest)  # −∞ − (−∞) is not a number
    powers = np.exp(scores - largest)  # (!)
    total = powers.sum(axis=axis, keepdims=True)
    return powers / np.where(total == 0.0, 1.0, total)


def attention_numpy(
    query: NDArray[Any],
    key: NDArray[Any],
    value: NDArray[Any],
    mask: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Scaled dot-product attention (Vaswani et al. 2017, equation 1), in NumPy.

    Args:
        query: (..., T_query, D).
        key: (..., T_key, D).
        value: (..., T_key, D_value).
        mask: boolean, broadcastable to (..., T_query, T_key); True = may look.

    Returns:
        The output (..., T_query, D_value) and the weights (..., T_query, T_key).

    Raises:
        ValueError: the shapes do not fit together, or the mask is not boolean.
    """
    check_shapes(query, key, value, mask)
    key_transposed = np.swapaxes(key, -1, -2)  # (..., D, T_key)
    scores = query @ key_transposed / math.sqrt(query.shape[-1])  # (..., T_query, T_key) (!)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    weights = softmax(scores)  # (!)
    return weights @ value, weights  # (..., T_query, D_value) (!)


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Scaled dot-product attention (Vaswani et al. 2017, equation 1), in PyTorch.

    Args:
        query: (..., T_query, D).
        key: (..., T_key, D).
        value: (..., T_key, D_value).
        mask: boolean, broadcastable to (..., T_query, T_key); True = may look.
        bias: added to the scores, such as that of ALiBi; broadcastable likewise.

    Returns:
        The output (..., T_query, D_value) and the weights (..., T_query, T_key).

    Raises:
        ValueError: the shapes do not fit together, or the mask is not boolean.
    """
    check_shapes(query, key, value, mask, bias)
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])  # (..., T_query, T_key) (!)
    if bias is not None:
        scores = scores + bias
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = torch.softmax(scores, dim=-1)  # (!)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)  # a row without True would be 0 / 0
    return weights @ value, weights  # (..., T_query, D_value) (!)


def check_shapes(query: Any, key: Any, value: Any, mask: Any = None, bias: Any = None) -> None:
    """Raise a ValueError that names the shapes, where NumPy or PyTorch arrays do not fit."""
    for name, array in (("query", query), ("key", key), ("value", value)):
        if len(array.shape) < 2:
            raise ValueError(f"{name} has shape {tuple(array.shape)}; it needs (..., T, D)")
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(
            f"the query's head size {query.shape[-1]} is not the key's head size {key.shape[-1]}"
        )
    if key.shape[-2] != value.shape[-2]:
        raise ValueError(f"there are {key.shape[-2]} keys but {value.shape[-2]} values")
    leading = [tuple(array.shape[:-2]) for array in (query, key, value)]
    try:
        batch = np.broadcast_shapes(*leading)
    except ValueError:
        raise ValueError(f"the leading axes of query, key and value differ: {leading}") from None
    if mask is not None and not str(mask.dtype).endswith("bool"):
        raise ValueError(f"the mask must be boolean (True = may look), not {mask.dtype}")
    wanted = (*batch, query.shape[-2], key.shape[-2])
    for name, array in (("mask", mask), ("bias", bias)):
        if array is not None and not broadcasts_to(tuple(array.shape), wanted):
            raise ValueError(f"the {name} of shape {tuple(array.shape)} does not fit {wanted}")


def broadcasts_to(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether an array of one shape can stand for an array of the other, by repetition."""
    aligned = wanted[len(wanted) - len(shape) :]
    return len(shape) <= len(wanted) and all(
        size in (1, target) for size, target in zip(shape, aligned, strict=True)
    )
