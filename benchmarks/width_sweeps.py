"""The learning rate across widths: ways to set it, each swept in models of several widths.

As many steps at every width, of as many characters. At the base width AdamW and μP are the same, so
that there they are swept once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, optim

from benchmarks.recorded import Row
from benchmarks.summaries import ADAMW
from benchmarks.trainings import watched
from snippets.training.config import TrainingConfig
from snippets.training.equal_compute import BASE, Texts, measure
from snippets.training.loop import Training
from snippets.training.width_scaling import parametrize, widened, width_groups
from snippets.transformer.minigpt import MiniGPTConfig

BASE_WIDTH = 32
WIDTHS = (32, 64, 128, 256)
# One block, with heads of 16 and a feed-forward network twice as wide as the model.
SIZES = {"num_layers": 1, "num_heads": 2, "num_kv_heads": 2, "d_hidden": 2 * BASE_WIDTH}
NARROW = replace(BASE, context=32, d_model=BASE_WIDTH, **SIZES)
SWEEP = TrainingConfig(steps=200, batch_size=8, warmup=10)
SEEDS = 2  # at most


class AdamWTraining(Training):
    """AdamW at one rate, `adamw_lr`, for all parameters."""

    base_width: int | None = None  # that of the model itself: nothing is scaled

    def __init__(
        self, config: MiniGPTConfig, settings: TrainingConfig, data: Tensor, validation: Tensor
    ) -> None:
        super().__init__(config, settings, data, validation)
        base = self.base_width or config.d_model
        groups = width_groups(parametrize(self.model, base), settings.adamw_lr, base)
        self.optimizers = [optim.AdamW(groups, betas=(0.9, 0.95), weight_decay=0.0, fused=True)]


class MuPTraining(AdamWTraining):
    """AdamW by the rules of μP: rates, initial weights and logits follow the width."""

    base_width = BASE_WIDTH


@dataclass(frozen=True)
class Method:
    """A way to train at every width: the training, the rate that is swept, and its values."""

    training_class: type[Training]
    swept: str
    rates: list[float]


def doubled(first: float, count: int = 5) -> list[float]:
    """So many rates, each twice the one before."""
    return [first * 2**k for k in range(count)]


METHODS = {
    ADAMW: Method(AdamWTraining, "adamw_lr", doubled(0.002, 6)),
    "μP": Method(MuPTraining, "adamw_lr", doubled(0.008)),
    "NorMuon": Method(Training, "muon_lr", doubled(0.007)),
}


def swept_rates(method: str, width: int) -> list[float]:
    """The rates to try; at the base width AdamW has those of all that are the same there."""
    way = METHODS[method]
    if width > BASE_WIDTH or way.swept == "muon_lr":
        return way.rates
    same = {rate for other in METHODS.values() if other.swept == way.swept for rate in other.rates}
    return sorted(same) if method == ADAMW else []


def shortened(settings: TrainingConfig, steps: int | None) -> TrainingConfig:
    """The settings, or those of a trial: with other steps, of which at most half warm up."""
    steps = steps or settings.steps
    warmup = min(settings.warmup, steps // 2)
    return replace(settings, steps=steps, warmup=warmup, eval_every=steps, eval_windows=1)


@dataclass(frozen=True)
class SweepRun:
    """Trainings of one width at several rates, as `Run.train` needs it."""

    method: str
    width: int
    seed: int
    texts: Callable[[], Texts]
    steps: int | None = None  # for a trial

    def settings(self) -> list[TrainingConfig]:
        """How the model is trained at each rate."""
        one: dict[str, Any] = {"seed": self.seed}
        rates, swept = swept_rates(self.method, self.width), METHODS[self.method].swept
        return [replace(shortened(SWEEP, self.steps), **{swept: rate}, **one) for rate in rates]

    def __call__(self) -> Row:
        """Trains at every rate; a loss is None where a training diverged."""
        made = list(self.trainings())
        done = [row for row in made if row]
        return {
            "what": "sweep",
            "method": self.method,
            **{key: done[0][key] for key in ("width", "params", "tokens", "steps", "flops")},
            "seconds": sum(row["seconds"] for row in done),
            "val_loss": min(row["val_loss"] for row in done),
            "rates": swept_rates(self.method, self.width),
            "losses": [row["val_loss"] if row else None for row in made],
            "test_losses": [row["test_loss"] if row else None for row in made],
        }

    def trainings(self) -> Iterator[Row | None]:
        """The row of each rate."""
        config, kind = widened(NARROW, self.width), METHODS[self.method].training_class
        for settings in self.settings():
            try:
                yield measure(config, settings, self.texts(), watched(kind))
            except FloatingPointError:
                yield None
