"""``python -m snippets.post_training.distillation_runs --out FOLDER``: what a teacher is worth.

A student that can be trained in seconds learns from the plays alone,
from MiniGPT's probabilities on them, and from text that MiniGPT writes; three seeds each.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.distillation import Lesson, costs, explained, study, written
from snippets.results import load_results, results_file
from snippets.training.batches import evaluate
from snippets.training.checkpoint import load_trained
from snippets.training.config import TrainingConfig
from snippets.training.files import write_folder
from snippets.training.scaling.equal_compute import Texts, compared_texts
from snippets.transformer.minigpt import MINIGPT, MiniGPT, MiniGPTConfig, count_parameters

NAME = "distillation"
SEEDS = (0, 1, 2)
STUDENT = replace(
    MINIGPT, context=64, d_model=48, num_layers=2, num_heads=2, num_kv_heads=2, d_hidden=128
)
RECIPE = TrainingConfig(steps=100, batch_size=8, muon_lr=0.03, adamw_lr=0.02, warmup=20)
LITTLE = 20_000  # characters of the plays, where text is scarce: a few scenes
COLD = 0.5  # the temperature of text that looks better than it teaches


def pieces_of(text: Tensor, count: int, length: int, seed: int = 0) -> Tensor:
    """So many pieces (N, `length`) of a text, or as many as it has: cut one after another."""
    starts = torch.arange(0, len(text) - length + 1, length - 1)
    chance = torch.Generator().manual_seed(seed)
    chosen = starts[torch.randperm(len(starts), generator=chance)[:count]]
    return text[chosen[:, None] + torch.arange(length)]


def halves(texts: Tensor) -> Tensor:
    """Texts (N, 2T + 1) as pieces (2N, T + 1), of which one ends where the other begins."""
    T = (texts.shape[1] - 1) // 2
    return torch.cat([texts[:, : T + 1], texts[:, T:]])


def lessons(
    teacher: MiniGPT, texts: Texts, steps: int, longer: int
) -> list[tuple[str, int, Lesson]]:
    """The name of each arm, its steps, and what its students read."""
    T, count = STUDENT.context, steps * RECIPE.batch_size
    plenty = pieces_of(texts.training, longer * RECIPE.batch_size, T + 1)
    little = pieces_of(texts.training[:LITTLE], count, T + 1)
    chance = torch.Generator().manual_seed(0)
    places = torch.randint(len(texts.training), (-(-count // 2),), generator=chance)
    starts = texts.training[places]  # letters, each as frequent as in the plays
    sampled, cold = (halves(written(teacher, starts, 2 * T + 1, t)) for t in (1.0, COLD))
    return [
        ("alone", steps, Lesson(plenty[:count])),
        ("logits", steps, explained(teacher, plenty[:count])),
        ("samples", steps, Lesson(sampled)),
        ("samples and logits", steps, explained(teacher, sampled)),
        ("cold samples", steps, Lesson(cold)),
        ("alone", longer, Lesson(plenty)),
        ("little text, alone", steps, Lesson(little)),
        ("little text, alone", longer, Lesson(little)),
        ("little text, logits", longer, explained(teacher, little)),
    ]


def run(
    arm: str, lesson: Lesson, teacher: MiniGPTConfig, texts: Texts, settings: TrainingConfig
) -> dict[str, Any]:
    """One student: what it cost, and its loss on the plays to report on."""
    torch.manual_seed(settings.seed)
    student = MiniGPT(STUDENT)
    for _ in study(student, lesson, settings):
        pass
    seen = len(lesson.pieces) * STUDENT.context
    asked = 0 if arm.endswith("alone") else seen
    return {
        "arm": arm,
        "seed": settings.seed,
        "steps": settings.steps,
        "characters": seen,
        "flops": costs(STUDENT, teacher, settings.steps, settings.batch_size, asked),
        "loss": evaluate(student, texts.reporting),
    }


def diversity(pieces: Tensor, tokenizer: CharTokenizer) -> dict[str, float]:
    """Of the first 50,000 characters: different words, and the share of the ten commonest."""
    text = "\n".join(tokenizer.decode(row) for row in pieces[:, 1:].tolist())[:50_000]
    words = Counter(word.strip(".,;:?!'-").lower() for word in text.split())
    commonest = sum(count for _, count in words.most_common(10))
    return {"words": len(words), "ten commonest": commonest / words.total()}


def load_distillation(folder: Path | None = None) -> dict[str, Any]:
    """What the runs gave; FileNotFoundError where they are missing, ValueError where damaged."""
    return load_results(NAME, "snippets.post_training.distillation_runs", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train all students, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Distil MiniGPT into a smaller model.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--steps", type=int, default=RECIPE.steps, help="fewer, for a trial")
    given = parser.parse_args(arguments)
    (teacher, tokenizer), texts = load_trained(), compared_texts()
    step = costs(STUDENT, teacher.config, 1, 1, STUDENT.context)
    longer = round(given.steps * sum(step.values()) / step["student"])  # for the same compute
    read, found = lessons(teacher, texts, given.steps, longer), []
    for arm, steps, lesson in tqdm(read, desc="students", leave=False):
        for seed in SEEDS:
            settings = replace(
                RECIPE, steps=steps, warmup=min(RECIPE.warmup, steps // 4), seed=seed
            )
            found.append(run(arm, lesson, teacher.config, texts, settings))
    shown = {arm: lesson.pieces for arm, steps, lesson in read if steps == given.steps}
    contents = {
        "runs": found,
        "teacher": evaluate(teacher, texts.reporting, context=STUDENT.context),
        "parameters": [count_parameters(c) for c in (teacher.config, STUDENT)],
        "texts": {
            arm: diversity(shown[arm], tokenizer) for arm in ("alone", "samples", "cold samples")
        },
    }
    write_folder(given.out, results_file(contents))
    return 0


if __name__ == "__main__":
    sys.exit(main())
