"""The learning rate of hidden matrices across widths, set in several ways.

As many steps at every width, of as many characters; embedding and norms by AdamW at the rate of the
recipe. At the base width AdamW and μP are the same, so that there they are swept once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, optim

from benchmarks.recorded import Row
from benchmarks.summaries import ADAMW
from benchmarks.trainings import watched
from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.scaling.equal_compute import Texts, measure
from snippets.training.scaling.width_scaling import parametrize, widened, width_groups
from snippets.transformer.minigpt import MINIGPT, MiniGPTConfig

BASE_WIDTH = MINIGPT.d_model  # at which the recipe was found
WIDTHS = (32, 64, 128, 256)
# One block, with heads of 16 and a feed-forward network twice as wide as the model.
SIZES: dict[str, Any] = {"d_model": 32, "d_hidden": 64, "num_layers": 1}
HEADS: dict[str, Any] = {"num_heads": 2, "num_kv_heads": 2}
NARROW = replace(MINIGPT, context=32, **SIZES, **HEADS)
SWEEP = TrainingConfig(steps=200, batch_size=8, warmup=10)
SEEDS = 2  # at most


class AdamWTraining(Training):
    """AdamW for the hidden matrices too, at `muon_lr`."""

    base_width: int | None = None  # that of the model itself: nothing is scaled

    def __init__(
        self, config: MiniGPTConfig, settings: TrainingConfig, data: Tensor, validation: Tensor
    ) -> None:
        super().__init__(config, settings, data, validation)
        base = self.base_width or config.d_model
        rates = settings.muon_lr, base, settings.adamw_lr
        groups = width_groups(parametrize(self.model, base), *rates)
        self.optimizers = [optim.AdamW(groups, betas=(0.9, 0.95), weight_decay=0.0, fused=True)]


class MuPTraining(AdamWTraining):
    """AdamW by the rules of μP: rates, initial weights and logits follow the width."""

    base_width = BASE_WIDTH


METHODS: dict[str, tuple[type[Training], list[float]]] = {  # and the rates to sweep
    ADAMW: (AdamWTraining, [0.00025 * 2**k for k in range(7)]),
    "μP": (MuPTraining, [0.0005 * 2**k for k in range(5)]),
    "NorMuon": (Training, [0.007 * 2**k for k in range(5)]),
}


def swept_rates(method: str, width: int) -> list[float]:
    """The rates to try; none for μP at its base width, where AdamW has them all."""
    return [] if method == "μP" and width == BASE_WIDTH else METHODS[method][1]


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
        rates = swept_rates(self.method, self.width)
        return [replace(shortened(SWEEP, self.steps), muon_lr=r, seed=self.seed) for r in rates]

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
        config, kind = widened(NARROW, self.width), METHODS[self.method][0]
        for settings in self.settings():
            try:
                yield measure(config, settings, self.texts(), watched(kind))
            except FloatingPointError:
                yield None
