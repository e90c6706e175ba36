"""The training loop: learning rate, batch, loss, gradients, new weights, and again."""

from collections.abc import Iterator
from math import isfinite
from pathlib import Path

import torch
from torch import Tensor, nn, optim

from snippets.training.batches import check_length, evaluate, growing_batches
from snippets.training.config import TrainingConfig
from snippets.training.optimizers import learning_rate_factor, make_optimizers, set_learning_rate
from snippets.training.speed.fast_cpu import compiled
from snippets.training.speed.precision import has_fast_bfloat16, mixed_precision
from snippets.training.state import (
    load_state,
    prime,
    rows,
    save_state,
    state_tensors,
    whole,
)
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig, device_of, next_token_loss


def training_step(
    model: nn.Module,
    optimizers: list[optim.Optimizer],
    inputs: Tensor,
    targets: Tensor,
    micro_batches: int = 1,
    mixed: bool = False,
) -> float:
    """One step down: loss, gradients, and new weights. Returns the loss before the step.

    With several micro-batches, the gradients of parts of the batch add up before the weights move:
    the same step, in less memory (`gradient accumulation`).
    """
    device = device_of(model)
    inputs, targets = inputs.to(device), targets.to(device)
    total = 0.0
    for x, y in zip(inputs.chunk(micro_batches), targets.chunk(micro_batches), strict=True):
        with mixed_precision(mixed, device.type):
            loss = next_token_loss(model(x), y) / micro_batches  # (!)
        loss.backward()  # adds to the gradients that are there (!)
        total += loss.item()
    for optimizer in optimizers:
        optimizer.step()  # (!)
        optimizer.zero_grad()
    return total


# --8<-- [start:training]
class Training:
    """A training run under way: the model, and everything else that its next step depends on."""

    rank = 0  # of several processes that train together, this one writes and shows progress

    def __init__(
        self, config: MiniGPTConfig, settings: TrainingConfig, data: Tensor, validation: Tensor
    ) -> None:
        check_length("training", data, config.context)
        check_length("validation", validation, 1)
        torch.manual_seed(settings.seed)
        self.settings, self.validation = settings, validation
        s = settings
        self.model = MiniGPT(config).train()
        device = device_of(self.model).type
        self.mixed = s.mixed_precision and has_fast_bfloat16(device)  # else it would cost, not save
        self.network = self.prepare(self.model)  # what a step calls
        products = None if self.mixed else torch.float32  # of Muon
        self.optimizers = make_optimizers(
            self.model, s.muon_lr, s.adamw_lr, s.weight_decay, s.momentum, products
        )
        generator = torch.Generator().manual_seed(s.seed)
        growing = round(s.growth * s.steps)
        self.batches = growing_batches(data, s.batch_size, config.context, growing, generator)
        weights = self.model.parameters() if s.average else []
        self.average = [p.detach().clone() for p in weights]
        self.step, self.seconds = 0, 0.0
        self.losses: list[float] = []  # since the last entry of the history
        self.history: list[tuple[int, float, float]] = []

    def prepare(self, model: MiniGPT) -> nn.Module:
        """What runs forwards and backwards; several processes wrap the model here."""
        return compiled(model) if self.settings.compiled else model

    def mean(self, *values: float) -> list[float]:
        """Means over the processes that train together: here, there is one."""
        return list(values)

    # --8<-- [end:training]

    def steps(self) -> Iterator[float]:
        """The loop: takes all steps that are left, and yields the loss of each.

        The history gets (step, mean training loss since the last entry, validation loss on a part),
        both losses those of the weights themselves, not of their average, and both in sequences as
        long as the steps have. FloatingPointError, with
        step and learning rate, where a loss is not finite.
        """
        s = self.settings
        while self.step < s.steps:
            factor = learning_rate_factor(self.step, s.steps, s.warmup, s.decay)
            set_learning_rate(self.optimizers, factor)  # (!)
            inputs, targets = next(self.batches)  # (!)
            loss = training_step(
                self.network, self.optimizers, inputs, targets, s.micro_batches, self.mixed
            )
            (loss,) = self.mean(loss)
            if not isfinite(loss):
                where = f"at step {self.step}, learning rate {factor * s.muon_lr:.2g}"
                raise FloatingPointError(f"the loss is {loss} {where}: try a smaller learning rate")
            self.step += 1
            self.losses.append(loss)
            if self.average:
                self.update_average()
            if self.step % s.eval_every == 0 or self.step == s.steps:
                mean = sum(self.losses) / len(self.losses)
                length = inputs.shape[1]
                unseen = evaluate(self.model, self.validation, s.eval_windows, context=length)
                self.history.append((self.step, mean, unseen))
                self.losses.clear()
            yield loss

    # --8<-- [start:average]
    def update_average(self) -> None:
        """Take the weights as they are now into their running mean."""
        stays = min(self.settings.average, self.step / (self.step + 9))  # forget the start sooner
        weights = [p.detach() for p in self.model.parameters()]
        torch._foreach_lerp_(self.average, weights, 1 - stays)

    def finish(self) -> MiniGPT:
        """The model to keep, in evaluation mode: with the averaged weights, where there are any."""
        with torch.no_grad():
            for parameter, mean in zip(self.model.parameters(), self.average, strict=False):
                parameter.copy_(mean)
        return self.model.eval()

    # --8<-- [end:average]

    # --8<-- [start:state]
    def save(self, path: Path, mark: str) -> None:
        """Writes all that the next step depends on to a file; the mark says whose it is."""
        tensors = state_tensors(self.model, self.optimizers, self.average)
        tensors = {name: whole(tensor) for name, tensor in tensors.items()}
        chance = {"chance": torch.get_rng_state()}  # for dropout (!)
        facts = {name: getattr(self, name) for name in ("step", "seconds", "losses", "history")}
        if self.rank == 0:
            save_state(path, tensors | chance, facts | {"mark": mark})

    def restore(self, path: Path, mark: str) -> bool:
        """Goes on where `save` left off; False where there is nothing, or of another training."""
        if not path.exists():
            return False
        saved, facts = load_state(path)
        if facts.get("mark") != mark:
            return False
        prime(self.optimizers)
        tensors = state_tensors(self.model, self.optimizers, self.average)
        with torch.no_grad():
            for name, tensor in tensors.items():
                tensor.copy_(rows(saved[name], tensor))
        self.step, self.seconds, self.losses = facts["step"], facts["seconds"], facts["losses"]
        self.history = [tuple(entry) for entry in facts["history"]]
        for _ in range(self.step):  # the same batches as then, to come to the next
            next(self.batches)  # (!)
        torch.set_rng_state(saved["chance"])  # (!)
        return True

    # --8<-- [end:state]
