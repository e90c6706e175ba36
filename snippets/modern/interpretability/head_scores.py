"""Numbers for what attention heads do: look one back, find what came next, copy, work together."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from snippets.modern.interpretability.hooks import activations, module_at
from snippets.modern.interpretability.repeats import Repeats
from snippets.transformer.minigpt import MiniGPT

READERS = ("query", "key", "value")


def previous_scores(weights: Tensor) -> Tensor:
    """The share of each head's weight that goes to the token before: (L, B, H, T, T) -> (L, H)."""
    return weights.diagonal(-1, -2, -1).mean((1, 3))


def induction_scores(weights: Tensor, made: Repeats) -> Tensor:
    """The share that goes to the token after the earlier occurrence: (L, B, H, T, T) -> (L, H).

    Averaged over all tokens that are read again: the prefix-matching score of Olsson et al. 2022,
    on sequences whose repetition is known.
    """
    L, B, H, T, _ = weights.shape
    if made.ids.shape != (B, T):
        raise ValueError(f"weights {tuple(weights.shape)} are not those of {tuple(made.ids.shape)}")
    there = made.after_earlier()[None, :, None, :, None].expand(L, B, H, T, 1)
    found = weights.gather(-1, there)[..., 0] * made.again()[:, None]  # (L, B, H, T)
    return found.sum((1, 3)) / made.again().sum()


def slice_of(model: MiniGPT, layer: int, head: int) -> slice:
    """The channels of a head, beside those of the others; ValueError for an unknown one."""
    module_at(model, "heads", layer)
    attention: Any = model.blocks[layer].attention
    if not 0 <= head < attention.num_heads:
        raise ValueError(f"head={head}: layer {layer} has heads 0 to {attention.num_heads - 1}")
    return slice(head * attention.head_size, (head + 1) * attention.head_size)


@torch.no_grad()
def copying_score(model: MiniGPT, layer: int, head: int) -> float:
    """For what share of the tokens v a head that looks at v raises the logit of v the most.

    What it looks at is taken to be the embedding alone, and the last norm is left out: it rescales
    all logits of a position alike, but for its gain, which we apply.
    """
    here = slice_of(model, layer, head)
    block: Any = model.blocks[layer]
    attention = block.attention
    if attention.num_kv_heads != attention.num_heads:
        shared = f"{attention.num_kv_heads} heads of values for {attention.num_heads}"
        raise ValueError(f"the score needs values of each head's own; there are {shared}")
    x = block.attention_norm(model.embedding.weight)  # (V, C): each token, alone
    value = attention.qkv(x)[:, -x.shape[1] :][:, here]  # (V, D)
    added = value @ attention.out.weight[:, here].T  # (V, C)
    logits = model.head(added * model.norm.weight)  # (V, V): a row for each token looked at
    itself = torch.arange(len(logits), device=logits.device)
    return float((logits.argmax(1) == itself).float().mean())


@torch.no_grad()
def cut_off(
    model: MiniGPT, ids: Tensor, heads: Sequence[int], reader: str, measure: Callable[[], Tensor]
) -> Tensor:
    """What `measure` gives while layer 1's queries, keys or values don't see heads of layer 0.

    They read the stream with the heads' mean output in place of their output; all else reads
    what it always does. Tells K-composition from Q- and V-composition (Elhage et al. 2021).

    Args:
        model: with at least two layers.
        ids: (B, T), which `measure` has the model read.
        heads: of layer 0.
        reader: query, key or value.
        measure: runs the model on ids.
    """
    if reader not in READERS:
        raise ValueError(f"reader={reader!r} is none of {', '.join(READERS)}")
    module_at(model, "heads", 1)
    blocks: Any = model.blocks
    first, second = blocks[0].attention, blocks[1]
    stream = activations(model, ids, "stream")[1].clone()  # (B, T, C)
    for here in (slice_of(model, 0, head) for head in heads):
        found = activations(model, ids, "heads")[0][..., here]  # (B, T, D)
        stream -= (found - found.mean((0, 1))) @ first.out.weight[:, here].T
    sizes = second.attention.sizes
    other = second.attention.qkv(second.attention_norm(stream)).split(sizes, -1)
    place = READERS.index(reader)

    def swap(_: object, __: object, output: Tensor) -> Tensor:
        parts = list(output.split(sizes, -1))
        parts[place] = other[place]  # (!)
        return torch.cat(parts, -1)

    handle = second.attention.qkv.register_forward_hook(swap)
    try:
        return measure()
    finally:
        handle.remove()
