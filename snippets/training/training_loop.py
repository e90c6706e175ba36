"""One step of training a MiniGPT: draw a batch, predict, see how far off, move the weights."""

# --8<-- [start:imports]
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from snippets.training.fast_cpu import mixed_precision
from snippets.training.optimizers import learning_rate_factor
from snippets.transformer.minigpt import MiniGPT, next_token_loss

# --8<-- [end:imports]


# --8<-- [start:training-config]
@dataclass(frozen=True)
class TrainingConfig:
    """How long to learn, in what portions, and how fast.

    A number of steps ends it and not a number of seconds, so that a slow machine comes to the same
    model as a fast one.
    """

    steps: int = 1700
    batch_size: int = 8  # sequences of a whole context each, for one step
    micro_batches: int = 1  # parts that a batch is computed in, one after the other
    muon_lr: float = 0.012
    adamw_lr: float = 0.003
    weight_decay: float = 0.0
    warmup: int = 20  # steps in which the learning rate rises
    decay: float = 1.0  # the share of the steps, at the end, in which it falls
    average: float = 0.0  # how much of the running mean of the weights stays at each step
    mixed_precision: bool = False
    compiled: bool = False  # where that is possible
    eval_every: int = 100
    eval_windows: int = 128  # contexts of validation text for a point of the curve
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "micro_batches", "eval_every", "eval_windows"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1")
        if self.batch_size % self.micro_batches:
            parts = f"micro_batches={self.micro_batches}"
            raise ValueError(f"batch_size={self.batch_size} is not divisible by {parts}")
        if not 0 <= self.average < 1:
            raise ValueError(f"average={self.average} must be at least 0 and below 1")
        learning_rate_factor(0, self.steps, self.warmup, self.decay)  # checks them


# --8<-- [end:training-config]


# --8<-- [start:batches]
def batches(
    data: Tensor, batch_size: int, context: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless pieces of ids (N,): inputs (B, T), and targets (B, T) one token later.

    The text is cut into pieces of a context, from a random place on, and these come in random
    order: each once, before the text is cut anew. So no passage is met twice while another waits.
    """
    check_length("training", data, context)
    offsets = torch.arange(context + 1)
    waiting = torch.empty(0, dtype=torch.long)  # where the pieces begin that are still to come
    while True:
        while len(waiting) < batch_size:
            first = int(torch.randint(min(context, len(data) - context), (), generator=generator))
            starts = torch.arange(first, len(data) - context, context)
            order = torch.randperm(len(starts), generator=generator)
            waiting = torch.cat([waiting, starts[order]])
        starts, waiting = waiting[:batch_size, None], waiting[batch_size:]  # (B, 1)
        pieces = data[starts + offsets]  # (B, T + 1)
        yield pieces[:, :-1], pieces[:, 1:]


# --8<-- [end:batches]


# --8<-- [start:evaluate]
@torch.no_grad()
def evaluate(
    model: MiniGPT, data: Tensor, windows: int | None = None, batch_size: int = 64
) -> float:
    """Mean of −ln p over all tokens of ids (N,) but the first, read a context at a time.

    With `windows`, over that many contexts only, spread evenly: the same ones each time.
    """
    check_length("validation", data, 1)
    context = model.config.context
    count = (len(data) - 1) // context
    inputs = data[: count * context].view(count, context)
    targets = data[1 : count * context + 1].view(count, context)
    rest = data[count * context :]
    if windows is not None and windows < count:
        chosen = torch.arange(windows) * count // windows
        inputs, targets, rest = inputs[chosen], targets[chosen], rest[:0]
    device = next(model.parameters()).device
    inputs, targets, rest = (ids.to(device) for ids in (inputs, targets, rest))
    pieces = list(zip(inputs.split(batch_size), targets.split(batch_size), strict=True))
    if len(rest) > 1:  # what is left over at the end, shorter than a context
        pieces.append((rest[None, :-1], rest[None, 1:]))

    was_training = model.training
    model.eval()
    losses = [next_token_loss(model(x), y).item() * y.numel() for x, y in pieces if len(x)]
    model.train(was_training)
    return sum(losses) / sum(y.numel() for _, y in pieces)


# --8<-- [end:evaluate]


def check_length(name: str, data: Tensor, context: int) -> None:
    """Raise a ValueError where not one piece of the text fits."""
    if len(data) <= context:
        raise ValueError(f"the {name} text has {len(data)} tokens; it needs {context + 1} or more")


# --8<-- [start:step]
def training_step(
    model: nn.Module,
    optimizers: list[torch.optim.Optimizer],
    inputs: Tensor,
    targets: Tensor,
    micro_batches: int = 1,
    mixed: bool = False,
) -> float:
    """One step down: loss, gradients, and new weights. Returns the loss before the step.

    With several micro-batches, the gradients of parts of the batch add up before the weights move:
    the same step, in less memory (`gradient accumulation`).
    """
    total = 0.0
    for x, y in zip(inputs.chunk(micro_batches), targets.chunk(micro_batches), strict=True):
        with mixed_precision(mixed):
            loss = next_token_loss(model(x), y) / micro_batches
        loss.backward()  # adds to the gradients that are there
        total += loss.item()
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad()
    return total


# --8<-- [end:step]


def check_finite(loss: float, step: int, learning_rate: float) -> None:
    """Raise a FloatingPointError where the loss is infinite or not a number."""
    if not abs(loss) < float("inf"):
        raise FloatingPointError(
            f"the loss is {loss} at step {step}, learning rate {learning_rate:.2g}: "
            "try a smaller learning rate"
        )
