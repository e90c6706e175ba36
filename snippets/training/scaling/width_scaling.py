"""One learning rate for models of all widths: maximal update parametrization, and how to check it.

Rules for AdamW relative to a base width, at which nothing changes (Yang et al. 2022, table 8).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn, optim

from snippets.training.loop import training_step
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig


def widened(config: MiniGPTConfig, width: int) -> MiniGPTConfig:
    """The model at another width: more heads of the same size, `d_hidden` in proportion.

    ValueError where the width is no multiple of the head size, or `d_hidden` would not be whole.
    """
    head_size = config.d_model // config.num_heads
    hidden = config.d_hidden * width
    if width < 1 or width % head_size or hidden % config.d_model:
        raise ValueError(f"width={width}: heads of {head_size} or d_hidden do not fit")
    heads = width // head_size
    return replace(
        config,
        d_model=width,
        num_heads=heads,
        num_kv_heads=heads,
        d_hidden=hidden // config.d_model,
    )


# --8<-- [start:groups]
def is_hidden(name: str, parameter: Tensor) -> bool:
    """Whether both sides of a parameter grow with the width: a matrix inside the blocks."""
    return name.startswith("blocks.") and parameter.ndim == 2


def width_groups(
    model: MiniGPT, rate: float, base_width: int, other_rate: float | None = None
) -> list[dict[str, Any]]:
    """Groups for AdamW: hidden matrices at `rate` · base width / width, all the rest at one rate.

    That of the rest is `other_rate`, or `rate` where none is given.
    """
    named = dict(model.named_parameters())  # a tied table comes once
    hidden = [p for name, p in named.items() if is_hidden(name, p)]
    rest = [p for name, p in named.items() if not is_hidden(name, p)]
    scaled = rate * base_width / model.config.d_model  # (!)
    other = rate if other_rate is None else other_rate
    return [{"params": hidden, "lr": scaled}, {"params": rest, "lr": other}]  # (!)


# --8<-- [end:groups]


# --8<-- [start:parametrize]
class ScaledHead(nn.Linear):
    """A head without bias whose logits are multiplied by a fixed number."""

    def __init__(self, weight: Tensor, scale: float) -> None:
        super().__init__(weight.shape[1], weight.shape[0], bias=False, device="meta")
        self.weight = weight  # shared where it is tied
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., V)."""
        return super().forward(x * self.scale)


@torch.no_grad()
def parametrize(model: MiniGPT, base_width: int) -> MiniGPT:
    """A fresh model, changed in place as μP asks: hidden matrices smaller, logits smaller.

    Matrices start with a deviation that falls as 1 / √width. The embedding starts as at the base,
    but as the head it sums over the width, which the factor of the logits takes back.
    """
    ratio = base_width / model.config.d_model
    for name, parameter in model.named_parameters():
        if is_hidden(name, parameter):
            parameter.mul_(ratio**0.5)  # (!)
    model.head = ScaledHead(model.head.weight, ratio)  # (!)
    return model


# --8<-- [end:parametrize]


def layer_outputs(model: MiniGPT, ids: Tensor) -> dict[str, Tensor]:
    """What each linear layer gives for ids (B, T), by the layer's name."""
    found: dict[str, Tensor] = {}

    def keep(name: str) -> Any:
        return lambda layer, given, output: found.__setitem__(name, output.detach())

    layers = [(name, m) for name, m in model.named_modules() if isinstance(m, nn.Linear)]
    handles = [layer.register_forward_hook(keep(name)) for name, layer in layers]
    try:
        model(ids)
    finally:
        for handle in handles:
            handle.remove()
    return found


def movements(
    model: MiniGPT, groups: Iterable[dict[str, Any]], ids: Tensor, steps: int = 1
) -> dict[str, float]:
    """How far steps of AdamW on one batch, ids (B, T + 1), move each layer's outputs.

    The root of the mean squared change of a number, by the layer's name. If it grows with the
    width, so does what a learning rate does: a coordinate check (Yang et al. 2022).
    """
    inputs, targets = ids[:, :-1], ids[:, 1:]
    optimizer = optim.AdamW(groups, weight_decay=0.0)
    before = layer_outputs(model, inputs)
    for _ in range(steps):
        training_step(model, [optimizer], inputs, targets)
    after = layer_outputs(model, inputs)
    return {name: (after[name] - before[name]).square().mean().sqrt().item() for name in before}


def coordinate_check(
    config: MiniGPTConfig,
    widths: Iterable[int],
    ids: Tensor,
    base_width: int | None = None,
    rate: float = 0.003,
) -> dict[str, list[float]]:
    """By layer, how far a step moves its outputs at each width; by μP where a base width is given.

    All models start from the same seed.
    """
    found: dict[str, list[float]] = {}
    for width in widths:
        torch.manual_seed(0)
        base = base_width or width
        model = parametrize(MiniGPT(widened(config, width)), base)
        for name, moved in movements(model, width_groups(model, rate, base), ids).items():
            found.setdefault(name, []).append(moved)
    return found
