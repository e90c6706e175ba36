"""Attention in blocks of queries and keys: exact, and never with the whole table of weights.

What FlashAttention computes (Dao et al. 2022, algorithm 1), with the loops in the order of
FlashAttention-2 (Dao 2023, algorithm 1): queries outside, keys inside.
"""

import math

import torch
from torch import Tensor

from snippets.checks import check_positive
from snippets.transformer.attention import check_shapes


def blockwise_attention(
    query: Tensor, key: Tensor, value: Tensor, block: int = 64, causal: bool = False
) -> Tensor:
    """Attention in squares of `block` queries × `block` keys: the same numbers but for rounding.

    Args:
        query: (..., T_query, D).
        key: (..., T_key, D).
        value: (..., T_key, D_value).
        block: queries, and keys, at a time; the last of each may be fewer.
        causal: whether a query may look only at keys up to its own place, where the last query and
            the last key have the same place. Blocks of keys that nobody may see are skipped.

    Returns:
        The output (..., T_query, D_value).

    Raises:
        ValueError: shapes that do not fit, no keys, a block below 1, or, with `causal`, more
            queries than keys: the first would have nothing to look at.
    """
    check_shapes(query, key, value)
    check_positive(block=block)
    (queries, D), keys = query.shape[-2:], key.shape[-2]
    if keys < (queries if causal else 1):
        raise ValueError(f"{queries} queries have only {keys} keys to look at")
    outputs = []
    for start in range(0, queries, block):
        some = query[..., start : start + block, :] / math.sqrt(D)  # (..., b, D)
        first = start + keys - queries  # the place of the first of these queries
        seen = first + some.shape[-2] if causal else keys
        row = key[..., :seen, :], value[..., :seen, :]  # what comes later is never touched (!)
        outputs.append(block_of_queries(some, *row, block, first if causal else keys))
    return torch.cat(outputs, dim=-2)  # (..., T_query, D_value)


def block_of_queries(query: Tensor, key: Tensor, value: Tensor, block: int, first: int) -> Tensor:
    """Attention of a few queries (..., b, D), already divided by √D, over keys in blocks.

    Query i of them may look at keys up to `first` + i. Kept per query: the largest score so far,
    the sum of the powers, and the values weighted by the powers.
    """
    largest, total, mixed = torch.tensor(-math.inf), torch.tensor(0.0), torch.tensor(0.0)
    places = first + torch.arange(query.shape[-2], device=query.device)[:, None]  # (b, 1)
    for start in range(0, key.shape[-2], block):
        some, values = key[..., start : start + block, :], value[..., start : start + block, :]
        scores = query @ some.transpose(-2, -1)  # (..., b, block) (!)
        if start + some.shape[-2] > first + 1:  # the diagonal runs through this square
            seen = start + torch.arange(some.shape[-2], device=query.device) <= places  # (b, block)
            scores = scores.masked_fill(~seen, -math.inf)
        new = torch.maximum(largest, scores.amax(dim=-1, keepdim=True))  # (..., b, 1)
        shrink, powers = (largest - new).exp(), (scores - new).exp()
        total = shrink * total + powers.sum(dim=-1, keepdim=True)  # (..., b, 1)
        mixed = shrink * mixed + powers @ values  # (..., b, D_value) (!)
        largest = new
    return mixed / total
