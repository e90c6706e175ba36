"""Loss and time of whole trainings: GPT-2 of `transformers` by nanoGPT's recipe, and our presets.

Each in a process of its own, one after the other; the loss is over the whole validation text.
"""

from dataclasses import replace
from typing import Any

from benchmarks.baseline import BaselineRun, Recipe
from benchmarks.options import Options
from benchmarks.recorded import markdown, plus_minus, processor
from benchmarks.summaries import BASELINE, LONG, SEEDED
from benchmarks.summaries import loss_rows as summary
from benchmarks.text import Text, text
from benchmarks.trainings import PresetRun, Run, do_all
from snippets.training.presets import PRESETS, Preset

NAME = "losses"


def preset_run(name: str, seed: int, options: Options, source: Text) -> Run:
    """A training by one of our presets."""
    preset: Preset = PRESETS[name].with_settings(seed=seed)
    if options.steps:
        preset = preset.with_steps(options.steps)
    train = PresetRun(preset, source)
    mark = train.mark(processor(), options.threads)  # a time belongs to its machine
    return Run(name, seed, preset.training.steps, mark, train)


def baseline_run(seed: int, options: Options, source: Text) -> Run:
    """A training by nanoGPT's recipe."""
    recipe = Recipe(seed=seed, steps=options.steps or Recipe.steps)
    recipe = replace(recipe, warmup=min(recipe.warmup, recipe.steps // 2))
    train = BaselineRun(recipe, source)
    return Run(BASELINE, seed, recipe.steps, train.mark(processor(), options.threads), train)


def runs(options: Options, source: Text) -> list[Run]:
    """All trainings, seed by seed, so that what is compared is measured close together."""
    found = []
    for seed in range(options.seeds):
        if options.wants(BASELINE):
            found.append(baseline_run(seed, options, source))
        names = [name for name in SEEDED if options.wants(name)]
        found += [preset_run(name, seed, options, source) for name in names]
    if options.wants(LONG):
        found.append(preset_run(LONG, 0, options, source))
    return found


def run(options: Options) -> None:
    """Train what is not recorded yet; print the table."""
    source = text(options.data)
    settings = {"text": source.name, "baseline": BASELINE}
    wanted = runs(options, source)
    print(table(do_all(NAME, wanted, options, 1, options.threads, settings)), flush=True)


def table(result: dict[str, Any]) -> str:
    """The summary as Markdown."""
    rows: list[list[object]] = [
        ["training", "loss", "seconds", "of the baseline's time", "parameters", "tokens"]
    ]
    for row in summary(result):
        share = "" if row["share"] is None else f"{row['share']:.2f}"
        numbers = [f"{row['seconds']:.0f}", share, f"{row['params']:,}", f"{row['tokens']:,}"]
        rows.append([row["name"], plus_minus(row["losses"]), *numbers])
    return markdown(rows)
