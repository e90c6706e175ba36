"""The course's adders: trained to answer at once or to think first, and thousands of their answers.

`python -m snippets.inference.reasoning.arithmetic --out FOLDER` trains them, three seeds each, has
them solve problems that none was trained on, and writes what the course shows: the weights of the
first seed, and every sampled answer of all seeds with the score that a verifier gave it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import safetensors.torch

from snippets.artefacts import artefact_folder
from snippets.inference.reasoning.step_search import search
from snippets.inference.reasoning.sums import STYLES, Terms, answer, how_many, problems, question
from snippets.inference.reasoning.thinking import CONFIG, SIZES, solve, train
from snippets.inference.reasoning.verifier import Verifier, score, train_verifier
from snippets.results import load_results, load_weights, results_file
from snippets.training.files import write_folder
from snippets.transformer.minigpt import MiniGPT

STEPS, VERIFIER_STEPS, SEEDS = 380, 150, 3
TESTED, SAMPLES = 120, 32  # problems, and samples of each
LEARNED, TRIES = 800, 5  # problems of the training side that the verifier learns from, and samples
WIDTHS = (4, 16)  # of the search, which keeps a quarter
SHARP = 0.5  # the second temperature
NAME = "arithmetic"


def repeated(asked: Sequence[Terms], times: int) -> list[Terms]:
    """Each problem so many times, one after the other."""
    return [terms for terms in asked for _ in range(times)]


def sampled(
    model: MiniGPT, asked: Sequence[Terms], times: int, temperature: float = 1.0, batch: int = 1600
) -> list[str]:
    """So many solutions of each problem, in the order of `repeated`."""
    rows = repeated(asked, times)
    parts = range(0, len(rows), batch)
    return [s for i in parts for s in solve(model, rows[i : i + batch], temperature, seed=i)]


def in_rows(values: Sequence[Any], times: int) -> list[list[Any]]:
    """A list with `times` values for each problem, from a flat one."""
    return [list(values[i : i + times]) for i in range(0, len(values), times)]


def recorded(solutions: Sequence[str], times: int) -> dict[str, list[list[Any]]]:
    """The answers, and the number of tokens of each solution."""
    return {
        "answers": in_rows([answer(s) for s in solutions], times),
        "tokens": in_rows([len(s) for s in solutions], times),
    }


def one_seed(seed: int, scale: float) -> tuple[dict[str, MiniGPT | Verifier], dict[str, Any]]:
    """Both models and the verifier of a seed, and all that they say about the tested problems."""
    tested = problems(TESTED, max(SIZES), held_out=True)
    learned = problems(LEARNED, max(SIZES), held_out=False, seed=1 + seed)
    direct, thinking = (train(style, round(scale * STEPS), seed) for style in STYLES)
    tries = sampled(thinking, learned, TRIES)
    steps = round(scale * VERIFIER_STEPS)
    verifier = train_verifier(thinking, repeated(learned, TRIES), tries, steps, seed)

    samples = {
        "direct": sampled(direct, tested, SAMPLES),
        "thinking": sampled(thinking, tested, SAMPLES),
        "sharp": sampled(thinking, tested, SAMPLES, SHARP),
    }
    found: dict[str, Any] = {"seed": seed}
    found |= {name: recorded(some, SAMPLES) for name, some in samples.items()}
    for name, model in (("direct", direct), ("thinking", thinking)):
        found[name]["sizes"] = {str(n): greedy_accuracy(model, n) for n in (*SIZES, max(SIZES) + 1)}
    asked = [question(terms) for terms in repeated(tested, SAMPLES)]
    whole = [q + s for q, s in zip(asked, samples["thinking"], strict=True)]
    scores = [round(value, 4) for value in score(verifier, whole)]
    found["thinking"]["scores"] = in_rows(scores, SAMPLES)
    found["search"] = {}
    for width in WIDTHS:
        chains, spent = search(thinking, verifier, tested, width, keep=width // 4)
        found["search"][str(width)] = {"answers": [answer(s) for s in chains], "tokens": spent}
    return {"direct": direct, "thinking": thinking, "verifier": verifier}, found


def greedy_accuracy(model: MiniGPT, size: int) -> float:
    """The share of right greedy answers to held-out problems of so many numbers."""
    asked = problems(min(TESTED, how_many(size) // 10), size, held_out=True)
    solutions = sampled(model, asked, 1, temperature=0)
    return sum(answer(s) == sum(t) for s, t in zip(solutions, asked, strict=True)) / len(asked)


def load_arithmetic(folder: Path | None = None) -> dict[str, Any]:
    """What was recorded: `problems`, and for each of the `seeds` what its models answered.

    Raises FileNotFoundError where there is nothing, and ValueError where it is damaged.
    """
    return load_results(NAME, "snippets.inference.reasoning.arithmetic", folder)


def load_adder(name: str, folder: Path | None = None) -> MiniGPT | Verifier:
    """A model of the first seed: `direct`, `thinking`, or the `verifier` of what that one writes.

    Raises FileNotFoundError where there is none of that name, and ValueError where it is damaged.
    """
    model = MiniGPT(CONFIG)
    wanted = Verifier(model) if name == "verifier" else model
    return load_weights(wanted, artefact_folder(NAME, folder) / f"{name}.safetensors")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, solve, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train models that add, and record their answers.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the steps, for a trial")
    given = parser.parse_args(arguments)
    contents: dict[str, bytes] = {}
    seeds = []
    for seed in range(SEEDS):
        models, found = one_seed(seed, given.scale)
        seeds.append(found)
        if seed == 0:
            for name, model in models.items():
                contents[f"{name}.safetensors"] = safetensors.torch.save(
                    {k: v.contiguous().clone() for k, v in model.state_dict().items()}
                )
    record = {"problems": problems(TESTED, max(SIZES), held_out=True), "seeds": seeds}
    write_folder(given.out, contents | results_file(record, compact=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
