"""Masked diffusion: a language model that looks both ways and fills in hidden tokens, in any order.

Sahoo et al. 2024 (MDLM) and Nie et al. 2025 (LLaDA). Here a `MiniGPT` without a causal mask, whose
vocabulary has one token more: the last id stands for a hidden token.
"""

from collections.abc import Callable
from itertools import combinations, permutations
from math import comb, exp, factorial

import torch
from torch import Tensor
from torch.nn import functional as F

from snippets.checks import check_positive
from snippets.transformer.minigpt import MiniGPT

# From ids with hidden tokens (B, T) to log-probabilities of the tokens that stand there (B, T, V).
Denoiser = Callable[[Tensor], Tensor]


# --8<-- [start:loss]
def denoiser(model: MiniGPT) -> Denoiser:
    """The model as one that looks both ways, and never guesses that a token is hidden."""

    def log_probabilities(ids: Tensor) -> Tensor:
        T = ids.shape[1]
        everywhere = torch.ones(T, T, dtype=torch.bool, device=ids.device)  # no causal mask (!)
        return model(ids, mask=everywhere)[..., :-1].log_softmax(-1)  # (B, T, V)

    return log_probabilities


def hide(
    ids: Tensor, share: Tensor, mask_id: int, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Hides each token of ids (B, T) with its row's probability `share` (B,), between 0 and 1.

    Returns the ids with `mask_id` in places, and these places, both (B, T).
    """
    if share.shape != ids.shape[:1]:
        raise ValueError(f"share has shape {tuple(share.shape)}; ids (B, T) are {tuple(ids.shape)}")
    if not bool(((share >= 0) & (share <= 1)).all()):
        raise ValueError(f"share={share.tolist()} holds numbers outside [0, 1]")
    hidden = torch.rand(ids.shape, generator=generator).to(ids.device) < share[:, None]  # (B, T)
    return ids.masked_fill(hidden, mask_id), hidden


def diffusion_loss(log_p: Tensor, ids: Tensor, hidden: Tensor, share: Tensor) -> Tensor:
    """Mean over the batch of 1/(tT) Σ −ln p(token), summed over hidden tokens: nats per token.

    For log_p (B, T, V), true ids and places (B, T), and shares t (B,) drawn evenly from (0, 1] it
    estimates an upper bound of −ln p(ids) / T (Nie et al. 2025, equation 3; Sahoo et al. 2024).
    """
    if not bool((share > 0).all()):
        raise ValueError(f"share={share.tolist()} must be above 0: the loss divides by it")
    missed = F.nll_loss(log_p.flatten(0, 1), ids.flatten(), reduction="none").view(ids.shape)
    return ((missed * hidden).sum(dim=1) / share).mean() / ids.shape[1]  # (!)
    # --8<-- [end:loss]


@torch.no_grad()
def estimated_bound(
    denoise: Denoiser, ids: Tensor, mask_id: int, given: int = 0, seed: int = 0
) -> Tensor:
    """An estimate of the bound for each text (B, T), in nats per token that is not given: (B,).

    Of the n tokens after the first `given`, k are hidden, with k spread evenly over 1..n from row
    to row. The mean over these k needs no weight: 1/t and the chance of k cancel.
    """
    B, T = ids.shape
    n = T - given
    if not 0 <= given < T:
        raise ValueError(f"given={given} is not within 0..{T - 1}")
    chance = torch.Generator().manual_seed(seed)
    even = (torch.arange(B) + torch.rand(B, generator=chance)) / B  # (B,), spread over [0, 1)
    counts = 1 + (even[torch.randperm(B, generator=chance)] * n).long().clamp(max=n - 1)
    ranks = torch.rand(B, n, generator=chance).argsort(dim=1).argsort(dim=1)  # (B, n)
    hidden = F.pad(ranks < counts[:, None], (given, 0)).to(ids.device)  # exactly k in each row
    log_p = denoise(ids.masked_fill(hidden, mask_id))
    missed = -log_p.gather(-1, ids[..., None]).squeeze(-1)  # (B, T)
    return (missed * hidden).sum(dim=1) / counts.to(ids.device)  # (!)


# --8<-- [start:exact]
@torch.no_grad()
def exact_bound(denoise: Denoiser, ids: Tensor, mask_id: int) -> float:
    """The bound of one short text (T,), in nats: all 2^T − 1 ways to hide tokens, weighted."""
    T = short(ids)
    total = 0.0
    for k in range(1, T + 1):
        for places in combinations(range(T), k):
            seen = ids.clone()
            seen[list(places)] = mask_id
            log_p = denoise(seen[None])[0]  # (T, V)
            missed = -sum(float(log_p[i, ids[i]]) for i in places)
            total += missed / (k * comb(T, k))  # ∫ t^(k-1) (1-t)^(T-k) dt (!)
    return total


@torch.no_grad()
def exact_likelihood(denoise: Denoiser, ids: Tensor, mask_id: int) -> float:
    """The chance that a text (T,) is written, one token at a time, in an order drawn at random."""
    T = short(ids)
    total = 0.0
    for order in permutations(range(T)):
        seen, log_p = torch.full_like(ids, mask_id), 0.0
        for i in order:
            log_p += float(denoise(seen[None])[0, i, ids[i]])
            seen[i] = ids[i]
        total += exp(log_p)
    return total / factorial(T)


# --8<-- [end:exact]


def short(ids: Tensor) -> int:
    """The length of one text of ids; ValueError where all of its orders are too many to try."""
    if ids.ndim != 1 or not 1 <= len(ids) <= 8:
        raise ValueError(f"ids have shape {tuple(ids.shape)}; they need (T,) with T from 1 to 8")
    return len(ids)


@torch.no_grad()
def fill(
    denoise: Denoiser,
    ids: Tensor,
    mask_id: int,
    steps: int,
    order: str = "random",
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Replaces the hidden tokens of ids (B, T), equally many at each step, and as many per row.

    `order` says which: "random", "left" (the leftmost), or "confident" (those whose drawn token
    has the highest probability; Nie et al. 2025, section 2.4). At a temperature of 0 the likeliest
    token is taken. ValueError for an unknown order, rows of which one hides more than another, or
    more steps than hidden tokens.
    """
    counts = (ids == mask_id).sum(dim=1)
    check_fill(counts, steps, order, temperature)
    remaining = int(counts[0])
    for step in range(steps):
        hidden = ids == mask_id  # (B, T)
        log_p = denoise(ids)  # (B, T, V)
        if temperature == 0:
            drawn = log_p.argmax(dim=-1)  # (B, T)
        else:
            p = (log_p / temperature).softmax(dim=-1).flatten(0, 1).cpu()  # the generator's device
            drawn = p.multinomial(1, generator=generator).view(ids.shape).to(ids.device)
        score = torch.rand(ids.shape, generator=generator).to(ids.device)  # (B, T)
        if order == "left":
            score = -torch.arange(ids.shape[1], device=ids.device).expand(ids.shape).float()
        if order == "confident":
            score = log_p.gather(-1, drawn[..., None]).squeeze(-1)
        count = -(-remaining // (steps - step))  # what is left, in equal portions
        chosen = score.masked_fill(~hidden, -torch.inf).topk(count, dim=1).indices  # (B, count)
        ids = ids.scatter(1, chosen, drawn.gather(1, chosen))  # (!)
        remaining -= count
    return ids


def check_fill(counts: Tensor, steps: int, order: str, temperature: float) -> None:
    """Raise a ValueError where the arguments of `fill` do not fit together."""
    if order not in ("random", "left", "confident"):
        raise ValueError(f"order={order!r} is none of random, left, confident")
    if not 0 <= temperature < torch.inf:
        raise ValueError(f"temperature={temperature} must be at least 0, and finite")
    if bool((counts != counts[0]).any()):
        raise ValueError(f"rows hide {counts.tolist()} tokens: all need equally many")
    check_positive(steps=steps)
    if steps > counts[0]:
        raise ValueError(f"steps={steps} are more than the {int(counts[0])} hidden tokens")
