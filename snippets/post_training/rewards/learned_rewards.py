"""What raters' choices teach: reward models from more and more pairs, and what they are good for.

`python -m snippets.post_training.rewards.learned_rewards --out FOLDER` lets the fine-tuned model
write pairs of answers, has simulated raters choose, trains reward models, and writes these and
results.
"""

import argparse
import copy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
import torch
from torch import nn

from snippets.artefacts import artefact_folder
from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.reinforcement.rollouts import Task, write
from snippets.post_training.rewards.preferences import Pair, collect, verse_task
from snippets.post_training.rewards.reward_model import (
    RewardConfig,
    RewardModel,
    margins,
    scores,
    train,
)
from snippets.post_training.sft import load_tuned
from snippets.results import load_results, load_weights, results_file
from snippets.training.files import write_folder
from snippets.transformer.minigpt import MiniGPT

NOISE = 0.15
TEMPERATURE = 0.4  # lower than that of fine-tuning: it makes better answers, and differing ones
SIZES, TESTED = (50, 150, 400), 300
SEEDS = (0, 1, 2)
BEST_OF = 16  # answers to choose the best from, for each prompt
NAME, WEIGHTS = "preferences", "models.safetensors"


def cooled(model: MiniGPT, temperature: float) -> MiniGPT:
    """A copy whose logits are divided by the temperature, so that it samples as if it had that one.

    The last norm's gains, which scale the logits, take it in.
    """
    copied = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in copied.norm.parameters():
            parameter /= temperature  # type: ignore[misc]
    return copied


class Start(NamedTuple):
    """What preference training begins with."""

    policy: MiniGPT
    tokenizer: CharTokenizer
    training: Task
    held_out: Task


def load_start() -> Start:
    """The fine-tuned model at its best temperature, and the prompts to train and to test with."""
    tuned, tokenizer = load_tuned()
    tasks = (verse_task(tokenizer, held_out) for held_out in (False, True))
    return Start(cooled(tuned, TEMPERATURE), tokenizer, *tasks)


def results(
    policy: MiniGPT, training: Task, held_out: Task
) -> tuple[dict[str, Any], list[RewardModel]]:
    """All that the course shows of reward models; and those of the most pairs, one per seed."""
    generator = torch.Generator().manual_seed(0)
    places = training.some(max(SIZES), generator)
    pairs = collect(policy, training, places, NOISE, generator)
    tested = collect(policy, held_out, held_out.some(TESTED, generator), NOISE, generator)
    accuracy: dict[int, list[list[float]]] = {}
    models: list[RewardModel] = []
    for size in SIZES:
        models = [
            train(policy, training.prompts, pairs[:size], RewardConfig(seed=seed)) for seed in SEEDS
        ]
        accuracy[size] = [margins(model, held_out.prompts, tested).tolist() for model in models]
    elsewhere = [Pair(tested[i - 1].place, p.chosen, p.rejected) for i, p in enumerate(tested)]
    found = {
        "noise": NOISE,
        "gaps": [pair.gap for pair in tested],
        "lengths": [len(pair.chosen) - len(pair.rejected) for pair in tested],
        "margins": accuracy,
        "wrong_prompt": margins(models[0], held_out.prompts, elsewhere).tolist(),
        "best_of": best_of(policy, models, held_out),
    }
    return found, models


def best_of(policy: MiniGPT, models: Sequence[RewardModel], task: Task) -> dict[str, Any]:
    """True rewards and scores of many answers to each prompt: (prompts, answers) each."""
    generator = torch.Generator().manual_seed(1)
    places = [place for place in range(len(task.prompts)) for _ in range(BEST_OF)]
    prompts = [task.prompts[place] for place in places]
    answers = [
        answer
        for i in range(0, len(prompts), 128)
        for answer in write(policy, prompts[i : i + 128], task.end, task.longest, generator)
    ]

    def table(values: Sequence[float]) -> list[list[float]]:
        return [list(values[i : i + BEST_OF]) for i in range(0, len(values), BEST_OF)]

    return {
        "true": table(task.judge(places, answers)),
        "learned": [table(scores(model, prompts, answers)) for model in models],
    }


def load_preferences(policy: MiniGPT, folder: Path | None = None) -> list[RewardModel]:
    """The reward models, which were made from this policy, one per seed; raises as the results."""
    preference_results(folder)  # names the command, where nothing is there
    models = [RewardModel(policy) for _ in SEEDS]
    load_weights(nn.ModuleList(models), artefact_folder(NAME, folder) / WEIGHTS)
    return models


def preference_results(folder: Path | None = None) -> dict[str, Any]:
    """What was measured.

    Raises FileNotFoundError where the file is missing, and ValueError where it is damaged.
    """
    return load_results(NAME, "snippets.post_training.rewards.learned_rewards", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train reward models on simulated preferences.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    given = parser.parse_args(arguments)
    start = load_start()
    found, models = results(start.policy, start.training, start.held_out)
    state = nn.ModuleList(models).state_dict()
    weights = {name: tensor.contiguous() for name, tensor in state.items()}
    write_folder(given.out, {WEIGHTS: safetensors.torch.save(weights)} | results_file(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
