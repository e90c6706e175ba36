"""A model with its matrices rounded: how large it is, and how far from what it was."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.training.batches import check_length
from snippets.transformer.cost import count_parameters
from snippets.transformer.minigpt import MiniGPT


# --8<-- [start:rounded]
def matrices(model: MiniGPT) -> dict[str, nn.Linear]:
    """The linear maps of the blocks, by name: all but embedding and head, which stay."""
    return {
        name: layer
        for name, layer in model.blocks.named_modules(prefix="blocks")
        if isinstance(layer, nn.Linear)
    }


def rounded(model: MiniGPT, change: Callable[[str, Tensor], Tensor]) -> MiniGPT:
    """A copy of the model in which change(name, weight) takes the place of each matrix."""
    model = copy.deepcopy(model)
    with torch.no_grad():
        for name, layer in matrices(model).items():
            layer.weight.copy_(change(name, layer.weight))  # (!)
    return model


# --8<-- [end:rounded]


def megabytes(model: MiniGPT, bits: Callable[[Tensor], float], others: float = 16) -> float:
    """Size in MB (10⁶ bytes) if a matrix takes bits(weight) per weight, and the rest `others`."""
    weights = [layer.weight for layer in matrices(model).values()]
    inside = sum(weight.numel() for weight in weights)
    rest = (count_parameters(model.config) - inside) * others
    return (sum(bits(weight) * weight.numel() for weight in weights) + rest) / 8e6


@dataclass(frozen=True)
class Damage:
    """What rounding did to a model's predictions; means over all tokens of a text but the first."""

    nats: float  # by how much the loss has grown, nats per token; below 0 where it has fallen
    divergence: float  # from the old distribution to the new, KL divergence in nats per token
    changed: float  # share of the tokens where another one has become the most probable


@torch.no_grad()
def damage(before: MiniGPT, after: MiniGPT, ids: Tensor) -> Damage:
    """Compares two models on ids (N,), a context at a time; what is left over is not read.

    ValueError where ids are fewer than a context and one.
    """
    context = before.config.context
    check_length("compared", ids, context)
    windows = ids[1:].numel() // context
    x, y = (ids[i : i + windows * context].view(windows, context) for i in (0, 1))
    old, new = (model(x).float().log_softmax(-1).flatten(0, 1) for model in (before, after))
    nats = F.nll_loss(new, y.flatten()) - F.nll_loss(old, y.flatten())
    divergence = (old.exp() * (old - new)).sum(-1).mean()  # (!)
    changed = (old.argmax(-1) != new.argmax(-1)).double().mean()
    return Damage(nats.item(), divergence.item(), changed.item())
