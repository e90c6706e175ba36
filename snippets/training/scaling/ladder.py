"""A ladder of models: eight sizes, several budgets of arithmetic, and the loss that each reaches.

``python -m snippets.training.scaling.ladder --out FOLDER`` trains it and writes `runs.json`. A run
that was finished is kept beside the folder until all are, so an interrupted ladder goes on where it
was.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from snippets.artefacts import artefact_folder
from snippets.foundations.texts.corpus import plays, split_plays
from snippets.foundations.tokenizers import CharTokenizer
from snippets.training.batches import evaluate
from snippets.training.config import TrainingConfig
from snippets.training.files import write_file, write_folder
from snippets.training.loop import Training
from snippets.training.speed.fast_cpu import keep_freed_memory
from snippets.transformer.minigpt import (
    MINIGPT,
    MiniGPTConfig,
    count_parameters,
    flops_per_token,
)

RESULTS, NAME = "runs.json", "ladder"
ORDER = ("budget", "width", "rate", "seed")

CONTEXT, BATCH = 64, 8
SHAPES = {12: 2, 16: 2, 24: 2, 32: 2, 48: 3, 64: 4, 96: 4, 128: 4}  # from width to depth
BUDGETS = (1e10, 3e10, 1e11, 3e11, 1e12)  # operations of a training run
FEWEST, MOST = 75_000, 2_000_000  # tokens: some 150 steps, or four thousand


def model_of_width(width: int) -> MiniGPTConfig:
    """MiniGPT at another size, in the same proportions; a head has 16 numbers, or 12."""
    heads = width // (16 if width % 16 == 0 else 12)
    return replace(
        MINIGPT,
        context=CONTEXT,
        d_model=width,
        d_hidden=8 * round(width / 3),
        num_layers=SHAPES[width],
        num_heads=heads,
        num_kv_heads=heads,
    )


@dataclass(frozen=True)
class Rung:
    """One run to be made: a width, a budget of operations, and what tells it from its like."""

    width: int
    budget: float
    rate: float = 1.0  # learning rates, as a multiple of those that all others have
    seed: int = 0

    @property
    def steps(self) -> int:
        """As many as the budget allows: three forward passes' worth of operations per token."""
        return round(
            self.budget / (3 * flops_per_token(model_of_width(self.width)) * BATCH * CONTEXT)
        )


def rungs() -> list[Rung]:
    """Each width with each budget that gives it neither too little text nor more than there is."""
    grid = [Rung(width, budget) for budget in BUDGETS for width in SHAPES]
    kept = [rung for rung in grid if FEWEST <= rung.steps * BATCH * CONTEXT <= MOST]
    second = [rung for rung in kept if rung.budget == BUDGETS[1] and rung.width > 12]
    seeds = [replace(rung, seed=seed) for rung in second for seed in (1, 2)]
    rates = [replace(rung, rate=rate) for rung in second for rate in (0.5, 2.0)]
    return kept + seeds + rates


@cache
def texts() -> tuple[Tensor, Tensor, int]:
    """Ids of the plays to learn from, ids of the four others, and how many characters there are."""
    sides = split_plays(plays())
    tokenizer = CharTokenizer.from_text("".join(sides))
    training, unseen = (torch.tensor(tokenizer.encode(side)) for side in sides)
    return training, unseen, tokenizer.vocab_size


def run(rung: Rung) -> dict[str, Any]:
    """Trains one model; its size, its text, its operations and its loss on unseen plays."""
    training_ids, unseen, vocab_size = texts()
    config = replace(model_of_width(rung.width), vocab_size=vocab_size)
    settings = TrainingConfig(
        steps=rung.steps,
        batch_size=BATCH,
        muon_lr=0.05 * rung.rate,
        adamw_lr=0.025 * rung.rate,
        warmup=min(20, rung.steps // 5),
        eval_every=rung.steps,
        eval_windows=1,
        seed=rung.seed,
    )
    training = Training(config, settings, training_ids, unseen)
    keep_freed_memory()
    for _ in training.steps():
        pass
    return asdict(rung) | {
        "layers": config.num_layers,
        "parameters": count_parameters(config),
        "embedding": vocab_size * config.d_model,
        "tokens": rung.steps * BATCH * CONTEXT,
        "flops": 3 * flops_per_token(config) * rung.steps * BATCH * CONTEXT,
        "loss": evaluate(training.finish(), unseen, windows=1024),
    }


def runs(aside: Path) -> Iterator[dict[str, Any]]:
    """All runs, those of the file `aside` first; it grows with each that is made."""
    kept = json.loads(aside.read_text(encoding="utf-8")) if aside.is_file() else []
    yield from kept
    done = {Rung(**{name: row[name] for name in asdict(Rung(1, 1.0))}) for row in kept}
    waiting = [rung for rung in rungs() if rung not in done]
    for rung in tqdm(waiting, desc="ladder", leave=False):
        kept.append(run(rung))
        write_file(aside, json.dumps(kept).encode())
        yield kept[-1]


def load_ladder(folder: Path | None = None) -> list[dict[str, Any]]:
    """The runs of the ladder: width, layers, parameters, tokens, flops, loss, and their like.

    Raises FileNotFoundError where there are none, and ValueError where the file is damaged.
    """
    path = artefact_folder(NAME, folder) / RESULTS
    if not path.is_file():
        command = f"python -m snippets.training.scaling.ladder --out build/{NAME}"
        raise FileNotFoundError(f"{path} is missing; ten minutes make it: `{command}`")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        losses = [float(row["loss"]) for row in found]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    if not losses or not all(map(math.isfinite, losses)):
        raise ValueError(f"{path} is damaged: losses {losses}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what is missing, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train a ladder of small models.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    folder = parser.parse_args(arguments).out
    aside = folder.with_name(f"{folder.name}.unfinished.json")
    found = sorted(runs(aside), key=lambda row: [row[name] for name in ORDER])
    write_folder(folder, {RESULTS: (json.dumps(found, indent=1) + "\n").encode()})
    aside.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
