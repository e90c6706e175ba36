"""``python -m snippets.post_training.verse_runs --out FOLDER``: MiniGPT learns to be asked.

Written to the folder: the tuned model, and `results.json`, how three seeds learned the task and
forgot the plays, with old text mixed in and without, and what LoRA of several ranks made of it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import optim
from tqdm import tqdm

from snippets.foundations.corpus import plays, split_plays
from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.answers import answer_loss, answers, shares
from snippets.post_training.chat import TEMPLATE, examples
from snippets.post_training.lora import EVERYWHERE, add_lora, merge
from snippets.post_training.sft import SFTConfig, fine_tune, pack, tuned_folder, with_tokens
from snippets.post_training.verse import pairs, prompts
from snippets.training.batches import evaluate
from snippets.training.checkpoint import load_trained, save
from snippets.training.files import write_file
from snippets.transformer.minigpt import MiniGPT, count_parameters

SEEDS = (0, 1, 2)
RANKS = (1, 4, 16)
LORA_LR = 0.01
ASKED, EVERY = 8, 20  # answers to a prompt; steps between two points of a curve
TESTED, WINDOWS = 100, 32  # answers, and contexts of the plays, for such a point
RESULTS = "results.json"


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
    """Shares of answers to the instructions that are held out, and to those learned from."""
    found = {}
    for name, some in (("held_out", prompts(True) * ASKED), ("learned", prompts(False) * 2)):
        found[name] = shares(some, answers(model, tokenizer, some, seed))
    return found


# --8<-- [start:run]
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


# --8<-- [end:run]


def results(folder: Path | None = None) -> dict[str, Any]:
    """What the runs gave; FileNotFoundError where they are missing, ValueError where damaged."""
    path = (tuned_folder() if folder is None else folder) / RESULTS
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        command = "python -m snippets.post_training.verse_runs --out build/verse"
        raise FileNotFoundError(f"{path} is missing; minutes make it: `{command}`") from None
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Tune with each seed, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Fine-tune MiniGPT to write verse when asked.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--steps", type=int, default=SFTConfig().steps, help="fewer, for a trial")
    given = parser.parse_args(arguments)
    found: dict[str, Any] = {"before": judged(*load_trained(), seed=0)}
    for name, replay in (("mixed", SFTConfig().replay), ("alone", 0)):
        found[name] = []
        for seed in SEEDS:
            settings = SFTConfig(steps=given.steps, replay=replay, seed=seed)
            model, record = run(settings)
            found[name].append(record)
            if name == "mixed" and seed == 0:
                save(model, fresh()[1], given.out)
    found["lora"] = [{"rank": r} | run(SFTConfig(steps=given.steps, replay=0), r)[1] for r in RANKS]
    write_file(given.out / RESULTS, (json.dumps(found, indent=1) + "\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
