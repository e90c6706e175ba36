"""Speculative decoding: a cheap draft runs ahead, and the model checks it in a single pass.

What comes out is distributed as if the model had drawn every token itself (Leviathan, Kalman and
Matias 2023, algorithm 1).
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from snippets.checks import check_positive
from snippets.foundations.ngrams.ngram import run_codes
from snippets.inference.generation import check_prompt, evaluation_mode
from snippets.inference.sampling import seeded
from snippets.transformer.minigpt import MiniGPT, device_of

# From the ids so far to the probabilities of the next one (V,).
Draft = Callable[[Sequence[int]], Tensor]


def counted(ids: Sequence[int] | Tensor, order: int, vocab_size: int) -> Draft:
    """A draft that looks up how often each token followed the `order` - 1 tokens before it.

    A shorter history is looked up as if id 0 came before it. The table has V^order numbers. Raises
    ValueError for an order below 1, or fewer ids than that.
    """
    text = torch.as_tensor(ids, device="cpu")
    if not 1 <= order <= len(text):
        raise ValueError(f"order={order} must be from 1 to the {len(text)} ids")
    runs = torch.from_numpy(run_codes(text.numpy(), order, vocab_size))
    counts = torch.bincount(runs, minlength=vocab_size**order).view(-1, vocab_size) + 0.05
    table = counts / counts.sum(dim=-1, keepdim=True)  # (V^(order - 1), V): nothing is impossible
    places = [vocab_size**k for k in range(order - 1)]  # as in run_codes, the last id first

    def draft(ids: Sequence[int]) -> Tensor:
        return table[sum(i * place for i, place in zip(reversed(ids), places, strict=False))]

    return draft


def draw(weights: Tensor, generator: torch.Generator | None = None) -> int:
    """A token, drawn in proportion to its weight: (V,), not negative, not all zero."""
    return int(torch.multinomial(weights, 1, generator=generator))


def accepted(
    p: Sequence[Tensor] | Tensor,
    q: Sequence[Tensor] | Tensor,
    drafted: Sequence[int],
    generator: torch.Generator | None = None,
) -> list[int]:
    """The drafted tokens that stand, and one more: 1 to n + 1 tokens, distributed as p says.

    Args:
        p: the model's probabilities (V,) at the place of each of the n drafted tokens, and at the
            place after the last: (n + 1, V).
        q: the probabilities that each of them was drawn with, (n, V).
        drafted: the n tokens.
        generator: where chance comes from; without one, PyTorch's own.
    """
    for i, token in enumerate(drafted):
        if torch.rand((), generator=generator) * q[i][token] < p[i][token]:  # (!)
            continue
        rest = (p[i] - q[i]).clamp(min=0)  # what the draft gave too little (!)
        # where p and q differ by rounding alone, nothing may be left
        return [*drafted[:i], draw(rest if rest.any() else p[i], generator)]
    return [*drafted, draw(p[-1], generator)]


def speculate(
    model: MiniGPT,
    draft: Draft,
    ids: Sequence[int] | Tensor,
    max_new_tokens: int,
    *,
    ahead: int = 4,
    seed: int | None = None,
) -> Iterator[list[int]]:
    """Yields the new tokens of each pass of the model: from 1 to `ahead` + 1 of them.

    Together they are `max_new_tokens`, distributed as those of `generate`, whatever the draft is.
    Raises ValueError as `generate` does, for an `ahead` below 1, or where all tokens together are
    more than the context.
    """
    ids, generator = check_prompt(model, ids, max_new_tokens), seeded(seed)
    check_positive(ahead=ahead)
    end = len(ids) + max_new_tokens
    if end > model.config.context:
        raise ValueError(f"{end} tokens are more than the context={model.config.context}")
    cache = model.new_cache() if model.can_cache else None  # a token shift allows none
    while len(ids) < end:
        drafted: list[int] = []
        q: list[Tensor] = []
        for _ in range(min(ahead, end - len(ids) - 1)):
            q.append(draft([*ids, *drafted]).cpu())  # where chance is
            drafted.append(draw(q[-1], generator))
        seen = cache[0].length if cache else 0  # without a cache, all is read in each pass
        new = torch.tensor([ids[seen:] + drafted], device=device_of(model))
        with torch.inference_mode(), evaluation_mode(model):
            logits = model(new, cache=cache)[0, -1 - len(drafted) :]  # (n + 1, V)
        kept = accepted(logits.softmax(-1).cpu(), q, drafted, generator)
        ids += kept
        for layer in cache or []:
            layer.length = len(ids) - 1  # forget what was rejected; the last is not read yet (!)
        yield kept
