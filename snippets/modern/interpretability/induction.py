"""Induction heads grown in models of attention alone, and what their heads do while they learn.

`python -m snippets.modern.interpretability.induction --out FOLDER` trains models of two layers and
of one, three seeds each, on sequences that begin anew, and writes their weights and the course of
the training.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from snippets.artefacts import artefact_folder
from snippets.modern.interpretability.head_scores import induction_scores, previous_scores
from snippets.modern.interpretability.repeats import VOCAB, Repeats, repeats
from snippets.results import load_results, load_weights, results_file
from snippets.training.config import TrainingConfig
from snippets.training.files import write_folder
from snippets.training.short_training import take_steps
from snippets.transformer.attention_weights import attention_weights
from snippets.transformer.minigpt import MINIGPT, MiniGPT, next_token_loss

NAME, STEPS, EVERY, SEEDS, BATCH = "induction", 300, 10, 3, 32
DEPTHS = (2, 1)
LATE, EARLY = 10, 7  # of a sequence, so many last predictions and so many first ones
CONFIG = replace(
    MINIGPT,
    vocab_size=VOCAB,
    context=64,
    d_model=64,
    d_hidden=1,
    feed_forward="gelu_tanh",
    qk_norm=False,
    tie_weights=False,
)


class AddsNothing(nn.Module):
    """In the place of a feed-forward network: (B, T, C) -> zeros."""

    def forward(self, x: Tensor) -> Tensor:
        """Zeros of the same shape."""
        return torch.zeros_like(x)


def attention_only(layers: int, seed: int = 0) -> MiniGPT:
    """MiniGPT without feed-forward networks; every product keeps the size of what it is given.

    Weights have the deviation 1/√C, and embeddings four times that. With MiniGPT's own 0.02, heads
    of so small a model start out with hardly any output, and learn later.
    """
    torch.manual_seed(seed)
    model = MiniGPT(replace(CONFIG, num_layers=layers))
    for block in model.blocks:
        block.feed_forward, block.feed_forward_norm = AddsNothing(), nn.Identity()
    for parameter in model.parameters():
        if parameter.ndim == 2:
            nn.init.normal_(parameter, std=CONFIG.d_model**-0.5)
    nn.init.normal_(model.embedding.weight, std=4 * CONFIG.d_model**-0.5)
    return model


@torch.no_grad()
def losses(model: MiniGPT, ids: Tensor) -> Tensor:
    """−ln p of each token but the first, (B, T − 1), in nats."""
    logits = model(ids[:, :-1])  # (B, T − 1, V)
    return F.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")


def in_context_score(each: Tensor) -> float:
    """Loss on the last predictions minus loss on the first, of losses (B, T − 1).

    The lower it is, the more a model makes of its context (Olsson et al. 2022, with other places).
    """
    return float(each[:, -LATE:].mean() - each[:, :EARLY].mean())


def measured(model: MiniGPT, made: Repeats) -> dict[str, Any]:
    """What the course of the training records: losses, and the scores of all heads."""
    each = losses(model, made.ids)
    again = made.again()[:, :-1]
    with torch.no_grad():
        weights = attention_weights(model, made.ids)
    return {
        "first": float(each[~again].mean()),
        "again": float(each[again].mean()),
        "in_context": in_context_score(each),
        "induction": induction_scores(weights, made).tolist(),
        "previous": previous_scores(weights).tolist(),
    }


def train(layers: int, steps: int, seed: int) -> tuple[MiniGPT, list[dict[str, Any]]]:
    """A trained model, and what was measured every few steps, on sequences kept for that."""
    model = attention_only(layers, seed)
    settings = TrainingConfig(steps, muon_lr=0.01, adamw_lr=0.02, warmup=10, decay=0.3)
    generator = torch.Generator().manual_seed(1000 + seed)
    kept = repeats(48, torch.Generator().manual_seed(0))
    history = [{"step": 0} | measured(model, kept)]

    def next_loss() -> Tensor:
        ids = repeats(BATCH, generator).ids
        return next_token_loss(model(ids[:, :-1]), ids[:, 1:])  # (!)

    taken = take_steps(model, settings, next_loss)
    bar = tqdm(taken, f"{layers} layers, seed {seed}", steps, leave=False)
    for step, _ in enumerate(bar, 1):
        if step % EVERY == 0:
            history.append({"step": step} | measured(model, kept))
    return model, history


def weights_of(layers: int, seed: int) -> str:
    """The file of a model's weights."""
    return f"layers-{layers}-seed-{seed}.safetensors"


def load_induction(folder: Path | None = None) -> dict[str, list[list[dict[str, Any]]]]:
    """By the number of layers, for each seed, what was measured over the steps.

    Raises as `load_results` does.
    """
    return load_results(NAME, "snippets.modern.interpretability.induction", folder)


def load_attention_only(layers: int, seed: int = 0, folder: Path | None = None) -> MiniGPT:
    """A trained model; FileNotFoundError where there is none of that depth and seed.

    ValueError where its file is damaged.
    """
    path = artefact_folder(NAME, folder) / weights_of(layers, seed)
    return load_weights(attention_only(layers), path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Grow induction heads.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--steps", type=int, default=STEPS, help="fewer, for a trial")
    given = parser.parse_args(arguments)
    contents: dict[str, bytes] = {}
    found: dict[str, Any] = {}
    for layers in DEPTHS:
        found[str(layers)] = []
        for seed in range(SEEDS):
            model, history = train(layers, given.steps, seed)
            found[str(layers)].append(history)
            contents[weights_of(layers, seed)] = safetensors.torch.save(dict(model.state_dict()))
    write_folder(given.out, contents | results_file(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
