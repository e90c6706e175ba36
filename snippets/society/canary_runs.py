"""``python -m snippets.society.canary_runs --out FOLDER``: how often must a secret be read?

Small models learn from a part of the plays in which canaries are hidden 1, 2, 4, ..., 64 times;
then each says how likely it finds them. Two sizes, the smaller also without repeats; three seeds.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from snippets.foundations.texts.corpus import plays, split_plays
from snippets.foundations.tokenizers import CharTokenizer
from snippets.results import load_results, results_file
from snippets.society.memorisation import (
    Canary,
    exposure,
    hide,
    make_canaries,
    place_of,
    says_it,
    secret_log_probabilities,
    without_repeats,
)
from snippets.training.batches import evaluate
from snippets.training.config import TrainingConfig
from snippets.training.files import write_folder
from snippets.training.loop import Training
from snippets.training.train import train
from snippets.transformer.minigpt import MINIGPT, MiniGPT, MiniGPTConfig, count_parameters

NAME = "canaries"
SEEDS = (0, 1, 2)
COUNTS = (0, 1, 2, 4, 8, 16, 32, 64)
EACH = 4  # canaries of each count
CHARACTERS = 150_000  # of the training plays, before canaries are hidden
UNSEEN = 8_000  # of the held-out plays, for a loss
LARGE = replace(MINIGPT, context=64, d_model=96, num_layers=2, d_hidden=256)
SMALL = replace(LARGE, d_model=48, d_hidden=128)
RECIPE = TrainingConfig(batch_size=16, eval_windows=1)
KINDS: dict[str, tuple[MiniGPTConfig, bool]] = {
    "large": (LARGE, False),
    "small": (SMALL, False),
    "small, no repeats": (SMALL, True),
}


def asked(model: MiniGPT, tokenizer: CharTokenizer, canary: Canary) -> dict[str, Any]:
    """What the model knows of a canary: its exposure in bits, and whether the model says it."""
    scores = secret_log_probabilities(model, tokenizer, canary.prompt)
    bits = exposure(scores, place_of(canary.secret))
    return {"count": canary.copies, "exposure": bits, "said": says_it(model, tokenizer, canary)}


def run(config: MiniGPTConfig, once: bool, seed: int, characters: int) -> dict[str, Any]:
    """One model: hide the canaries, train on every piece of the text once, ask for each canary.

    With `once`, speeches that stand in the text again are removed before the training.
    """
    training, held_out = split_plays(plays())
    tokenizer = CharTokenizer.from_text(training + held_out)
    canaries = make_canaries(COUNTS, EACH, seed)
    text = hide(training[:characters], canaries, seed)
    if once:
        text = without_repeats(text)
    ids, unseen = (torch.tensor(tokenizer.encode(t)) for t in (text, held_out[:UNSEEN]))
    steps = len(ids) // (RECIPE.batch_size * config.context)  # each piece once
    settings = replace(RECIPE, steps=steps, eval_every=steps, seed=seed)
    begun = Training(config, settings, ids, unseen)
    train(begun)
    model = begun.finish()
    return {
        "asked": [asked(model, tokenizer, canary) for canary in canaries],
        "loss": evaluate(model, unseen),
        "characters": len(text),
    }


def measure(characters: int = CHARACTERS, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """All runs by kind, with what they have in common."""
    found: dict[str, Any] = {"possible": 10_000, "each": EACH, "kinds": {}}
    with tqdm(total=len(KINDS) * len(seeds), desc="canaries", leave=False) as bar:
        for kind, (config, once) in KINDS.items():
            runs = []
            for seed in seeds:
                runs.append(run(config, once, seed, characters))
                bar.update()
            found["kinds"][kind] = {"parameters": count_parameters(config), "runs": runs}
    return found


def load_canaries(folder: Path | None = None) -> dict[str, Any]:
    """What the runs gave; FileNotFoundError or ValueError as `load_results` raises them."""
    return load_results(NAME, "snippets.society.canary_runs", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Measure what small models learn by heart.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--characters", type=int, default=CHARACTERS, help="fewer, for a trial")
    given = parser.parse_args(arguments)
    write_folder(given.out, results_file(measure(given.characters)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
