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


WIDER: dict[str, Any] = {
    "d_model": 192,
    "num_layers": 6,
    "num_heads": 3,
    "num_kv_heads": 3,
    "d_hidden": 768,
}

# As many tokens as nanoGPT's run on a CPU has: 2,000 steps of 12 × 64.
NANOGPT_CPU = TrainingConfig(
    steps=2000, batch_size=12, muon_lr=0.012, adamw_lr=0.003, warmup=20, eval_every=100
)

# --8<-- [end:preset]


# --8<-- [start:presets]
PRESETS = {
    "site": Preset("the model of this course", MINIGPT, TrainingConfig()),
    "nanogpt-cpu": Preset(
        "the size, context and tokens of nanoGPT's run on a CPU: 2,000 steps of 12 × 64",
        replace(MINIGPT, context=64),
        NANOGPT_CPU,
    ),
    "speedrun": Preset(
        "the same size, to nanoGPT's loss as soon as possible",
        replace(MINIGPT, context=64),
        replace(NANOGPT_CPU, steps=340, muon_lr=0.02, warmup=10, mixed_precision=True),
    ),
    "best-15min": Preset(
        "the lowest loss in a quarter of an hour on two cores",
        replace(MINIGPT, context=256, dropout=0.1, **WIDER),
        TrainingConfig(
            steps=2350,
            batch_size=16,
            muon_lr=0.017,
            adamw_lr=0.004,
            weight_decay=0.1,
            warmup=50,
            average=0.99,
            mixed_precision=True,
            compiled=True,
            eval_every=470,
            eval_windows=64,
        ),
    ),
}
# --8<-- [end:presets]
