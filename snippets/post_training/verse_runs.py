"""``python -m snippets.post_training.verse_runs --out FOLDER``: MiniGPT learns to be asked.

Written to the folder: the tuned model, and `results.json`, how three seeds learned the task and
forgot the plays, with old text mixed in and without, and with LoRA of several ranks.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import optim
from tqdm import tqdm

from snippets.foundations.texts.corpus import plays, split_plays
from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.answers import answer_loss, answers, shares
from snippets.post_training.chat import TEMPLATE, examples
from snippets.post_training.lora import EVERYWHERE, add_lora, merge
from snippets.post_training.sft import NAME, SFTConfig, fine_tune, pack, with_tokens
from snippets.post_training.verse import pairs, prompts
from snippets.results import load_results, results_file
from snippets.training.batches import evaluate
from snippets.training.checkpoint import check_replaceable, load_trained, model_files
from snippets.training.files import write_folder
from snippets.transformer.minigpt import MiniGPT, count_parameters

SEEDS = (0, 1, 2)
RANKS = (1, 4, 16)
LORA_LR = 0.01
ASKED, EVERY = 6, 20  # answers to a prompt; steps between two points of a curve
TESTED, WINDOWS = 60, 32  # answers, and contexts of the plays, for such a point
SHOWN = "Four syllables that begin with A.\nAnd so, my lord.\n\n"  # to the base model


@cache
def material(context: int) -> dict[str, Any]:
    """What all runs learn from and are judged by."""
    base, characters = load_trained()
    _, tokenizer = with_tokens(base, characters, TEMPLATE.tokens)
    both = [[(p.text, answer) for p, answer in pairs(held_out)] for held_out in (False, True)]
    learned, tested = (examples(tokenizer, some, context) for some in both)
    old, unseen = (torch.tensor(tokenizer.encode(text)) for text in split_plays(plays()))
    return {"rows": pack(learned, context), "tested": tested[:TESTED], "old": old, "unseen": unseen}


def fresh() -> tuple[MiniGPT, CharTokenizer]:
    """MiniGPT with the template's tokens, not yet tuned."""
    return with_tokens(*load_trained(), TEMPLATE.tokens)


def judged(model: MiniGPT, tokenizer: CharTokenizer, seed: int) -> dict[str, Any]:
    """The shares of answers to the instructions that are held out."""
    some = prompts(True) * ASKED
    return {"held_out": shares(some, answers(model, tokenizer, some, seed, shown=SHOWN))}


def run(settings: SFTConfig, rank: int | None = None) -> tuple[MiniGPT, dict[str, Any]]:
    """One fine-tuning: the model, and how it went; with a rank, LoRA's on all matrices."""
    model, tokenizer = fresh()
    given = material(model.config.context)
    optimizers: list[optim.Optimizer] | None = None
    trained = count_parameters(model.config)
    if rank is not None:
        parameters = add_lora(model, rank, 2.0 * rank, EVERYWHERE, settings.seed)
        optimizers = [optim.AdamW(parameters, lr=LORA_LR, weight_decay=0.0)]
        trained = sum(parameter.numel() for parameter in parameters)

    def point(step: int) -> tuple[int, float, float]:
        unseen = evaluate(model, given["unseen"], WINDOWS)
        return step, answer_loss(model, given["tested"]), unseen

    curve = [point(0)]
    steps = fine_tune(model, given["rows"], settings, given["old"], optimizers)
    for step, _ in enumerate(tqdm(steps, "verse", settings.steps, leave=False), 1):
        if step % EVERY == 0 or step == settings.steps:
            curve.append(point(step))
    if rank is not None:
        merge(model)
    return model, {"curve": curve, "trained": trained} | judged(model, tokenizer, settings.seed)


def results(folder: Path | None = None) -> dict[str, Any]:
    """What the runs gave; FileNotFoundError where they are missing, ValueError where damaged."""
    return load_results(NAME, "snippets.post_training.verse_runs", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Tune with each seed, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Fine-tune MiniGPT to write verse when asked.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--steps", type=int, default=SFTConfig().steps, help="fewer, for a trial")
    given = parser.parse_args(arguments)
    found: dict[str, Any] = {"before": judged(*load_trained(), seed=0)}
    contents: dict[str, bytes] = {}
    kinds: dict[str, tuple[int, int | None]] = {
        "mixed": (SFTConfig().replay, None),
        "alone": (0, None),
    }
    kinds |= {f"rank {rank}": (0, rank) for rank in RANKS}
    for name, (replay, rank) in kinds.items():
        found[name] = []
        for seed in SEEDS:
            settings = SFTConfig(steps=given.steps, replay=replay, seed=seed)
            model, record = run(settings, rank)
            found[name].append(record)
            if name == "mixed" and seed == SEEDS[0]:
                contents |= model_files(model, fresh()[1])
    contents |= results_file(found)
    check_replaceable(given.out, frozenset(contents))
    write_folder(given.out, contents)
    return 0


if __name__ == "__main__":
    sys.exit(main())
