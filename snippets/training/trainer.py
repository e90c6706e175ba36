"""A training under way: its steps, and its state, which can be saved and taken up again."""

# --8<-- [start:imports]
from pathlib import Path

import torch
from torch import Tensor, nn, optim

from snippets.training.fast_cpu import compiled, has_fast_bfloat16
from snippets.training.optimizers import learning_rate_factor, make_optimizers, set_learning_rate
from snippets.training.resume import load_state, save_state
from snippets.training.training_loop import (
    TrainingConfig,
    batches,
    check_finite,
    check_length,
    training_step,
)
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig

# --8<-- [end:imports]


# --8<-- [start:training]
class Training:
    """A training under way: the model, and everything else that its next step depends on."""

    rank = 0  # of several processes that train together, this one writes and shows progress

    def __init__(self, config: MiniGPTConfig, settings: TrainingConfig, data: Tensor) -> None:
        check_length("training", data, config.context)
        torch.manual_seed(settings.seed)
        self.settings = s = settings
        self.mixed = s.mixed_precision and has_fast_bfloat16()  # else it would cost, not save
        self.model = MiniGPT(config).train()
        self.network = self.prepare(self.model)  # what a step calls
        self.optimizers = self.make_optimizers()
        generator = torch.Generator().manual_seed(s.seed)
        self.batches = batches(data, s.batch_size, config.context, generator)
        weights = self.model.parameters() if s.average else []
        self.average = [p.detach().clone() for p in weights]
        self.step, self.seconds = 0, 0.0
        self.losses: list[float] = []  # since the last entry of the history
        self.history: list[tuple[int, float, float]] = []

    def prepare(self, model: MiniGPT) -> nn.Module:
        """What runs forwards and backwards; several processes wrap the model here."""
        return compiled(model) if self.settings.compiled else model

    def make_optimizers(self) -> list[optim.Optimizer]:
        """What moves the weights; subclasses may choose others."""
        s = self.settings
        return make_optimizers(self.model, s.muon_lr, s.adamw_lr, s.weight_decay)

    def share(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """The part of a batch that this process computes: here, all of it."""
        return inputs, targets

    def mean(self, loss: float) -> float:
        """The loss of the whole batch, from that of the part: here, the same."""
        return loss

    def agree(self, *flags: bool) -> list[bool]:
        """Which of the flags any of the processes has raised: here, those of this one."""
        return list(flags)

    # --8<-- [end:training]

    # --8<-- [start:advance]
    def advance(self) -> float:
        """One step. FloatingPointError, with step and learning rate, where a loss is not finite."""
        s = self.settings
        factor = learning_rate_factor(self.step, s.steps, s.warmup, s.decay)
        set_learning_rate(self.optimizers, factor)
        inputs, targets = self.share(*next(self.batches))
        parts, mixed = s.micro_batches, self.mixed
        loss = training_step(self.network, self.optimizers, inputs, targets, parts, mixed)
        loss = self.mean(loss)
        check_finite(loss, self.step, factor * s.muon_lr)
        self.losses.append(loss)
        self.step += 1
        if self.average:
            stays = min(s.average, self.step / (self.step + 9))  # forget the random start sooner
            weights = [p.detach() for p in self.model.parameters()]
            torch._foreach_lerp_(self.average, weights, 1 - stays)
        return loss

    def finish(self) -> MiniGPT:
        """The model to keep, in evaluation mode: with the averaged weights, where there are any."""
        with torch.no_grad():
            for parameter, mean in zip(self.model.parameters(), self.average, strict=False):
                parameter.copy_(mean)
        return self.model.eval()

    # --8<-- [end:advance]

    # --8<-- [start:state]
    def whole(self, tensor: Tensor) -> Tensor:
        """A tensor of which this process may hold a part: here, it holds all."""
        return tensor

    def part(self, whole: Tensor, like: Tensor) -> Tensor:
        """What this process holds of a whole tensor, as it does of another: here, all."""
        return whole

    def tensors(self) -> dict[str, Tensor]:
        """All tensors that change from step to step, by name: weights, averages, optimizers'."""
        names = {id(p): name for name, p in self.model.named_parameters()}
        found = {f"model.{name}": p.detach() for name, p in self.model.named_parameters()}
        for name, mean in zip(names.values(), self.average, strict=False):
            found[f"average.{name}"] = mean
        for optimizer in self.optimizers:
            for parameter, state in optimizer.state.items():
                for key, value in state.items():  # momentum_buffer, exp_avg, exp_avg_sq, step
                    found[f"{key}.{names[id(parameter)]}"] = value
        return found

    def prime(self) -> None:
        """Give the optimizers their state tensors, which they make at their first step."""
        for optimizer in self.optimizers:
            rates = [group["lr"] for group in optimizer.param_groups]
            for group in optimizer.param_groups:
                group["lr"] = 0.0
                for parameter in group["params"]:
                    parameter.grad = torch.zeros_like(parameter)
            optimizer.step()
            optimizer.zero_grad()
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate

    def save(self, path: Path, mark: str) -> None:
        """Writes all that the next step depends on to a file; the mark says whose it is."""
        chance = {"chance": torch.get_rng_state()}  # for dropout
        facts = {name: getattr(self, name) for name in ("step", "seconds", "losses", "history")}
        wholes = {name: self.whole(tensor) for name, tensor in self.tensors().items()}
        if self.rank == 0:
            save_state(path, wholes | chance, facts | {"mark": mark})

    def restore(self, path: Path, mark: str) -> bool:
        """Goes on where `save` left off; False where there is nothing, or of another training."""
        if not path.exists():
            return False
        saved, facts = load_state(path)
        if facts["mark"] != mark:
            return False
        self.prime()
        with torch.no_grad():
            for name, tensor in self.tensors().items():
                tensor.copy_(self.part(saved[name], tensor))
        torch.set_rng_state(saved["chance"])
        self.step, self.seconds, self.losses = facts["step"], facts["seconds"], facts["losses"]
        for _ in range(self.step):  # the same batches as then, to come to the next
            next(self.batches)
        self.history = [tuple(entry) for entry in facts["history"]]
        return True

    # --8<-- [end:state]
