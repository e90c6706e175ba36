"""Needles in a haystack: what a small model still finds beyond the length that it was trained on.

`python -m snippets.modern.long_context.needle --out FOLDER` trains it on short haystacks, three
seeds, stretches its RoPE in every way, with and without a little further training, and writes how
often each finds the needle, by the length of the haystack and the place in it.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from snippets.modern.long_context.rope_scaling import METHODS, stretched
from snippets.results import load_results, results_file
from snippets.training.config import TrainingConfig
from snippets.training.files import write_folder
from snippets.training.short_training import take_steps
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig

KEYS, VALUES, HAY = 16, 16, 16  # ids 0 to 15 are keys, 16 to 31 values, 32 to 47 hay
NEEDLES = 6  # in each haystack: pairs of a key and its value
SHORTEST = 4 * NEEDLES  # no hay: six pairs, and six questions of a key and its value each
TRAINED, FACTOR = 64, 4
LENGTHS, DEPTHS, TESTED = (64, 128, 192, 256), 5, 32
STEPS, FURTHER, SEEDS = 200, 10, 3
TOKENS = 2048  # of a batch
NAME = "needle"
CONFIG = MiniGPTConfig(
    vocab_size=KEYS + VALUES + HAY,
    context=TRAINED,
    d_model=64,
    num_layers=2,
    num_heads=2,
    num_kv_heads=2,
    d_hidden=128,
    norm="shifted_rmsnorm",  # a token sees the one before, and a value its key
    feed_forward="relu",
    positions="rope",
    bias=False,
    qk_norm=True,
)


def haystacks(
    count: int,
    length: int,
    generator: torch.Generator,
    depth: float | None = None,
    updated: bool = False,
) -> tuple[Tensor, Tensor]:
    """Hay with six pairs "key value" in it, then six questions: ids and answers (B, T).

    A question is a key, and after it comes the value that followed it in the hay: the answer at
    the key. Elsewhere the answer is −100, which a loss leaves out. With a depth, from 0 to 1, the
    pair that is asked for first stands there. If `updated`, three keys stand there twice each with
    two values, and the later one is the answer.

    Raises:
        ValueError: the length has no room for pairs and questions, or the depth does not fit.
    """
    check(length, depth, updated)
    room = length - 2 * NEEDLES  # before the questions
    order = torch.rand(count, room // 2, generator=generator)  # of the places for a pair
    asked = torch.rand(count, NEEDLES, generator=generator)
    if depth is not None:  # the smallest number comes first
        order[:, round(depth * (room // 2 - 1))] = asked[:, 0] = -1
    places, asked = room % 2 + 2 * order.argsort(1)[:, :NEEDLES], asked.argsort(1)  # (B, 6)
    keys = torch.rand(count, KEYS, generator=generator).argsort(1)[:, :NEEDLES]
    if updated:
        keys, (one, other) = keys[:, :3].repeat(1, 2), places.chunk(2, dim=1)
        places = torch.cat([torch.minimum(one, other), torch.maximum(one, other)], dim=1)  # (!)
        asked = 3 + asked % 3
    values = KEYS + torch.randint(VALUES, (count, NEEDLES), generator=generator)
    ids = KEYS + VALUES + torch.randint(HAY, (count, length), generator=generator)
    ids = ids.scatter(1, places, keys).scatter(1, places + 1, values)  # (!)
    ids[:, room::2], ids[:, room + 1 :: 2] = keys.gather(1, asked), values.gather(1, asked)  # (!)
    answers = torch.full_like(ids, -100)
    answers[:, room::2] = ids[:, room + 1 :: 2]
    return ids, answers


def check(length: int, depth: float | None, updated: bool) -> None:
    """Raise a ValueError where a haystack is not possible."""
    if length < SHORTEST:
        raise ValueError(f"length={length} has no room for {NEEDLES} needles and their questions")
    if depth is not None and (updated or not 0 <= depth <= 1):
        raise ValueError(f"depth={depth} is not between 0 and 1, or updated={updated}")


def learn(
    model: MiniGPT,
    steps: int,
    length_at: Callable[[], int],
    generator: torch.Generator,
    muon_lr: float = 0.02,
) -> MiniGPT:
    """Train on haystacks, TOKENS in each step, three of four updated; the model is changed."""
    settings = TrainingConfig(steps, muon_lr=muon_lr, adamw_lr=muon_lr / 2, warmup=steps // 10)
    updated = cycle([False, True, True, True])

    def next_loss() -> Tensor:
        length = length_at()
        ids, answers = haystacks(TOKENS // length, length, generator, updated=next(updated))
        return F.cross_entropy(model(ids).flatten(0, 1), answers.flatten(), ignore_index=-100)

    for _ in tqdm(take_steps(model, settings, next_loss), "needles", steps, leave=False):
        pass
    return model


def train(steps: int, seed: int) -> MiniGPT:
    """A model that knows haystacks of up to TRAINED tokens."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    any_length = partial(torch.randint, SHORTEST, TRAINED + 1, (), generator=generator)
    return learn(MiniGPT(CONFIG), steps, lambda: int(any_length()), generator)


@torch.no_grad()
def found(
    model: MiniGPT,
    length: int,
    depth: float | None = None,
    updated: bool = False,
    count: int = TESTED,
) -> float:
    """The share of haystacks in which the model gives the right value at the first question."""
    generator = torch.Generator().manual_seed(length)
    ids, answers = haystacks(count, length, generator, depth, updated)
    first = length - 2 * NEEDLES
    said = model(ids[:, : first + 1])[:, -1].argmax(-1)  # (B,)
    return (said == answers[:, first]).float().mean().item()


def tested(model: MiniGPT) -> dict[str, Any]:
    """What is found: needles by (depth, length), and the latest of two values by length."""
    depths = [place / (DEPTHS - 1) for place in range(DEPTHS)]
    return {
        "needle": [[found(model, length, depth) for length in LENGTHS] for depth in depths],
        "latest": [found(model, length, updated=True, count=4 * TESTED) for length in LENGTHS],
    }


def one_seed(seed: int, scale: float) -> dict[str, Any]:
    """By method: what the stretched model finds as it is, and after a little further training."""
    trained, results = train(round(scale * STEPS), seed), {}
    for method in METHODS:
        longer = stretched(trained, method, FACTOR)
        results[method] = {"as it is": tested(longer)}
        generator = torch.Generator().manual_seed(1000 + seed)  # the same haystacks for all
        steps = max(1, round(scale * FURTHER))
        learn(longer, steps, lambda: TRAINED * FACTOR, generator, muon_lr=0.005)
        results[method]["trained further"] = tested(longer)
    return results


def load_needle(folder: Path | None = None) -> dict[str, Any]:
    """What was found: `lengths`, `steps`, and `found` by seed, method, and training.

    Raises FileNotFoundError where nothing is there, and ValueError where it is damaged.
    """
    return load_results(NAME, "snippets.modern.long_context.needle", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, stretch, test, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train models that find needles in haystacks.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the steps, for a trial")
    given = parser.parse_args(arguments)
    every = [one_seed(seed, given.scale) for seed in range(SEEDS)]
    steps = {"trained": STEPS, "further": FURTHER}
    write_folder(given.out, results_file({"lengths": LENGTHS, "steps": steps, "found": every}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
