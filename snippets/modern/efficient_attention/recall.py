"""What a model can look up in its own context: recall of pairs, measured for several mixers.

`python -m snippets.modern.efficient_attention.recall --out FOLDER` trains small models that differ
only in how tokens exchange what they know, three seeds each, and writes how often each recalls the
right value.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F
from tqdm import tqdm

from snippets.checks import check_positive
from snippets.modern.efficient_attention.recall_models import Kind, RecallModel, kept_numbers
from snippets.results import load_results, results_file
from snippets.training.files import write_folder
from snippets.training.optimizers import learning_rate_factor
from snippets.training.speed.fast_cpu import keep_freed_memory

KEYS = VALUES = 64
LEARNED, TESTED = (4, 8, 16), (4, 8, 16, 32)  # pairs of a sequence
STEPS, BATCH, SEEDS = 150, 32, 3
NAME = "recall"


def recall_batch(pairs: int, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Pairs of a key and a value, then the keys again in another order: ids and answers.

    Returns ids (B, 3 · pairs), and the values (B, pairs) of the keys at the end, counted from 0.
    Keys are tokens below 64, values those from 64 on. A sequence has each key once, and may have a
    value several times. Raises ValueError for more pairs than keys.
    """
    check_positive(pairs=pairs, batch=batch)
    if pairs > KEYS:
        raise ValueError(f"pairs={pairs}, but there are only {KEYS} keys")
    keys = torch.rand(batch, KEYS, generator=generator).argsort(dim=1)[:, :pairs]  # (B, n)
    values = torch.randint(VALUES, (batch, pairs), generator=generator)  # (B, n)
    order = torch.rand(batch, pairs, generator=generator).argsort(dim=1)  # (B, n)
    told = torch.stack([keys, KEYS + values], dim=2).flatten(1)  # (B, 2n): k v k v ... (!)
    return torch.cat([told, keys.gather(1, order)], dim=1), values.gather(1, order)  # (!)


def recall_loss(logits: Tensor, answers: Tensor) -> Tensor:
    """The mean loss, in nats, of answers (B, n) in the last places of logits (B, T, V)."""
    asked = logits[:, -answers.shape[1] :, KEYS:]  # (B, n, VALUES)
    return F.cross_entropy(asked.flatten(0, 1), answers.flatten())


def train(
    kinds: tuple[Kind, ...], num_heads: int, lr: float, steps: int = STEPS, seed: int = 0
) -> RecallModel:
    """A model trained on batches of sequences of 4, 8 and 16 pairs in turn."""
    torch.manual_seed(seed)
    model = RecallModel(kinds, KEYS + VALUES, num_heads)
    optimizer = optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.0)
    generator = torch.Generator().manual_seed(seed)
    for step in range(steps):
        ids, answers = recall_batch(LEARNED[step % len(LEARNED)], BATCH, generator)
        recall_loss(model(ids), answers).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.param_groups[0]["lr"] = lr * learning_rate_factor(step, steps, steps // 10)
        optimizer.step()
        optimizer.zero_grad()
    return model.eval()


@torch.no_grad()
def recall_of(model: RecallModel, pairs: int, sequences: int = 256) -> float:
    """The share of right answers to sequences of so many pairs, the same ones each time."""
    ids, answers = recall_batch(pairs, sequences, torch.Generator().manual_seed(10**6 + pairs))
    guesses = model(ids.to(model.head.weight.device))[:, -pairs:, KEYS:].argmax(dim=-1).cpu()
    return (guesses == answers).float().mean().item()


Layers = tuple[Kind, ...]
LEARNING_RATE = 0.01
RUNS: list[tuple[Layers, int]] = [  # the layers, and the heads of each
    (("attention", "attention"), 2),
    *((("linear", "linear"), heads) for heads in (8, 4, 2)),
    *((("delta", "delta"), heads) for heads in (8, 4, 2)),
    (("delta", "attention"), 8),
]


def measured(steps: int = STEPS) -> list[dict[str, Any]]:
    """Each run with its layers, heads, parameters, kept numbers at 16 pairs, and recall by seed."""
    keep_freed_memory()
    found = []
    for kinds, heads in tqdm(RUNS, desc="recall", leave=False):
        models = [train(kinds, heads, LEARNING_RATE, steps, s) for s in range(SEEDS)]
        found.append(
            {
                "layers": list(kinds),
                "heads": heads,
                "parameters": sum(p.numel() for p in models[0].parameters()),
                "kept": kept_numbers(kinds, heads, length=2 * max(LEARNED)),
                "recall": {str(n): [recall_of(model, n) for model in models] for n in TESTED},
            }
        )
    return found


def load_recall(folder: Path | None = None) -> list[dict[str, Any]]:
    """What was measured, a record per run. Errors as of `load_results`."""
    return load_results(NAME, "snippets.modern.efficient_attention.recall", folder)["runs"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, measure, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Measure what small models can look up.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--steps", type=int, default=STEPS, help="fewer, for a trial")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)  # tensors this small aren't worth a second one
    write_folder(given.out, results_file({"runs": measured(given.steps)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
