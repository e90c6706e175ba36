"""Three ways to a higher reward, side by side, and how a learned reward is hacked.

`python -m snippets.post_training.reinforcement.rlhf --out FOLDER` trains with PPO, DPO and GRPO,
three times each, and writes how far each came, and how far it went from where it began.
"""

import argparse
import copy
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import torch
from tqdm import tqdm

from snippets.post_training.chat import TEMPLATE
from snippets.post_training.reinforcement import dpo, grpo, ppo
from snippets.post_training.reinforcement.rollouts import Ids, Task, measure
from snippets.post_training.rewards.learned_rewards import (
    NOISE,
    TEMPERATURE,
    Start,
    cooled,
    load_preferences,
    load_start,
)
from snippets.post_training.rewards.preferences import collect
from snippets.post_training.rewards.reward_model import RewardModel, scores
from snippets.post_training.verse import Prompt, prompts
from snippets.results import load_results, results_file
from snippets.training.files import write_folder
from snippets.transformer.minigpt import MiniGPT

SEEDS = (0, 1, 2)
SYLLABLES, LONGEST = 7, 40  # the most that is asked for, and tokens of an answer: short is fast
STEPS, HACKED = 12, 12  # of a training, of one against a score
EVERY = {"runs": 4, "hacked": 2}  # steps between two looks
PAIRS, REPEATED = 288, 16  # for DPO: as many answers as the others write, and steps on them
MEASURED = 192  # answers to held-out prompts
COOLED = (0.75, 0.5, 0.25)  # of the start's temperature
SHOWN = (0, 9, 18, 27)  # the places of answers to show
NAME = "rlhf"

Method = Callable[[MiniGPT, int], Iterator[Any]]  # changes a policy step by step, from a seed
Row = dict[str, float]


class Look(NamedTuple):
    """What a policy does with the held-out prompts: numbers, and its answers."""

    row: Row  # reward, share of full rewards, score by the reward model, KL in nats, length
    answers: list[Ids]


def short(task: Task, asked: Sequence[Prompt]) -> Task:
    """The instructions for few syllables only, of all those that a task asks in this order."""
    kept = [place for place, prompt in enumerate(asked) if prompt.syllables <= SYLLABLES]

    def judge(places: Sequence[int], answers: Sequence[Ids]) -> Sequence[float]:
        return task.judge([kept[place] for place in places], answers)

    return Task([task.prompts[place] for place in kept], judge, task.end, LONGEST)


def short_start() -> Start:
    """What all methods begin with: the fine-tuned model, and short tasks."""
    policy, tokenizer, *tasks = load_start()
    both = zip(tasks, (False, True), strict=True)
    return Start(policy, tokenizer, *(short(task, prompts(held_out)) for task, held_out in both))


def learned_task(task: Task, model: RewardModel) -> Task:
    """The same prompts, judged by a reward model."""

    def judge(places: Sequence[int], answers: Sequence[Ids]) -> list[float]:
        return scores(model, [task.prompts[place] for place in places], answers)

    return task._replace(judge=judge)


def look(policy: MiniGPT, start: MiniGPT, held_out: Task, learned: Task, seed: int) -> Look:
    """The policy on the same prompts each time, its answers judged by both tasks."""
    places = [number % len(held_out.prompts) for number in range(MEASURED)]
    answers: list[Ids] = []

    def judge(places: Sequence[int], given: Sequence[Ids]) -> Sequence[float]:
        answers.extend(given)
        return held_out.judge(places, given)

    asked = held_out._replace(judge=judge)
    reward, kl, length = measure(policy, start, asked, places, seed=1000 + seed)
    right = mean(float(one == 1) for one in held_out.judge(places, answers))
    score = mean(learned.judge(places, answers))
    row = {"reward": reward, "right": right, "score": score, "kl": kl, "length": length}
    return Look(row, answers)


