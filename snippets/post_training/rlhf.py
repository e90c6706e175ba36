"""Three ways to a higher reward, side by side, and how a learned reward is hacked.

`python -m snippets.post_training.rlhf --out FOLDER` trains the fine-tuned model with PPO, DPO and
GRPO, three times each, and writes how far each came, and how far it went from where it began.
"""

import argparse
import copy
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from snippets.post_training import dpo, grpo, ppo
from snippets.post_training.learned_rewards import (
    NOISE,
    TEMPERATURE,
    cooled,
    load_preferences,
    load_start,
)
from snippets.post_training.preferences import collect
from snippets.post_training.reward_model import RewardModel, scores
from snippets.post_training.rollouts import Ids, Measured, Task, measure
from snippets.training.files import write_folder
from snippets.transformer.minigpt import MiniGPT

SEEDS = (0, 1, 2)
STEPS, EVERY = 24, 8  # of each training, and between two measurements
HACKED = 16  # steps against a learned score, faster ones
PAIRS = 576  # for DPO: as many answers as the other two write, 48 per step
MEASURED = 160  # answers to held-out prompts
RESULTS = "results.json"
FOLDER = "rlhf"

Method = Callable[[MiniGPT, int], Iterator[Any]]  # changes a policy step by step, from a seed


def follow(
    method: Method, start: MiniGPT, tasks: dict[str, Task], seed: int
) -> list[dict[str, float]]:
    """Trains a copy of the model, and measures it every few steps.

    Each row has the step, KL and length, and the mean reward by the judge of each task, which all
    ask the same held-out prompts.
    """
    policy = copy.deepcopy(start)
    rows: list[dict[str, float]] = []

    def look(step: int) -> None:
        found = {name: seen(policy, start, task, seed) for name, task in tasks.items()}
        one = next(iter(found.values()))
        rewards = {name: measured.reward for name, measured in found.items()}
        rows.append({"step": step, "kl": one.kl, "length": one.length, **rewards})

    look(0)
    for step, _ in enumerate(method(policy, seed), start=1):
        if step % EVERY == 0:
            look(step)
    return rows


def seen(policy: MiniGPT, start: MiniGPT, task: Task, seed: int) -> Measured:
    """The policy on the same number of answers each time."""
    places = [number % len(task.prompts) for number in range(MEASURED)]
    return measure(policy, start, task, places, seed=1000 + seed)


def learned_task(task: Task, model: RewardModel) -> Task:
    """The same prompts, judged by a reward model."""

    def judge(places: Sequence[int], answers: Sequence[Ids]) -> list[float]:
        return scores(model, [task.prompts[place] for place in places], answers)

    return task._replace(judge=judge)


def methods(training: Task, start: MiniGPT) -> dict[str, Method]:
    """The three methods, which read equally many answers to training prompts."""

    def by_ppo(policy: MiniGPT, seed: int) -> Iterator[Any]:
        return ppo.train(policy, training, ppo.PPOConfig(steps=STEPS, seed=seed))

    def by_grpo(policy: MiniGPT, seed: int) -> Iterator[Any]:
        return grpo.train(policy, training, grpo.GRPOConfig(steps=STEPS, seed=seed))

    def by_dpo(policy: MiniGPT, seed: int) -> Iterator[Any]:
        generator = torch.Generator().manual_seed(seed)
        pairs = collect(start, training, training.some(PAIRS, generator), NOISE, generator)
        settings = dpo.DPOConfig(steps=STEPS, seed=seed)
        return dpo.train(policy, training.prompts, pairs, settings)

    return {"PPO": by_ppo, "DPO": by_dpo, "GRPO": by_grpo}


def hacks(learned: Task) -> dict[str, Method]:
    """GRPO against a reward model, with a KL term and without one."""

    def against(beta: float) -> Method:
        settings = grpo.GRPOConfig(steps=HACKED, lr=4e-4, beta=beta, kl_limit=200)
        return lambda policy, seed: grpo.train(policy, learned, replace(settings, seed=seed))

    return {f"β = {beta}": against(beta) for beta in (0.0, 0.5)}


def rlhf_folder() -> Path:
    """Where the artefact is: in `build` of the project, or next to the installed package."""
    here = Path(__file__).parents[1]
    built = here.parent / "build" / FOLDER
    return built if built.is_dir() else here / FOLDER


def load_rlhf(folder: Path | None = None) -> dict[str, Any]:
    """What was measured: by method, and by seed, rows of step, kl, length and rewards.

    Raises FileNotFoundError where the file is missing, and ValueError where it is damaged.
    """
    path = (rlhf_folder() if folder is None else folder) / RESULTS
    if not path.is_file():
        command = f"python -m snippets.post_training.rlhf --out build/{FOLDER}"
        raise FileNotFoundError(f"{path} is missing; minutes make it: `{command}`")
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train with PPO, DPO and GRPO.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    given = parser.parse_args(arguments)
    start, _, training, held_out = load_start()
    model = load_preferences(start)[0]
    learned = {"reward": held_out, "score": learned_task(held_out, model)}
    plans: list[tuple[str, str, Method, dict[str, Task]]] = [
        ("runs", name, method, {"reward": held_out})
        for name, method in methods(training, start).items()
    ]
    plans += [
        ("hacked", name, method, learned)
        for name, method in hacks(learned_task(training, model)).items()
    ]
    cooler = {t: cooled(start, t / TEMPERATURE) for t in (1.0, TEMPERATURE / 2)}
    found: dict[str, dict[str, list[Any]]] = {"runs": {}, "hacked": {}, "temperature": {}}
    for temperature, model_then in cooler.items():
        rows = [seen(model_then, start, held_out, seed)._asdict() for seed in SEEDS]
        found["temperature"][str(temperature)] = rows
    todo = [(*plan, seed) for plan in plans for seed in SEEDS]
    for kind, name, method, tasks, seed in tqdm(todo, desc="policies", leave=False):
        found[kind].setdefault(name, []).append(follow(method, start, tasks, seed))
    write_folder(given.out, {RESULTS: (json.dumps(found, allow_nan=False) + "\n").encode()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
