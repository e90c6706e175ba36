"""Choosing the next token: filters for logits, and the draw.

Filters take logits (..., V) and give logits back, with −∞ for a token that is ruled out, so they
can be chained.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def apply_temperature(logits: Tensor, temperature: float) -> Tensor:
    """Divides logits by the temperature: below 1, likely tokens get likelier; above 1, less so.

    0 is the limit from above: only the most likely token is left (the first of equals), which is
    greedy decoding. Raises ValueError for a negative temperature.
    """
    if not 0 <= temperature < float("inf"):
        raise ValueError(f"temperature={temperature} must be at least 0, and finite")
    if temperature == 0:
        return keep_top_k(logits, 1)
    if temperature == 1:
        return logits
    # Shifting all logits alike changes no probability, and keeps a small divisor from overflowing.
    return (logits - logits.amax(dim=-1, keepdim=True)) / temperature  # (!)


def keep_top_k(logits: Tensor, k: int) -> Tensor:
    """Keeps the k most likely tokens; all, where k is the size of the vocabulary or more.

    Fan et al. 2018, section 5.4. Of equal logits the first are kept. Raises ValueError for k < 1.
    """
    if k < 1:
        raise ValueError(f"top_k={k} must be at least 1")
    order = logits.sort(dim=-1, descending=True, stable=True).indices  # (..., V)
    return logits.scatter(-1, order[..., k:], -torch.inf)  # (!)


def shares(logits: Tensor) -> Tensor:
    """The probabilities (..., V), in float32 or better.

    Half precision has three digits: in a sum over a vocabulary, most tokens would be lost.
    """
    return logits.softmax(dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))


def keep_top_p(logits: Tensor, p: float) -> Tensor:
    """Keeps the fewest tokens, likeliest first, whose probabilities sum to p or more.

    So the token that crosses p stays, and at least one always does (Holtzman et al. 2020,
    equation 2, called nucleus sampling). Raises ValueError unless 0 < p <= 1.
    """
    if not 0 < p <= 1:
        raise ValueError(f"top_p={p} must be above 0 and at most 1")
    if p == 1:  # the sum below can miss 1 by rounding
        return logits
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)  # (..., V)
    probabilities = shares(ordered)
    before = probabilities.cumsum(dim=-1) - probabilities  # the sum of all likelier tokens
    ordered = ordered.masked_fill(before >= p, -torch.inf)  # (!)
    return torch.empty_like(logits).scatter(-1, order, ordered)  # back in the vocabulary's order


def keep_min_p(logits: Tensor, p: float) -> Tensor:
    """Keeps tokens at least p times as likely as the likeliest (Nguyen et al. 2024).

    Raises ValueError unless 0 <= p <= 1.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"min_p={p} must be at least 0 and at most 1")
    probabilities = shares(logits)
    least = p * probabilities.amax(dim=-1, keepdim=True)
    return logits.masked_fill(probabilities < least, -torch.inf)  # (!)


def penalize_repetition(logits: Tensor, ids: Sequence[int], penalty: float) -> Tensor:
    """Makes tokens that already occur in ids less likely: logits (V,), a penalty above 1.

    A positive logit is divided by the penalty and a negative one multiplied by it (Keskar et al.
    2019, section 4.1, which divides both). Raises ValueError unless the penalty is positive.
    """
    if not penalty > 0:
        raise ValueError(f"repetition_penalty={penalty} must be above 0")
    seen = torch.tensor(sorted(set(ids)), dtype=torch.long, device=logits.device)
    scores = logits[seen]
    result = logits.clone()
    result[seen] = torch.where(scores > 0, scores / penalty, scores * penalty)
    return result


def draw(logits: Tensor, at: Tensor) -> Tensor:
    """The token that lies at a place of the line: logits (..., V), at (...) -> ids (...).

    Lay the tokens' probabilities end to end, and they fill the line from 0 to 1. Where the place is
    random and uniform in [0, 1), a token is hit as often as its probability says.
    """
    ends = shares(logits).cumsum(dim=-1)  # (..., V): where each token's piece ends
    place = at.to(ends.device)[..., None] * ends[..., -1:]  # the last end can miss 1 by rounding
    return torch.searchsorted(ends, place, right=True)[..., 0]  # the first that ends behind it (!)


def choose_each(
    logits: Tensor,
    texts: Sequence[Sequence[int]],
    generators: Sequence[torch.Generator | None],
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    repetition_penalty: float | None = None,
) -> list[int]:
    """The next token of each of B texts, from logits (B, V), after the filters asked for.

    Each row draws with a generator of its own, so that no text depends on its neighbours. Raises
    ValueError where an argument is out of its range, or logits are not numbers.
    """
    if logits.isnan().any():
        raise ValueError("the model's logits are not numbers (NaN): did its training diverge?")
    if repetition_penalty is not None:
        rows = zip(logits, texts, strict=True)
        logits = torch.stack([penalize_repetition(*row, repetition_penalty) for row in rows])
    logits = apply_temperature(logits, temperature)
    if top_k is not None:
        logits = keep_top_k(logits, top_k)
    if top_p is not None:
        logits = keep_top_p(logits, top_p)
    if min_p is not None:
        logits = keep_min_p(logits, min_p)
    if temperature == 0:
        return logits.argmax(dim=-1).tolist()  # nothing to draw
    at = torch.stack([torch.rand((), generator=generator) for generator in generators])  # (B,)
    return draw(logits, at).tolist()


# --8<-- [start:choose]
def seeded(seed: int | None) -> torch.Generator | None:
    """A random generator with this seed; None without a seed, which stands for PyTorch's own."""
    return None if seed is None else torch.Generator().manual_seed(seed)


def choose(
    logits: Tensor, ids: Sequence[int], generator: torch.Generator | None = None, **filters: Any
) -> int:
    """The next token of one text, from logits (V,); filters as in `choose_each`."""
    return choose_each(logits[None], [ids], [generator], **filters)[0]


# --8<-- [end:choose]
