"""A model with its matrices rounded: how large it is, and how far from what it was."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from snippets.modern.small_models.pruning import matrices
from snippets.training.batches import check_length
from snippets.transformer.cost import count_parameters
from snippets.transformer.minigpt import MiniGPT, device_of


def rounded(model: MiniGPT, change: Callable[[str, Tensor], Tensor]) -> MiniGPT:
    """A copy of the model in which change(name, weight) takes the place of each matrix."""
    model = copy.deepcopy(model)
    with torch.no_grad():
        for name, layer in matrices(model).items():
            layer.weight.copy_(change(name, layer.weight))  # (!)
    return model


def megabytes(model: MiniGPT, bits: Callable[[Tensor], float], others: float = 16) -> float:
    """Size in MB (10⁶ bytes) if a matrix takes bits(weight) per weight, and the rest `others`."""
    weights = [layer.weight for layer in matrices(model).values()]
    inside = sum(weight.numel() for weight in weights)
    rest = (count_parameters(model.config) - inside) * others
    return (sum(bits(weight) * weight.numel() for weight in weights) + rest) / 8e6


# --8<-- [start:compared]
@torch.no_grad()
def predictions(model: MiniGPT, ids: Tensor) -> Tensor:
    """The ln P of every token at each place of ids, read a context at a time: (N, V).

    What is left over behind the last whole context is not read. ValueError where there is none.
    """
    context = model.config.context
    check_length("compared", ids, context)
    windows = (len(ids) - 1) // context
    read = ids[: windows * context].view(windows, context).to(device_of(model))
    return model(read).log_softmax(-1).flatten(0, 1)


@dataclass(frozen=True)
class Damage:
    """What became of a model's predictions; means over all places of a text."""

    nats: float  # by how much the loss has grown, nats per token; below 0 where it has fallen
    divergence: float  # from the old distribution to the new, KL divergence in nats per token
    changed: float  # share of the places where another token has become the most probable


def damage(old: Tensor, new: Tensor, ids: Tensor) -> Damage:
    """Compares the predictions (N, V) of two models for the text ids; token t + 1 follows place t.

    ValueError where their shapes differ or the text is too short.
    """
    if old.shape != new.shape or len(ids) <= len(old):
        raise ValueError(f"old {(*old.shape,)}, new {(*new.shape,)} and {len(ids)} ids do not fit")
    targets = ids[1 : len(old) + 1].to(old.device)
    nats = F.nll_loss(new, targets) - F.nll_loss(old, targets)
    divergence = (old.exp() * (old - new)).sum(-1).mean()  # (!)
    changed = (old.argmax(-1) != new.argmax(-1)).double().mean()
    return Damage(nats.item(), divergence.item(), changed.item())


# --8<-- [end:compared]
