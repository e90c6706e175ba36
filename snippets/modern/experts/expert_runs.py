"""Dense networks and mixtures of experts, trained alike: what they reach, and which experts work.

``python -m snippets.modern.experts.expert_runs --out FOLDER`` trains them and writes
`results.json`.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from snippets.foundations.texts.corpus import HELD_OUT, plays, split_plays
from snippets.foundations.tokenizers import CharTokenizer
from snippets.modern.experts.expert_balance import adjust_bias, balance_loss
from snippets.modern.experts.mixture_of_experts import MixtureOfExperts, put_experts
from snippets.results import load_results, results_file
from snippets.training.batches import evaluate
from snippets.training.config import TrainingConfig
from snippets.training.files import write_folder
from snippets.training.short_training import next_token, train_on
from snippets.transformer.minigpt import MINIGPT, MiniGPT

NAME = "experts"
STEPS, BATCH, WARMUP = 360, 16, 20
MUON_LR, ADAMW_LR = 0.03, 0.02
EXPERTS, CHOSEN, SEEDS = 8, 2, 3
TESTED = 256  # contexts of held-out text in which choices are counted
BASE = replace(
    MINIGPT, context=64, d_model=48, num_layers=2, num_heads=2, num_kv_heads=2, d_hidden=64
)


# --8<-- [start:kinds]
@dataclass(frozen=True)
class Kind:
    """One way to spend parameters; `d_hidden` is the width of the dense network or of an expert."""

    d_hidden: int
    num_experts: int = 0  # none: a dense network
    loss: float = 0.0  # the weight of the balance loss
    bias: float = 0.0  # the step of the bias
    frozen: bool = False  # the router keeps its random weights


KINDS = {
    "dense": Kind(BASE.d_hidden),
    "experts": Kind(BASE.d_hidden // CHOSEN, EXPERTS),
    "experts, balance loss": Kind(BASE.d_hidden // CHOSEN, EXPERTS, loss=0.01),
    "experts, bias": Kind(BASE.d_hidden // CHOSEN, EXPERTS, bias=0.003),
    "experts, random router": Kind(BASE.d_hidden // CHOSEN, EXPERTS, bias=0.003, frozen=True),
}
# --8<-- [end:kinds]


# --8<-- [start:train]
def build(kind: Kind, vocab_size: int, seed: int) -> tuple[MiniGPT, list[MixtureOfExperts]]:
    """A fresh model of that kind, and its mixtures: one per layer, or none."""
    torch.manual_seed(seed)
    model = MiniGPT(replace(BASE, vocab_size=vocab_size, d_hidden=kind.d_hidden))
    if not kind.num_experts:
        return model, []
    mixtures = put_experts(model, kind.num_experts, CHOSEN, kind.d_hidden)
    for mixture in mixtures:
        mixture.router.gate.weight.requires_grad_(not kind.frozen)
    return model, mixtures


def train(kind: Kind, data: Tensor, vocab_size: int, seed: int, steps: int = STEPS) -> MiniGPT:
    """Trains a model of that kind on ids (N,), and keeps its experts busy in its own way."""
    model, mixtures = build(kind, vocab_size, seed)
    warmup = min(WARMUP, steps // 2)
    settings = TrainingConfig(
        steps, BATCH, muon_lr=MUON_LR, adamw_lr=ADAMW_LR, warmup=warmup, seed=seed
    )

    def loss_of(model: MiniGPT, pieces: Tensor, chance: torch.Generator) -> Tensor:
        loss = next_token(model, pieces, chance)
        if not kind.loss:
            return loss
        routings = [mixture.routing for mixture in mixtures if mixture.routing]
        return loss + kind.loss * sum(map(balance_loss, routings))  # (!)

    def after() -> None:
        for mixture in mixtures:
            if kind.bias and mixture.routing:
                adjust_bias(mixture.router, mixture.routing, kind.bias)  # (!)

    for _ in train_on(data, model, settings, loss_of, after):
        pass
    return model


# --8<-- [end:train]


@torch.no_grad()
def choices(model: MiniGPT, ids: Tensor) -> Tensor:
    """The experts that each layer chose for each token of ids (B, T): (L, B, T, k)."""
    model(ids)
    found = []
    for block in model.blocks:
        assert isinstance(block.feed_forward, MixtureOfExperts) and block.feed_forward.routing
        found.append(block.feed_forward.routing.chosen.view(*ids.shape, -1))
    return torch.stack(found)


def predictable(chosen: Tensor, from_what: Tensor) -> float:
    """How often the choice is the usual one where the same thing is known: a share of (N,) choices.

    Both are numbers (N,): the chosen expert, and, for instance, the character.
    """
    table = torch.zeros(int(from_what.max()) + 1, int(chosen.max()) + 1)
    table.index_put_((from_what, chosen), torch.ones(len(chosen)), accumulate=True)
    return float(table.max(dim=1).values.sum() / len(chosen))


def use(model: MiniGPT, unseen: Tensor, plays_of: Tensor) -> dict[str, Any]:
    """On unseen text: each expert's share per layer, and what its choice can be predicted from."""
    context = BASE.context
    count = len(unseen) // context
    picked = torch.arange(TESTED) * count // TESTED
    ids, works = (x[: count * context].view(count, context)[picked] for x in (unseen, plays_of))
    chosen = choices(model, ids)  # (L, B, T, k)
    loads = [torch.bincount(layer.flatten(), minlength=EXPERTS) for layer in chosen]
    first = [layer[..., 0].flatten() for layer in chosen]  # the best of the chosen
    return {
        "loads": [(load / load.sum()).tolist() for load in loads],
        "by_character": [predictable(layer, ids.flatten()) for layer in first],
        "by_play": [predictable(layer, works.flatten()) for layer in first],
        "by_nothing": [predictable(layer, torch.zeros_like(layer)) for layer in first],
    }


def measure(steps: int = STEPS, seeds: int = SEEDS) -> dict[str, Any]:
    """All kinds with all seeds: the loss on the held-out plays, and how experts are used."""
    texts = plays()
    sides = split_plays(texts)
    tokenizer = CharTokenizer.from_text("".join(sides))
    data, unseen = (torch.tensor(tokenizer.encode(side)) for side in sides)
    lengths = torch.tensor([len(texts[name]) for name in HELD_OUT])
    plays_of = torch.arange(len(lengths)).repeat_interleave(lengths)  # (N,), for each character
    rows = []
    runs = [(name, seed) for name in KINDS for seed in range(seeds)]
    for name, seed in tqdm(runs, desc=NAME, leave=False):
        model = train(KINDS[name], data, tokenizer.vocab_size, seed, steps)
        row: dict[str, Any] = {"kind": name, "seed": seed, "loss": evaluate(model, unseen, 2048)}
        row["parameters"] = sum(p.numel() for p in model.parameters())
        if KINDS[name].num_experts:
            row |= use(model, unseen, plays_of)
        rows.append(row)
    return {"steps": steps, "characters": steps * BATCH * BASE.context, "runs": rows}


def load_experts(folder: Path | None = None) -> dict[str, Any]:
    """What `measure` found; FileNotFoundError where it is missing, ValueError where damaged."""
    return load_results(NAME, "snippets.modern.experts.expert_runs", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train dense models and mixtures of experts.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--steps", type=int, default=STEPS, help="fewer, for a trial")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="fewer, for a trial")
    given = parser.parse_args(arguments)
    write_folder(given.out, results_file(measure(given.steps, given.seeds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
