"""Three ways to a higher reward, side by side, and how a learned reward is hacked.

`python -m snippets.post_training.rlhf --out FOLDER` trains the fine-tuned model with PPO, DPO and
GRPO, three times each, and writes how far each came, and how far it went from where it began.
"""

import argparse
import copy
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from snippets.post_training import dpo, grpo, ppo
from snippets.post_training.learned_rewards import NOISE, SIZES, load_preferences
from snippets.post_training.preferences import collect, verse_task
from snippets.post_training.reward_model import RewardModel, scores
from snippets.post_training.rollouts import Ids, Task, measure
from snippets.post_training.sft import load_tuned
from snippets.training.files import write_file
from snippets.transformer.minigpt import MiniGPT

SEEDS = (0, 1, 2)
STEPS, EVERY = 40, 10  # of each training, and between two measurements
HACKED = 60  # steps against a learned reward
MEASURED = 192  # held-out prompts
RESULTS = "results.json"
FOLDER = "rlhf"

Row = dict[str, float]
Method = Callable[[MiniGPT, int], Iterator[Any]]  # takes steps with a policy and a seed


def follow(method: Method, start: MiniGPT, held_out: Task, seed: int, judges: dict[str, Task]) -> list[Row]:
    """Trains a copy of the model, and measures it on held-out prompts every few steps."""
    policy = copy.deepcopy(start)
    rows: list[Row] = []

    def look(step: int) -> None:
        policy.eval()
        places = range(MEASURED)
        found = measure(policy, start, held_out, places, seed=1000 + seed)
        row = {"step": step, **found._asdict()}
        for name, task in judges.items():
            row[name] = measure(policy, start, task, places, seed=1000 + seed).reward
        rows.append(row)

    look(0)
    for step, _ in zip(count(1), method(policy, seed), strict=False):
        if step % EVERY == 0:
            look(step)
    return rows