def follow(
    method: Method,
    start: MiniGPT,
    see: Callable[[MiniGPT], Look],
    before: Row,
    seed: int,
    every: int,
) -> tuple[list[Row], list[Ids]]:
    """Trains a copy of the model, and looks at it every few steps: rows, and its last answers."""
    policy, rows, answers = copy.deepcopy(start), [{"step": 0, **before}], list[Ids]()
    for step, _ in enumerate(method(policy, seed), start=1):
        if step % every == 0:
            row, answers = see(policy)
            rows.append({"step": step, **row})
    return rows, answers


def methods(training: Task, start: MiniGPT) -> dict[str, Method]:
    """The three methods, which read equally many answers to training prompts."""

    def by_ppo(policy: MiniGPT, seed: int) -> Iterator[Any]:
        return ppo.train(policy, training, ppo.PPOConfig(steps=STEPS, seed=seed))

    def by_grpo(policy: MiniGPT, seed: int) -> Iterator[Any]:
        return grpo.train(policy, training, grpo.GRPOConfig(steps=STEPS, seed=seed))

    def by_dpo(policy: MiniGPT, seed: int) -> Iterator[Any]:
        generator = torch.Generator().manual_seed(seed)
        pairs = collect(start, training, training.some(PAIRS, generator), NOISE, generator)
        settings = dpo.DPOConfig(steps=REPEATED, seed=seed)
        return dpo.train(policy, training.prompts, pairs, settings)

    return {"PPO": by_ppo, "DPO": by_dpo, "GRPO": by_grpo}


def hacks(learned: Task) -> dict[str, Method]:
    """GRPO against a reward model, with a KL term and without one."""

    def against(beta: float) -> Method:
        settings = grpo.GRPOConfig(steps=HACKED, beta=beta, kl_limit=200)
        return lambda policy, seed: grpo.train(policy, learned, replace(settings, seed=seed))

    return {f"β = {beta}": against(beta) for beta in (0.0, 1.0)}


def samples(start: Start, answers: Sequence[Ids]) -> list[tuple[str, str, float]]:
    """Some held-out prompts, the answers to them, and their true rewards."""
    task, decode = start.held_out, start.tokenizer.decode
    found = []
    for place in SHOWN:
        asked = decode(list(task.prompts[place % len(task.prompts)]))
        reward = task.judge([place % len(task.prompts)], [answers[place]])[0]
        for token in TEMPLATE.tokens:
            asked = asked.replace(token, "")
        found.append((asked, TEMPLATE.readable(decode(list(answers[place]))), reward))
    return found


def load_rlhf(folder: Path | None = None) -> dict[str, Any]:
    """What was measured; FileNotFoundError where it is missing, ValueError where damaged."""
    return load_results(NAME, "snippets.post_training.reinforcement.rlhf", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train with PPO, DPO and GRPO.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    given = parser.parse_args(arguments)
    start = short_start()
    policy, training, held_out = start.policy, start.training, start.held_out
    model = load_preferences(policy)[0]
    learned = learned_task(held_out, model)

    def see(seen: MiniGPT, seed: int) -> Look:
        return look(seen, policy, held_out, learned, seed)

    before = {seed: see(policy, seed) for seed in SEEDS}
    cooler = {TEMPERATURE * share: cooled(policy, share) for share in COOLED}
    found: dict[str, Any] = {"runs": {}, "hacked": {}, "samples": {}}
    found["cooled"] = {
        f"{t:g}": [see(one, seed).row for seed in SEEDS] for t, one in cooler.items()
    }
    found["samples"] = {"start": samples(start, before[SEEDS[0]].answers)}
    plans = [("runs", *plan) for plan in methods(training, policy).items()]
    plans += [("hacked", *plan) for plan in hacks(learned_task(training, model)).items()]
    todo = [(*plan, seed) for plan in plans for seed in SEEDS]
    for kind, name, method, seed in tqdm(todo, "policies", leave=False):
        row, every = before[seed].row, EVERY[kind]
        rows, answers = follow(method, policy, lambda p: see(p, seed), row, seed, every)  # noqa: B023
        found[kind].setdefault(name, []).append(rows)
        if seed == SEEDS[0]:
            found["samples"][name] = samples(start, answers)
    write_folder(given.out, results_file(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
