"""Attention without the softmax, in three orders of computing the same.

    output_t = Σ_{s ≤ t} (q_t · k_s) v_s        causal; Katharopoulos et al. 2020

Queries and keys come as they are: a feature map, if there is one, has been applied.
"""

import torch
from torch import Tensor

from snippets.checks import check_positive


def parallel(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """All at once, with a table of T × T: (..., T, D), (..., T, D), (..., T, D_v) -> (..., T, D_v).

    Raises ValueError where the shapes do not fit.
    """
    check_sequences(query, key, value)
    scores = (query @ key.transpose(-2, -1)).tril()  # (..., T, T): no softmax (!)
    return scores @ value


def recurrent(
    query: Tensor, key: Tensor, value: Tensor, state: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """One token after the other, with a state of D × D_v numbers.

    Shapes as of `parallel`; `state` (..., D, D_v) is what an earlier text left. Returns the output
    and the new state. Raises ValueError where the shapes do not fit.
    """
    state = first_state(query, key, value, state)
    outputs = []
    for q, k, v in zip(*(x.unbind(dim=-2) for x in (query, key, value)), strict=True):
        state = state + k[..., :, None] * v[..., None, :]  # (..., D, D_v) (!)
        outputs.append((q[..., None, :] @ state).squeeze(-2))  # (..., D_v) (!)
    return torch.stack(outputs, dim=-2), state


def chunked(
    query: Tensor, key: Tensor, value: Tensor, chunk: int = 64, state: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Parallel within chunks, recurrent from chunk to chunk; the last chunk may be shorter.

    Arguments and results as of `recurrent`. Raises ValueError for a chunk below 1, too.
    """
    check_positive(chunk=chunk)
    state = first_state(query, key, value, state)
    outputs = []
    for q, k, v in zip(*(x.split(chunk, dim=-2) for x in (query, key, value)), strict=True):
        outputs.append(q @ state + parallel(q, k, v))  # what was before, and what is within (!)
        state = state + k.transpose(-2, -1) @ v  # (..., D, D_v) (!)
    return torch.cat(outputs, dim=-2), state


def check_sequences(query: Tensor, key: Tensor, value: Tensor) -> None:
    """Raise a ValueError unless there are as many queries as keys and values, at least one."""
    shapes = [tuple(x.shape) for x in (query, key, value)]
    lengths = {shape[:-1] for shape in shapes}
    if min(map(len, shapes)) < 2 or len(lengths) > 1 or shapes[0] != shapes[1] or not shapes[0][-2]:
        raise ValueError(f"query, key and value are {shapes}; they need (..., T, D), T alike")


def first_state(query: Tensor, key: Tensor, value: Tensor, state: Tensor | None) -> Tensor:
    """The state to begin with: zeros (..., D, D_v), or what is given, if the shapes fit."""
    check_sequences(query, key, value)
    wanted = (*key.shape[:-2], key.shape[-1], value.shape[-1])
    if state is None:
        return value.new_zeros(wanted)
    if tuple(state.shape) != wanted:
        raise ValueError(f"the state of shape {tuple(state.shape)} does not fit {wanted}")
    return state
