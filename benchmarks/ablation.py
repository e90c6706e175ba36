"""What each part of the recipe buys: the preset `nanogpt-cpu` with one change at a time.

All trainings see equally many tokens of the same text; three seeds each. A change that the preset
already has is left out of the table. One thread per training, so that two run side by side; with
`--device cuda --jobs 15`, fifteen side by side on a GPU.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import adamw, plain_muon
from benchmarks.elsewhere import device_name
from benchmarks.options import Options
from benchmarks.recorded import markdown, plus_minus
from benchmarks.summaries import FULL
from benchmarks.summaries import ablation_rows as summary
from benchmarks.text import Text, text
from benchmarks.trainings import PresetRun, Run, do_all
from pagekit.run.fingerprint import code_hash
from snippets.training.loop import Training
from snippets.training.presets import PRESETS, Preset

NAME, PRESET = "ablation", "nanogpt-cpu"


@dataclass(frozen=True)
class Change:
    """One difference from the recipe."""

    name: str
    preset: Preset
    training_class: type[Training] = Training


def model(preset: Preset, **values: Any) -> Preset:
    """The preset with other parts in its model."""
    return replace(preset, model=replace(preset.model, **values))


def constant(preset: Preset) -> Preset:
    """The learning rate stays up to the last step: the share in which it falls is one step."""
    return preset.with_settings(decay=1 / preset.training.steps)


def larger_batch(preset: Preset) -> Preset:
    """Twice as many sequences a step, and half the steps: as many tokens."""
    s = preset.training
    return preset.with_settings(
        batch_size=2 * s.batch_size, steps=s.steps // 2, warmup=s.warmup // 2
    )


def changes(p: Preset) -> list[Change]:
    """The recipe itself first, then each change that makes a difference to it."""
    ungated = 3 * p.model.d_hidden // 2  # two matrices instead of three, with as many weights
    found = [
        Change("AdamW instead of NorMuon", p, adamw.AdamWTraining),
        Change("Muon instead of NorMuon", p, plain_muon.PlainMuonTraining),
        Change("momentum 0.95", p.with_settings(momentum=0.95)),
        Change("no QK-norm", model(p, qk_norm=False)),
        Change("learned positions instead of RoPE", model(p, positions="learned")),
        Change("no token shift", model(p, norm="rmsnorm")),
        Change("LayerNorm, no token shift", model(p, norm="layernorm")),
        Change("ReLU² instead of SwiGLU", model(p, feed_forward="relu_squared", d_hidden=ungated)),
        Change("GELU instead of SwiGLU", model(p, feed_forward="gelu", d_hidden=ungated)),
        Change("untied head", model(p, tie_weights=False)),
        Change("no warm-up", p.with_settings(warmup=0)),
        Change("constant learning rate", constant(p)),
        Change("batch twice as large", larger_batch(p)),
        Change("growing sequences", p.with_settings(growth=0.85)),
        Change("weight decay 0.1", p.with_settings(weight_decay=0.1)),
        Change("averaged weights", p.with_settings(average=0.98)),
        Change("dropout 0.1", model(p, dropout=0.1)),
    ]
    differ = [c for c in found if c.preset != p or c.training_class is not Training]
    return [Change(FULL, p), *differ]


def runs(options: Options, source: Text) -> list[Run]:
    """All trainings, seed by seed: after a third of the time, each change has been tried once."""
    preset: Preset = PRESETS[PRESET]
    if options.steps:
        preset = preset.with_steps(options.steps)
    found = []
    for seed in range(options.seeds):
        for change in changes(preset):
            seeded = change.preset.with_settings(seed=seed)
            train = PresetRun(seeded, source, change.training_class, options.device)
            own = sys.modules[change.training_class.__module__].__file__ or ""
            mark = train.mark(code_hash(Path(own)), options.device)
            if options.wants(change.name):
                found.append(Run(change.name, seed, seeded.training.steps, mark, train))
    return found


def run(options: Options) -> None:
    """Train what is not recorded yet; print the table."""
    source = text(options.data)
    settings = {"text": source.name, "preset": PRESET, "full": FULL}
    if options.device != "cpu":
        settings["device"] = device_name(options.device)
    wanted = runs(options, source)
    print(table(do_all(NAME, wanted, options, options.jobs, 1, settings)), flush=True)


def table(result: dict[str, Any]) -> str:
    """The summary as Markdown."""
    rows: list[list[object]] = [["change", "loss", "against the recipe", "parameters", "seconds"]]
    for row in summary(result):
        harm = "" if row["harm"] is None or row["name"] == FULL else f"{row['harm']:+.3f}"
        loss = plus_minus(row["losses"])
        rows.append([row["name"], loss, harm, f"{row['params']:,}", f"{row['seconds']:.0f}"])
    return markdown(rows)
