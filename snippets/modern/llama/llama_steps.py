"""From GPT-2's parts to Llama's, one at a time, each trained for the same arithmetic.

``python -m snippets.modern.llama.llama_steps --out FOLDER`` trains every model with three seeds,
and the first and the last at other learning rates besides, and writes their losses.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from difflib import ndiff
from inspect import getsource
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from tqdm import tqdm

from snippets.results import load_results, results_file
from snippets.training.config import TrainingConfig
from snippets.training.files import write_folder
from snippets.training.scaling.equal_compute import changed, compared_texts, measure
from snippets.transformer.minigpt import MiniGPTConfig

# --8<-- [start:steps]
NAME = "llama-steps"
BUDGET = 8e10  # operations of a training run
MUON_LR, ADAMW_LR = 0.056, 0.04  # chosen for the first of the models, by two other plays
SMALL_GPT2: dict[str, Any] = {
    "d_model": 48,
    "num_layers": 2,
    "num_heads": 4,
    "num_kv_heads": 4,
    "d_hidden": 192,
    "norm": "layernorm",
    "feed_forward": "gelu_tanh",
    "positions": "learned",
    "bias": True,
    "qk_norm": False,
}
STEPS: dict[str, dict[str, Any]] = {  # what each changes in the model before it
    "GPT-2": {},
    "RMSNorm": {"norm": "rmsnorm"},
    "no biases": {"bias": False},
    "SwiGLU": {"feed_forward": "swiglu", "d_hidden": 128},
    "RoPE": {"positions": "rope"},
    "GQA": {"num_kv_heads": 2},
}
# --8<-- [end:steps]
SEEDS, RATES = (0, 1, 2), (0.5, 2.0)


def after(
    step: str, budget: float = BUDGET, seed: int = 0, rate: float = 1.0
) -> tuple[MiniGPTConfig, TrainingConfig]:
    """The model that has this step's change and all before it, and as many steps as it can afford.

    `rate` multiplies both learning rates. ValueError for an unknown step.
    """
    if step not in STEPS:
        raise ValueError(f"step={step!r} is none of {', '.join(STEPS)}")
    settings = dict(SMALL_GPT2)
    for name, change in STEPS.items():
        settings |= change  # (!)
        if name == step:
            break
    rates = {"muon_lr": rate * MUON_LR, "adamw_lr": rate * ADAMW_LR}
    return changed(budget, **settings, **rates, seed=seed)  # (!)


def settings_diff(before: MiniGPTConfig, now: MiniGPTConfig) -> list[str]:
    """The settings in which two models differ, a line each: ``norm: layernorm -> rmsnorm``."""
    new = asdict(now)
    return [f"{k}: {v} -> {new[k]}" for k, v in asdict(before).items() if new[k] != v]


def code_diff(before: Any, now: Any) -> list[str]:
    """The lines of two functions that differ, with "- " or "+ " before them; no docstrings."""
    old, new = (_body(getsource(function)) for function in (before, now))
    return [line.rstrip() for line in ndiff(old, new) if line[0] in "-+"]


def _body(source: str) -> list[str]:
    """The lines of a function after its docstring, without comments."""
    lines = source.split('"""')[-1].splitlines()
    code = [line.partition("  #")[0].strip() for line in lines]
    return [line for line in code if line and not line.startswith("#")]


def cache_numbers(config: MiniGPTConfig) -> int:
    """How many numbers of keys and values a model keeps for each token that it has read."""
    head_size = config.d_model // config.num_heads
    return 2 * config.num_layers * config.num_kv_heads * head_size


def runs() -> list[tuple[str, int, float]]:
    """What is trained: step, seed, and the multiple of the learning rates."""
    seeds = [(step, seed, 1.0) for step in STEPS for seed in SEEDS]
    ends = (next(iter(STEPS)), list(STEPS)[-1])
    return seeds + [(step, SEEDS[0], rate) for step in ends for rate in RATES]


def train_all(
    planned: Iterable[tuple[str, int, float]], budget: float = BUDGET
) -> list[dict[str, Any]]:
    """A row for each run: its step, seed and rate, and what `equal_compute.measure` gives."""
    texts, rows = compared_texts(), []
    for step, seed, rate in planned:
        row = measure(*after(step, budget, seed, rate), texts)
        del row["seconds"]  # differs from run to run
        rows.append({"step": step, "seed": seed, "rate": rate} | row)
    return rows


def load_llama_steps(folder: Path | None = None) -> list[dict[str, Any]]:
    """The rows of all runs.

    Raises FileNotFoundError where they are missing, and ValueError where they are damaged.
    """
    rows: list[dict[str, Any]] = load_results(NAME, "snippets.modern.llama.llama_steps", folder)[
        "rows"
    ]
    return rows


def summary(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each step its losses on the plays to report on, their mean, and their deviation.

    `change` is the mean difference to the step before, seed by seed; that of the first is 0.
    """
    usual = [row for row in rows if row["rate"] == 1.0]
    found: list[dict[str, Any]] = []
    for step in STEPS:
        mine = sorted((row for row in usual if row["step"] == step), key=lambda row: row["seed"])
        losses = [row["test_loss"] for row in mine]
        before = found[-1]["losses"] if found else losses
        change = fmean(new - old for old, new in zip(before, losses, strict=True))
        found.append(
            {"step": step, "losses": losses, "loss": fmean(losses), "change": change}
            | {"deviation": stdev(losses), "params": mine[0]["params"], "steps": mine[0]["steps"]}
            | {"tokens": mine[0]["tokens"], "flops": mine[0]["flops"]}
        )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train the models between GPT-2 and Llama.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--budget", type=float, default=BUDGET, help="less, for a trial")
    given = parser.parse_args(arguments)
    rows = train_all(tqdm(runs(), desc=NAME, leave=False), given.budget)
    write_folder(given.out, results_file({"rows": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
