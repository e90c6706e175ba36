"""Ablation: take a part of a model away while it runs, and see what its predictions lose.

In place of what the part would have said comes zero, or what it says on average.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor

from snippets.modern.interpretability.head_scores import slice_of
from snippets.modern.interpretability.hooks import activations, edited
from snippets.transformer.minigpt import MiniGPT, next_token_loss

Head = tuple[int, int]  # layer, head


def means(model: MiniGPT, ids: Tensor, part: str) -> Tensor:
    """What a part says on average over all positions of ids (B, T), by layer: (L, C)."""
    return activations(model, ids, part).mean((1, 2))


@contextmanager
def ablate_heads(model: MiniGPT, *heads: Head, instead: Tensor | None = None) -> Iterator[None]:
    """Within it, heads say zero or, where `instead` (L, C) is given, their part of its rows.

    ValueError for a layer or head that the model does not have.
    """
    with ExitStack() as stack:
        for layer, head in heads:
            here = slice_of(model, layer, head)

            def silence(x: Tensor, here: slice = here, layer: int = layer) -> Tensor:
                x = x.clone()  # (B, T, C): the heads side by side
                x[..., here] = 0.0 if instead is None else instead[layer, here]  # (!)
                return x

            stack.enter_context(edited(model, "heads", layer, silence))
        yield


@contextmanager
def ablate_part(
    model: MiniGPT, part: str, layer: int, instead: Tensor | None = None
) -> Iterator[None]:
    """Within it, a sublayer adds zero to the stream or, where given, its row of `instead` (L, C).

    ValueError where the part is neither attention nor feed_forward, or for an unknown layer.
    """
    if part not in ("attention", "feed_forward"):
        raise ValueError(f"part={part!r} is neither attention nor feed_forward")

    def silence(x: Tensor) -> Tensor:
        return torch.zeros_like(x) if instead is None else instead[layer].expand_as(x)

    with edited(model, part, layer, silence):
        yield


@torch.no_grad()
def loss_of(model: MiniGPT, inputs: Tensor, targets: Tensor) -> float:
    """The mean loss on windows of text, (B, T) each, in nats per token."""
    return next_token_loss(model(inputs), targets).item()
