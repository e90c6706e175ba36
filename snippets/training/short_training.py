"""A training loop for any loss: what changes between two runs is a function, and nothing else."""

from collections.abc import Callable, Iterator
from math import isfinite

import torch
from torch import Tensor

from snippets.training.batches import batches
from snippets.training.config import TrainingConfig
from snippets.training.optimizers import learning_rate_factor, make_optimizers, set_learning_rate
from snippets.training.speed.fast_cpu import keep_freed_memory
from snippets.transformer.minigpt import MiniGPT, device_of, next_token_loss

# From a model, pieces of text (B, T + 1) and a source of chance to a loss.
Loss = Callable[[MiniGPT, Tensor, torch.Generator], Tensor]


def next_token(model: MiniGPT, pieces: Tensor, chance: torch.Generator) -> Tensor:
    """The usual loss of pieces (B, T + 1): each token is predicted from those before it."""
    return next_token_loss(model(pieces[:, :-1]), pieces[:, 1:])


def take_steps(
    model: MiniGPT,
    settings: TrainingConfig,
    next_loss: Callable[[], Tensor],
    after: Callable[[], None] | None = None,
) -> Iterator[float]:
    """Takes all steps, each down the slope of a `next_loss()`, and yields the loss of each.

    `after` is called after each step, to restore what the step must not change. Of the settings,
    steps, learning rates, momentum, warm-up and decays count. The model is in training mode until
    the last step is taken. FloatingPointError where a loss is not finite.
    """
    s = settings
    optimizers = make_optimizers(model, s.muon_lr, s.adamw_lr, s.weight_decay, s.momentum)
    keep_freed_memory()
    model.train()
    for step in range(s.steps):
        set_learning_rate(optimizers, learning_rate_factor(step, s.steps, s.warmup, s.decay))
        loss = next_loss()  # (!)
        if not isfinite(loss.item()):
            raise FloatingPointError(f"the loss is {loss.item()} at step {step}")
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        if after is not None:
            after()  # (!)
        yield loss.item()
    model.eval()


def train_on(
    text: Tensor,
    model: MiniGPT,
    settings: TrainingConfig,
    loss_of: Loss = next_token,
    after: Callable[[], None] | None = None,
) -> Iterator[float]:
    """Trains a model on a text of ids (N,), and yields the loss of each step; see `take_steps`.

    Batch size and seed of the settings count as well.
    """
    chance = torch.Generator().manual_seed(settings.seed)
    device = device_of(model)
    endless = batches(text, settings.batch_size, model.config.context, chance)

    def next_loss() -> Tensor:
        inputs, targets = next(endless)  # (B, T)
        pieces = torch.cat([inputs, targets[:, -1:]], dim=1)  # (B, T + 1)
        return loss_of(model, pieces.to(device), chance)  # (!)

    return take_steps(model, settings, next_loss, after)
