"""Loss and time of whole trainings: GPT-2 of `transformers` by nanoGPT's recipe, and our presets.

Each in a process of its own, one after the other; the loss is over the whole validation text. A
preset's row has two more: that of its mixture with counting (Kneser–Ney of seven characters, and
the share that is best on the validation text), and that on a play that the text does not have.
"""

from dataclasses import replace
from typing import Any

from benchmarks.baseline import TUNED, BaselineRun, Recipe
from benchmarks.options import Options
from benchmarks.recorded import markdown, plus_minus, processor
from benchmarks.summaries import BASELINE, LONG, SEEDED, TUNED_BASELINE
from benchmarks.summaries import loss_rows as summary
from benchmarks.text import Text, text
from benchmarks.trainings import PresetRun, Run, do_all
from snippets.foundations.ngrams.kneser_ney import KneserNey
from snippets.foundations.ngrams.mixture import best_share, mixed
from snippets.training.batches import evaluate
from snippets.training.evaluation.scores import log_probabilities
from snippets.training.presets import PRESETS, Preset

NAME = "losses"
ORDER, OTHER_PLAY = 7, "macbeth"  # neither tiny Shakespeare nor the start of the plays has it


class RecordRun(PresetRun):
    """A training by a preset, with the loss of its mixture with counting, and on another play."""

    def __call__(self) -> dict[str, Any]:
        """Trains; adds mixed_loss, share (of the network), and other_play."""
        made, model = self.trained()
        vocab_size, data, validation = self.text.ids()
        counted = KneserNey(data, ORDER, vocab_size).log_probabilities(validation)
        said = log_probabilities(model, validation)
        share = best_share(said, counted)
        mixture = float(-mixed(said, counted, share).mean())
        other = evaluate(model, self.text.of_play(OTHER_PLAY))
        return made | {"mixed_loss": mixture, "share": share, "other_play": other}


def preset_run(name: str, seed: int, options: Options, source: Text) -> Run:
    """A training by one of our presets."""
    preset: Preset = PRESETS[name].with_settings(seed=seed)
    if options.steps:
        preset = preset.with_steps(options.steps)
    train = RecordRun(preset, source)
    mark = train.mark(processor(), options.threads)  # a time belongs to its machine
    return Run(name, seed, preset.training.steps, mark, train)


def baseline_run(name: str, recipe: Recipe, seed: int, options: Options, source: Text) -> Run:
    """A training of GPT-2 by a recipe."""
    recipe = replace(recipe, seed=seed, steps=options.steps or recipe.steps)
    recipe = replace(recipe, warmup=min(recipe.warmup, recipe.steps // 2))
    train = BaselineRun(recipe, source)
    return Run(name, seed, recipe.steps, train.mark(processor(), options.threads), train)


def runs(options: Options, source: Text) -> list[Run]:
    """All trainings, seed by seed, so that what is compared is measured close together."""
    found = []
    for seed in range(options.seeds):
        for name, recipe in ((BASELINE, Recipe()), (TUNED_BASELINE, TUNED)):
            if options.wants(name):
                found.append(baseline_run(name, recipe, seed, options, source))
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
        ["training", "loss", "with counting", "seconds", "of the baseline's time", "parameters"]
    ]
    for row in summary(result):
        share = "" if row["share"] is None else f"{row['share']:.2f}"
        both = f"{row['mixed_loss']:.3f}" if row["mixed_loss"] else ""
        numbers = [both, f"{row['seconds']:.0f}", share, f"{row['params']:,}"]
        rows.append([row["name"], plus_minus(row["losses"]), *numbers])
    return markdown(rows)
