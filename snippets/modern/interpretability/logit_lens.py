"""The logit lens: read a model's guess in the middle of it, with the head that reads its end."""

import torch
from torch import Tensor

from snippets.modern.interpretability.hooks import activations
from snippets.transformer.minigpt import MiniGPT


@torch.no_grad()
def logit_lens(model: MiniGPT, ids: Tensor) -> Tensor:
    """The logits that the last norm and the head make of the stream before each layer.

    ids (B, T) -> (L + 1, B, T, V); the last of them are the model's own (nostalgebraist 2020).
    """
    streams = activations(model, ids, "stream")  # (L + 1, B, T, C)
    return torch.stack([model.head(model.norm(stream)) for stream in streams])  # (!)


def divergence(logits: Tensor, last: Tensor) -> Tensor:
    """By how many nats the guess falls short of the last one: KL(last ‖ guess), (..., V) -> (...).

    How much more surprised the guess is on average, where tokens are drawn from the last one.
    ValueError where the sizes of the vocabularies differ.
    """
    if logits.shape[-1] != last.shape[-1]:
        raise ValueError(f"{logits.shape[-1]} logits can't be compared with {last.shape[-1]}")
    p, q = last.log_softmax(-1), logits.log_softmax(-1)
    return (p.exp() * (p - q)).sum(-1)
