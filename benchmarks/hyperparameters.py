"""One setting at a time at equal compute, and the learning rate across widths.

*Points*: the base of `snippets.training.scaling.equal_compute` with one change each. *Sweeps*:
models of several widths at several learning rates; a row has the rates of one width. One thread per
training. Settings are to be chosen by `val_loss`, on two held-out plays; `test_loss` is on two
others. (The base's own settings are those of MiniGPT, which were tuned on all four.)
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

from benchmarks import width_sweeps
from benchmarks.options import Options
from benchmarks.recorded import Row, markdown, plus_minus
from benchmarks.summaries import best_rate, point_rows, sweep_curves
from benchmarks.trainings import Run, code_of, do_all, joined, watched
from benchmarks.width_sweeps import BASE_WIDTH, METHODS, NARROW, SWEEP, WIDTHS, SweepRun, shortened
from pagekit.run.fingerprint import code_hash
from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.scaling.equal_compute import (
    BASE,
    RECIPE,
    Texts,
    changed,
    compared_texts,
    measure,
)
from snippets.transformer.minigpt import MiniGPTConfig

NAME = "hyperparameters"
Changes = dict[str, Any]


def shape(width: int, heads: int, hidden: int, layers: int = BASE.num_layers) -> Changes:
    """Sizes of a model by their names in its configuration."""
    sizes = {"d_model": width, "d_hidden": hidden, "num_layers": layers}
    return {**sizes, "num_heads": heads, "num_kv_heads": heads}


def points() -> dict[str, list[Changes]]:
    """The changes, by what is changed: the base itself first."""
    tokens = RECIPE.batch_size * BASE.context  # of a step; as many at every context
    around = (0.25, 0.5, 2, 4)
    return {
        "base": [{}],
        "layers": [{"num_layers": n} for n in (1, 4, 8)],
        "width": [shape(24, 1, 64), shape(72, 3, 192), shape(96, 4, 256), shape(144, 6, 384)],
        "heads": [{"num_heads": n, "num_kv_heads": n} for n in (1, 4, 12)],
        "hidden": [{"d_hidden": n} for n in (32, 64, 256, 512)],
        "context": [{"context": n, "batch_size": tokens // n} for n in (16, 32, 128, 256)],
        "batch": [{"batch_size": n} for n in (4, 8, 32, 64)],
        "Muon's rate": [{"muon_lr": RECIPE.muon_lr * f} for f in around],
        "AdamW's rate": [{"adamw_lr": RECIPE.adamw_lr * f} for f in around],
        "shape": [shape(68, 2, 180, 1), shape(34, 1, 90, 4), shape(24, 1, 64, 8)],
    }


@cache
def texts() -> Texts:
    """The texts, read once in each process."""
    return compared_texts()


@dataclass(frozen=True)
class PointRun:
    """A training at the budget, as `Run.train` needs it."""

    what: str
    changes: tuple[tuple[str, Any], ...]
    seed: int
    steps: int | None = None  # for a trial

    def settings(self) -> tuple[MiniGPTConfig, TrainingConfig]:
        """The model and how it is trained."""
        config, settings = changed(**dict(self.changes), seed=self.seed)
        return config, shortened(settings, self.steps)

    def __call__(self) -> Row:
        """Trains; gives what was changed and the row of the measurement."""
        return {"what": self.what, **measure(*self.settings(), texts(), watched(Training))}


def runs(options: Options) -> list[Run]:
    """All trainings, seed by seed: after a third of the time, each has been tried once."""
    code = code_of("snippets.training.scaling.equal_compute"), torch.__version__
    own = code_of("snippets.training.scaling.width_scaling"), code_hash(Path(width_sweeps.__file__))
    found = []
    for seed in range(options.seeds):
        for what, several in points().items():
            for changes in several:
                point = PointRun(what, tuple(changes.items()), seed, options.steps)
                values = [f"{value:g}" for value in changes.values()]
                config, settings = point.settings()
                mark = joined(*code, config, settings)
                name = " ".join([what, *values[:1]])
                found.append(Run(name, seed, settings.steps, mark, point))
        for method in METHODS:
            for width in WIDTHS:
                sweep = SweepRun(method, width, seed, texts, options.steps)
                trained = sweep.settings()
                mark = joined(*code, *own, method, width, NARROW, trained)
                steps = sum(settings.steps for settings in trained)
                if trained and seed < width_sweeps.SEEDS:
                    found.append(Run(f"{method}, width {width}", seed, steps, mark, sweep))
    return [run for run in found if options.wants(run.name)]


def run(options: Options) -> None:
    """Train what is not recorded yet; print the tables."""
    sizes = {"base_width": BASE_WIDTH, "batch": SWEEP.batch_size * NARROW.context}
    settings = {"text": "plays, four of them held out", **sizes}
    print(table(do_all(NAME, runs(options), options, options.jobs, 1, settings, False)), flush=True)


def table(result: Row) -> str:
    """The summaries as Markdown."""
    rows: list[list[object]] = [["setting", "loss", "against the base", "parameters", "steps"]]
    for row in point_rows(result):
        harm = "" if row["harm"] is None else f"{row['harm']:+.3f}"
        numbers = [plus_minus(row["losses"]), harm, f"{row['params']:,}", f"{row['steps']:,}"]
        rows.append([row["name"], *numbers])
    sweeps: list[list[object]] = [["the best rate at width", *WIDTHS]]
    for method, curves in sweep_curves(result).items():
        best = {
            width: best_rate(curve["rates"], curve["losses"]) for width, curve in curves.items()
        }
        sweeps.append([method, *(f"{best[w]:.4f}" if w in best else "" for w in WIDTHS)])
    return f"{markdown(rows)}\n\n{markdown(sweeps)}"
