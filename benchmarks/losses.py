"""Loss and time of whole trainings: GPT-2 of `transformers` by nanoGPT's recipe, and our presets.

Each in a process of its own, one after the other; the loss is over the whole validation text.
"""

from dataclasses import replace
from typing import Any

from benchmarks.baseline import BASELINE, BaselineRun, Recipe
from benchmarks.options import Options
from benchmarks.recorded import (
    Row,
    markdown,
    mean,
    median,
    plus_minus,
    processor,
    ratios,
)
from benchmarks.text import Text, text
from benchmarks.trainings import PresetRun, Run, do_all
from snippets.training.presets import PRESETS, Preset

NAME = "losses"
SEEDED = ("nanogpt-cpu", "speedrun")
LONG = "best-15min"  # once: a quarter of an hour


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


def summary(result: dict[str, Any]) -> list[Row]:
    """A row a kind of training, the baseline first.

    name, runs, loss (mean), losses, seconds (median), share (of the baseline's time: the median of
    the ratios seed by seed; None without the baseline), params, tokens.
    """
    groups: dict[str, dict[int, Row]] = {}
    for row in sorted(result["rows"], key=lambda row: row["seed"]):
        groups.setdefault(row["name"], {})[row["seed"]] = row
    order = [name for name in (BASELINE, *SEEDED, LONG) if name in groups]
    found = []
    for name in order:
        rows, other = groups[name], groups.get(BASELINE, {})
        both = sorted(rows.keys() & other.keys())
        shares = ratios(
            [other[seed]["seconds"] for seed in both], [rows[seed]["seconds"] for seed in both]
        )
        losses = [row["val_loss"] for row in rows.values()]
        found.append(
            {
                "name": name,
                "runs": len(rows),
                "loss": mean(losses),
                "losses": losses,
                "seconds": median([row["seconds"] for row in rows.values()]),
                "share": median(shares) if shares else None,
                "params": rows[min(rows)]["params"],
                "tokens": rows[min(rows)]["tokens"],
            }
        )
    return found


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
