"""Training a MiniGPT: draw a batch, predict, see how far off, move the weights; many times over."""

# --8<-- [start:imports]
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from snippets.minigpt import MiniGPT, MiniGPTConfig, count_parameters, next_token_loss
from snippets.optimizers import learning_rate_factor, make_optimizers, set_learning_rate

# --8<-- [end:imports]


# --8<-- [start:training-config]
@dataclass(frozen=True)
class TrainingConfig:
    """How long to learn, in what portions, and how fast.

    A number of steps ends it and not a number of seconds, so that a slow machine comes to the same
    model as a fast one.
    """

    steps: int = 1700
    batch_size: int = 8  # sequences of a whole context each
    muon_lr: float = 0.02
    adamw_lr: float = 0.003
    warmup: int = 20
    eval_every: int = 100
    eval_windows: int = 128  # contexts of validation text for a point of the curve
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "eval_every", "eval_windows"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1")
        learning_rate_factor(0, self.steps, self.warmup)  # refuses too long a warm-up


# --8<-- [end:training-config]


# --8<-- [start:batches]
def batches(
    data: Tensor, batch_size: int, context: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless random pieces of ids (N,): inputs (B, T), and targets (B, T) one token later."""
    check_length("training", data, context)
    offsets = torch.arange(context + 1)
    while True:
        starts = torch.randint(len(data) - context, (batch_size, 1), generator=generator)
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
    model: MiniGPT, optimizers: list[torch.optim.Optimizer], inputs: Tensor, targets: Tensor
) -> float:
    """One step down: loss, gradients, and new weights. Returns the loss before the step."""
    loss = next_token_loss(model(inputs), targets)
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad()
    return loss.item()


# --8<-- [end:step]


# --8<-- [start:train]
def train(
    config: MiniGPTConfig,
    settings: TrainingConfig,
    training: Tensor,
    validation: Tensor,
    progress: bool = False,
) -> tuple[MiniGPT, dict[str, Any]]:
    """Trains a fresh model on ids (N,); returns it, and a record of how it went.

    Its history holds (step, mean training loss since the last entry, validation loss on a part);
    its val_loss is over the whole validation text, in nats a token. Raises FloatingPointError,
    with step and learning rate, where a loss is not finite.
    """
    torch.manual_seed(settings.seed)
    model, parameters = MiniGPT(config).train(), count_parameters(config)
    optimizers = make_optimizers(model, settings.muon_lr, settings.adamw_lr)
    generator = torch.Generator().manual_seed(settings.seed)
    data = batches(training, settings.batch_size, config.context, generator)
    tokens = settings.batch_size * config.context  # a step
    history: list[tuple[int, float, float]] = []
    losses: list[float] = []
    start, total = time.perf_counter(), settings.steps * tokens
    with tqdm(total=total, unit=" tokens", unit_scale=True, disable=not progress) as bar:
        for step in range(settings.steps):
            factor = learning_rate_factor(step, settings.steps, settings.warmup)
            set_learning_rate(optimizers, factor)
            losses.append(training_step(model, optimizers, *next(data)))
            check_finite(losses[-1], step, factor * settings.muon_lr)
            if (step + 1) % settings.eval_every == 0 or step + 1 == settings.steps:
                part = evaluate(model, validation, settings.eval_windows)
                history.append((step + 1, sum(losses) / len(losses), part))
                losses.clear()
                bar.set_description(f"loss {part:.3f}")
            bar.update(tokens)
    seconds = time.perf_counter() - start
    speed = {"tokens": total, "seconds": seconds, "tokens_per_second": total / seconds}
    val_loss = evaluate(model.eval(), validation)
    return model, speed | {"val_loss": val_loss, "history": history, "parameters": parameters}


# --8<-- [end:train]


def check_finite(loss: float, step: int, learning_rate: float) -> None:
    """Raise a FloatingPointError where the loss is infinite or not a number."""
    if not abs(loss) < float("inf"):
        raise FloatingPointError(
            f"the loss is {loss} at step {step}, learning rate {learning_rate:.2g}: "
            "try a smaller learning rate"
        )
