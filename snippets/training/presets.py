"""Training runs worth repeating: a model and how it is trained, by name."""

from dataclasses import dataclass, replace
from typing import Any

from snippets.training.config import TrainingConfig
from snippets.transformer.minigpt import MINIGPT, MiniGPTConfig


# --8<-- [start:preset]
@dataclass(frozen=True)
class Preset:
    """A model, whose vocabulary size comes from the text, and the settings of its training."""

    about: str
    model: MiniGPTConfig
    training: TrainingConfig

    def with_settings(self, **settings: Any) -> "Preset":
        """The preset with other settings of its training."""
        return replace(self, training=replace(self.training, **settings))

    def with_steps(self, steps: int) -> "Preset":
        """The preset for another number of steps: at most half of them warm up."""
        return self.with_settings(steps=steps, warmup=min(self.training.warmup, steps // 2))


# At most 0.81 million parameters, as nanoGPT's model on a CPU; and as many tokens: 2,000 × 12 × 64.
SHIFTED: dict[str, Any] = {"d_hidden": 336, "norm": "shifted_rmsnorm"}
NANOGPT_CPU = TrainingConfig(
    steps=2000,
    batch_size=12,
    muon_lr=0.01,
    adamw_lr=0.008,
    warmup=20,
    eval_every=100,
)

# --8<-- [end:preset]


# --8<-- [start:presets]
PRESETS = {
    "site": Preset("the model of this course", MINIGPT, TrainingConfig(growth=0.85)),
    "nanogpt-cpu": Preset(
        "the size, context and tokens of nanoGPT's run on a CPU: 2,000 steps of 12 × 64",
        replace(MINIGPT, context=64, **SHIFTED),
        NANOGPT_CPU,
    ),
    "speedrun": Preset(
        "the same size, to nanoGPT's loss as soon as possible",
        replace(MINIGPT, context=64, **SHIFTED),
        replace(NANOGPT_CPU, steps=240, muon_lr=0.02, warmup=10, mixed_precision=True),
    ),
    "best-15min": Preset(
        "the lowest loss in a quarter of an hour on two cores",
        replace(MINIGPT, context=128, dropout=0.05, **SHIFTED),
        TrainingConfig(
            steps=4400,
            batch_size=16,
            muon_lr=0.012,
            adamw_lr=0.006,
            weight_decay=0.3,
            warmup=50,
            mixed_precision=True,
            compiled=True,
            eval_every=440,
            eval_windows=64,
        ),
    ),
}
# --8<-- [end:presets]
