"""Pruned models recover, layers are shared.

`python -m snippets.modern.small_models.small_runs --out FOLDER` prunes MiniGPT in several
ways and trains it a little further; small models with and without shared layers learn at equal
compute; three seeds each.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from snippets.modern.small_models.layer_sharing import SharedMiniGPT
from snippets.modern.small_models.pruning import (
    input_norms,
    keep_two_of_four,
    mask_weights,
    matrices,
    narrowed,
    pruned,
    wanda,
    without_layers,
)
from snippets.post_training.distillation_runs import pieces_of
from snippets.results import load_results, results_file
from snippets.training.batches import evaluate
from snippets.training.checkpoint import load_trained
from snippets.training.config import TrainingConfig
from snippets.training.files import write_folder
from snippets.training.scaling.equal_compute import BASE, Texts, compared_texts, step_flops
from snippets.training.short_training import train_on
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig, flops_per_token

NAME = "small-models"
SEEDS = (0, 1, 2)
WINDOWS = 64  # contexts of the plays to report on, spread evenly
CALIBRATION = 64  # pieces of the training plays from which Wanda's norms are measured
FURTHER = TrainingConfig(steps=16, batch_size=8, muon_lr=0.003, adamw_lr=0.002, warmup=4)
SCRATCH = replace(FURTHER, muon_lr=0.014, adamw_lr=0.01)
SHARING = TrainingConfig(steps=80, batch_size=8, muon_lr=0.014, adamw_lr=0.01, warmup=10)
FOUR = replace(BASE, num_layers=4)


def calibration(text: Tensor, context: int) -> Tensor:
    """Pieces (B, T) of the training plays, the same each time."""
    return pieces_of(text, CALIBRATION, context)


def ways(model: MiniGPT, ids: Tensor) -> dict[str, tuple[MiniGPT, dict[str, Tensor]]]:
    """Smaller versions of a model, and the masks that further training has to respect."""
    norms = input_norms(model, ids)
    keep = {
        name: keep_two_of_four(wanda(linear.weight, norms[name]))
        for name, linear in matrices(model).items()
    }
    odd = range(1, model.config.num_layers, 2)
    return {
        "whole": (pruned(model, {}), {}),
        "2:4": (pruned(model, keep), keep),
        "half the neurons": (narrowed(model, ids, 0.5), {}),
        "every second layer": (without_layers(model, odd), {}),
    }


def used(model: MiniGPT) -> int:
    """How many parameters are not zero."""
    return sum(int(p.count_nonzero()) for p in model.parameters())


def recover(model: MiniGPT, texts: Texts, steps: int) -> list[dict[str, Any]]:
    """Each smaller version before and after further training, and a small one from scratch."""
    ids, rows = calibration(texts.training, model.config.context), []
    for seed in tqdm(SEEDS, desc="further training", leave=False):
        arms = ways(model, ids)
        torch.manual_seed(seed)
        half = replace(model.config, num_layers=-(-model.config.num_layers // 2))
        arms["from scratch"] = MiniGPT(half), {}
        for name, (smaller, keep) in arms.items():
            recipe = SCRATCH if name == "from scratch" else FURTHER
            settings = replace(recipe, steps=steps, seed=seed, warmup=min(4, steps // 2))
            before = evaluate(smaller.eval(), texts.reporting, WINDOWS)
            again = partial(mask_weights, smaller, keep)  # or a step would move pruned weights
            for _ in train_on(texts.training, smaller, settings, after=again):
                pass
            rows.append(
                {
                    "arm": name,
                    "seed": seed,
                    "before": before,
                    "after": evaluate(smaller, texts.reporting, WINDOWS),
                    "parameters": used(smaller),
                }
            )
    return rows


def share(config: MiniGPTConfig, texts: Texts, steps: int) -> list[dict[str, Any]]:
    """Layers of their own, one shared by all, and one alone: each with the same compute."""
    one, rows = replace(config, num_layers=1), []
    longer = round(steps * step_flops(config, 1) / step_flops(one, 1))
    arms = {
        "layers of their own": (MiniGPT, config, steps),
        "one layer, shared": (SharedMiniGPT, config, steps),
        "one layer, alone": (MiniGPT, one, longer),
    }
    for name, (kind, shape, count) in tqdm(arms.items(), desc="sharing", leave=False):
        for seed in SEEDS:
            torch.manual_seed(seed)
            model = kind(shape)
            settings = replace(SHARING, steps=count, seed=seed, warmup=min(10, count // 2))
            for _ in train_on(texts.training, model, settings):
                pass
            rows.append(
                {
                    "arm": name,
                    "seed": seed,
                    "steps": count,
                    "parameters": sum(p.numel() for p in model.parameters()),
                    "flops": count * step_flops(shape, settings.batch_size),
                    "per_token": flops_per_token(shape),
                    "loss": evaluate(model, texts.reporting),
                }
            )
    return rows


def load_small_runs(folder: Path | None = None) -> dict[str, Any]:
    """What the runs gave; FileNotFoundError where they are missing, ValueError where damaged."""
    return load_results(NAME, "snippets.modern.small_models.small_runs", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train all models, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Prune MiniGPT, and share layers.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--steps", type=int, default=FURTHER.steps, help="after pruning")
    parser.add_argument("--sharing", type=int, default=SHARING.steps, help="with four layers")
    given = parser.parse_args(arguments)
    (model, _), texts = load_trained(), compared_texts()
    found = {
        "recovered": recover(model, texts, given.steps),
        "shared": share(FOUR, texts, given.sharing),
    }
    write_folder(given.out, results_file(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
