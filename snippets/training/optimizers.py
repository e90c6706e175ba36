"""How weights move: Muon for the matrices, AdamW for the rest, and a learning rate that changes."""

import torch
from torch import nn, optim

from snippets.training.normuon import NorMuon


def make_optimizers(
    model: nn.Module,
    muon_lr: float,
    adamw_lr: float,
    weight_decay: float = 0.0,
    momentum: float = 0.9,
    products: torch.dtype | None = torch.float32,
) -> list[optim.Optimizer]:
    """Muon for the matrices inside the blocks, AdamW for everything else.

    Muon replaces the momentum of a matrix by the nearest orthogonal one, so that an update moves
    all directions alike (Jordan et al. 2024; Liu et al. 2025), and NorMuon evens out its rows (Li
    et al. 2025). That suits matrices between hidden layers. In embedding and head, a row belongs to
    a token, and gains and biases are vectors: these stay with AdamW (Loshchilov and Hutter 2019).

    Muon multiplies in the type of `products`: in float32, training gives nearly the same model on
    every processor; None leaves the choice to `newton_schulz`.
    """
    named = dict(model.named_parameters())  # a tied table comes once
    hidden = [p for name, p in named.items() if name.startswith("blocks.") and p.ndim == 2]
    taken = {id(p) for p in hidden}
    rest = [p for p in named.values() if id(p) not in taken]
    return [
        NorMuon(hidden, lr=muon_lr, weight_decay=weight_decay, momentum=momentum, dtype=products),
        optim.AdamW(rest, lr=adamw_lr, betas=(0.9, 0.95), weight_decay=weight_decay, fused=True),
    ]


def learning_rate_factor(step: int, steps: int, warmup: int, decay: float = 1.0) -> float:
    """Between 0 and 1: rises in a line for `warmup` steps, then falls in a line to 0 at the end.

    Large steps find a good region, small ones settle in it; a start at full speed would follow
    gradients of random weights. `decay` is the share of the steps after the warm-up in which it
    falls: below 1, it stays at 1 for a while first (Hu et al. 2024, WSD). Steps count from 0.
    """
    if not 0 <= step < steps:
        raise ValueError(f"step={step} is not within 0..{steps - 1}")
    if not 0 <= warmup < steps:
        raise ValueError(f"warmup={warmup} must be at least 0 and below steps={steps}")
    if not 0 < decay <= 1:
        raise ValueError(f"decay={decay} is not a share above 0 and at most 1")
    if step < warmup:
        return (step + 1) / warmup
    return min(1.0, (steps - step) / (decay * (steps - warmup)))


def set_learning_rate(optimizers: list[optim.Optimizer], factor: float) -> None:
    """Gives each optimizer its own first learning rate times the factor."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
            group["lr"] = factor * group["initial_lr"]
