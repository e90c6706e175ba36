"""The gated delta rule, token by token and in chunks.

    S ← αₜ S        u = βₜ (vₜ − Sᵀ kₜ)        S ← S + kₜ uᵀ        output = Sᵀ qₜ

Yang, Kautz and Hatamizadeh 2024, with tokens as rows. The gate α forgets; the delta rule replaces
what the state would answer to kₜ by vₜ, to the share β.
"""

import torch
from torch import Tensor

from snippets.checks import check_positive
from snippets.modern.efficient_attention.linear_attention import first_state


def recurrent(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    log_decay: Tensor,
    beta: Tensor,
    state: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """One token after the other, with a state of D × D_v numbers.

    Args:
        query: (..., T, D).
        key: (..., T, D), of length 1 each in published models.
        value: (..., T, D_v).
        log_decay: (..., T), ln α: at most 0 in published models.
        beta: (..., T), in [0, 1] in published models.
        state: (..., D, D_v), what an earlier text left; zeros unless given.

    Returns:
        The output (..., T, D_v) and the new state (..., D, D_v).

    Raises:
        ValueError: the shapes do not fit.
    """
    state = first_state(query, key, value, state)
    check_gates(key, log_decay=log_decay, beta=beta)
    outputs = []
    for t in range(query.shape[-2]):
        q, k, v = query[..., t, :], key[..., t, :], value[..., t, :]
        state = state * log_decay[..., t, None, None].exp()
        stored = (k[..., None, :] @ state).squeeze(-2)  # (..., D_v): what it answers to k (!)
        update = beta[..., t, None] * (v - stored)  # (..., D_v) (!)
        state = state + k[..., :, None] * update[..., None, :]  # (..., D, D_v) (!)
        outputs.append((q[..., None, :] @ state).squeeze(-2))
    return torch.stack(outputs, dim=-2), state


def chunked(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    log_decay: Tensor,
    beta: Tensor,
    chunk: int = 64,
    state: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The same in chunks: within each, one triangular system instead of a loop over tokens.

    Arguments and results as of `recurrent`; the last chunk may be shorter than the others. Raises
    ValueError for a chunk below 1, too.
    """
    check_positive(chunk=chunk)
    state = first_state(query, key, value, state)
    check_gates(key, log_decay=log_decay, beta=beta)
    outputs = []
    for start in range(0, query.shape[-2], chunk):
        part = slice(start, start + chunk)
        q, k, v = query[..., part, :], key[..., part, :], value[..., part, :]
        output, state = one_chunk(q, k, v, log_decay[..., part], beta[..., part], state)
        outputs.append(output)
    return torch.cat(outputs, dim=-2), state


def one_chunk(
    q: Tensor, k: Tensor, v: Tensor, log_decay: Tensor, beta: Tensor, state: Tensor
) -> tuple[Tensor, Tensor]:
    """All tokens of a chunk at once: the output and the new state."""
    since = log_decay.cumsum(dim=-1)  # (..., t): ln of the decay since the chunk began
    fade = (since[..., :, None] - since[..., None, :]).tril().exp().tril()  # (..., t, t): j to i
    old, rate = since.exp()[..., None], beta[..., None]  # (..., t, 1)

    system = (rate * (k @ k.transpose(-2, -1)) * fade).tril(-1)  # (..., t, t)
    wanted = rate * (v - old * (k @ state))  # (..., t, D_v)
    updates = torch.linalg.solve_triangular(  # of system + identity (!)
        system, wanted, upper=False, unitriangular=True
    )
    scores = (q @ k.transpose(-2, -1)) * fade  # (..., t, t): future ones are 0
    output = old * (q @ state) + scores @ updates  # (..., t, D_v) (!)
    left = (since[..., -1:] - since).exp()[..., None]  # (..., t, 1): decay until the chunk's end
    return output, old[..., -1:, :] * state + (left * k).transpose(-2, -1) @ updates  # (!)


def check_gates(key: Tensor, **gates: Tensor) -> None:
    """Raise a ValueError unless each gate has one number per token: (..., T)."""
    for name, gate in gates.items():
        if gate.shape != key.shape[:-1]:
            raise ValueError(
                f"{name} has shape {tuple(gate.shape)}; it needs {tuple(key.shape[:-1])}"
            )
