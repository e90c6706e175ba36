"""Reading and changing what passes through a MiniGPT, from outside, while it runs.

A place is a part and a layer. Of L layers, with C channels:

- `stream`: the residual stream before layer 0 to L − 1, and, as layer L, before the last norm;
- `heads`: what the heads of a layer found, side by side, before the output projection mixes it;
- `attention`, `feed_forward`: what the sublayer adds to the stream.

At each of them pass (B, T, C).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from snippets.transformer.minigpt import MiniGPT

PARTS = ("stream", "heads", "attention", "feed_forward")
See = Callable[[Tensor], Tensor | None]


def module_at(model: MiniGPT, part: str, layer: int) -> nn.Module:
    """The module whose input (stream, heads) or output (attention, feed_forward) is the place.

    ValueError where the model has no such part or layer.
    """
    if part not in PARTS:
        raise ValueError(f"part={part!r} is none of {', '.join(PARTS)}")
    last = len(model.blocks) - (part != "stream")
    if not 0 <= layer <= last:
        raise ValueError(f"layer={layer}: {part} has layers 0 to {last}")
    if layer == len(model.blocks):
        return model.norm
    block: Any = model.blocks[layer]
    modules: dict[str, nn.Module] = {
        "stream": block,
        "heads": block.attention.out,
        "attention": block.attention,
    }
    return modules.get(part, block.feed_forward)


def hook(model: MiniGPT, part: str, layer: int, see: See) -> RemovableHandle:
    """Calls `see` with what passes at a place; a tensor that it returns takes its place.

    The hook stays until `remove` of what comes back is called.
    """
    module = module_at(model, part, layer)

    def before(_: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
        new = see(arguments[0])
        return None if new is None else (new, *arguments[1:])

    def after(_: nn.Module, __: tuple[Any, ...], output: Tensor) -> Tensor | None:
        return see(output)

    if part in ("stream", "heads"):
        return module.register_forward_pre_hook(before)
    return module.register_forward_hook(after)


@contextmanager
def edited(
    model: MiniGPT, part: str, layer: int, change: Callable[[Tensor], Tensor]
) -> Iterator[None]:
    """Within it, `change` of what passes at a place goes on instead: (B, T, C) -> the same shape.

    The hook is removed at the end, also after an exception. Raises as `module_at` does, and
    ValueError where the shape is another.
    """

    def see(x: Tensor) -> Tensor:
        new = change(x)
        if new.shape != x.shape:
            raise ValueError(f"the change made {tuple(new.shape)} of {tuple(x.shape)}")
        return new

    handle = hook(model, part, layer, see)
    try:
        yield
    finally:
        handle.remove()


@torch.no_grad()
def activations(model: MiniGPT, ids: Tensor, part: str = "stream") -> Tensor:
    """What passes at all layers of a part while the model reads ids (B, T).

    Returns (L, B, T, C), or (L + 1, B, T, C) for the stream. Raises as `module_at` does.
    """
    seen: list[Tensor] = []
    module_at(model, part, 0)
    layers = range(len(model.blocks) + (part == "stream"))
    handles = [hook(model, part, layer, lambda x: seen.append(x.detach())) for layer in layers]
    try:
        model(ids)
    finally:
        for handle in handles:
            handle.remove()
    return torch.stack(seen)
