"""Beam search: keep the few likeliest texts so far, and let each of them grow."""

from collections.abc import Sequence

import torch
from torch import Tensor

from snippets.checks import check_positive
from snippets.inference.generation import check_prompt, evaluation_mode
from snippets.transformer.minigpt import MiniGPT, device_of


@torch.no_grad()
def beam_search(
    model: MiniGPT, ids: Sequence[int] | Tensor, max_new_tokens: int, width: int
) -> list[tuple[list[int], float]]:
    """The `width` likeliest continuations that a search of this width finds, the best first.

    Each comes as (prompt and new ids, ln of the probability of the new ones). Width 1 is greedy.
    It looks for one text with a high probability as a whole, where sampling draws a text *with*
    its probability. Raises ValueError for an empty prompt, a width below 1, a negative number of
    tokens, or more tokens than fit the context.
    """
    beams = torch.tensor([check_prompt(model, ids, max_new_tokens)], device=device_of(model))
    check_positive(width=width)
    length = beams.shape[1] + max_new_tokens
    if length > model.config.context:
        raise ValueError(f"{length} tokens are more than the context={model.config.context}")
    scores = beams.new_zeros(1, dtype=torch.float)
    with evaluation_mode(model):
        for _ in range(max_new_tokens):
            steps = model(beams)[:, -1].log_softmax(-1)  # (beams, V)
            totals = (scores[:, None] + steps).flatten()  # (beams · V,): every text one longer
            scores, places = totals.topk(min(width, len(totals)))
            parents = places // steps.shape[1]  # which beam it continues
            tokens = places % steps.shape[1]  # and with which token
            beams = torch.cat([beams[parents], tokens[:, None]], dim=1)  # (beams, T + 1)
    return [(beam.tolist(), score.item()) for beam, score in zip(beams, scores, strict=True)]
