"""Supervised fine-tuning: a model that continues text learns to answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, optim
from torch.nn import functional as F

from snippets.artefacts import artefact_folder
from snippets.checks import check_positive
from snippets.foundations.text_data.packing import best_fit
from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.chat import IGNORED, Example
from snippets.training.batches import batches
from snippets.training.checkpoint import load
from snippets.training.optimizers import learning_rate_factor, make_optimizers, set_learning_rate
from snippets.training.speed.fast_cpu import keep_freed_memory
from snippets.transformer.minigpt import MiniGPT, device_of

NAME = "verse"


def with_tokens(
    model: MiniGPT, tokenizer: CharTokenizer, tokens: Sequence[str], seed: int = 0
) -> tuple[MiniGPT, CharTokenizer]:
    """A copy of the model that knows new tokens, and its tokenizer: a row of the table for each.

    A new row is the mean of the old ones, with some noise to tell the new tokens apart: so none
    starts out much more likely than the old ones (Hewitt 2021).
    ValueError for a token that is known already, or a model whose head is not its table.
    """
    if not model.config.tie_weights:
        raise ValueError("the model's head has rows of its own (tie_weights=False)")
    larger = CharTokenizer([*tokenizer.characters, *tokens])
    old = model.embedding.weight.detach()  # (V, C)
    copy = MiniGPT(replace(model.config, vocab_size=larger.vocab_size)).to(old)
    weights = model.state_dict()
    noise = torch.randn(len(tokens), old.shape[1], generator=torch.Generator().manual_seed(seed))
    rows = old.mean(0) + 0.5 * old.std(0) * noise.to(old.device)  # (new, C) (!)
    weights["embedding.weight"] = weights["head.weight"] = torch.cat([old, rows])  # (!)
    copy.load_state_dict(weights)
    return copy.train(model.training), larger


# --8<-- [start:rows]
class Rows(NamedTuple):
    """Sequences to learn from, (B, T) each, and who may look at whom, (B, 1, T, T)."""

    ids: Tensor
    targets: Tensor  # IGNORED where nothing is to be learned
    position_ids: Tensor
    mask: Tensor


def pack(examples: Sequence[Example], length: int) -> Rows:
    """Conversations side by side in rows, none cut: each counts its positions from 0, sees itself.

    ValueError where one is longer than a row.
    """
    places = best_fit([len(example.ids) - 1 for example in examples], length)
    shape = len(places), length
    ids, position_ids = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    targets = torch.full(shape, IGNORED)
    owner = torch.full(shape, -1)  # which conversation a token belongs to; -1 for padding
    for row, together in enumerate(places):
        start = 0
        for number in together:
            inputs, wanted = examples[number].inputs_and_targets()
            where = slice(start, start := start + len(inputs))
            ids[row, where], targets[row, where] = torch.tensor(inputs), torch.tensor(wanted)
            position_ids[row, where] = torch.arange(len(inputs))  # (!)
            owner[row, where] = number
    same = owner[:, None, :, None] == owner[:, None, None, :]  # (B, 1, T, T) (!)
    return Rows(ids, targets, position_ids, same.tril())


def plain_rows(inputs: Tensor, targets: Tensor) -> Rows:
    """Text (B, T) as `Rows`: every token is a target, as in pre-training."""
    B, T = inputs.shape
    mask = torch.ones(B, 1, T, T, dtype=torch.bool, device=inputs.device).tril()
    position_ids = torch.arange(T, device=inputs.device).expand(B, T)
    return Rows(inputs, targets, position_ids, mask)


# --8<-- [end:rows]


def rows_loss(model: MiniGPT, rows: Rows) -> Tensor:
    """Mean of −ln p(target) over the targets that count; ValueError where none does."""
    if not (rows.targets != IGNORED).any():
        raise ValueError("the rows have no target: there is nothing to learn")
    rows = Rows(*(part.to(device_of(model)) for part in rows))
    logits = model(rows.ids, mask=rows.mask, position_ids=rows.position_ids)  # (B, T, V)
    return F.cross_entropy(logits.flatten(0, 1), rows.targets.flatten(), ignore_index=IGNORED)


@dataclass(frozen=True)
class SFTConfig:
    """How long to learn, how fast, and how much of the old text to repeat."""

    steps: int = 80
    rows: int = 5  # of conversations, in a step
    replay: int = 2  # rows of the old text, in the same step
    muon_lr: float = 0.01
    adamw_lr: float = 0.006
    warmup: int = 10
    seed: int = 0  # of the order of the rows, and of the old text's pieces

    def __post_init__(self) -> None:
        check_positive(steps=self.steps, rows=self.rows, muon_lr=self.muon_lr)
        if self.replay < 0:
            raise ValueError(f"replay={self.replay} must not be negative")


def fine_tune(
    model: MiniGPT,
    rows: Rows,
    settings: SFTConfig,
    old: Tensor | None = None,
    optimizers: list[optim.Optimizer] | None = None,
) -> Iterator[float]:
    """Takes all steps, and yields the loss of each; the model is in evaluation mode after the last.

    The ids `old` (N,) are the text to repeat, where there is replay. All weights are trained as in
    pre-training, unless optimizers are given. FloatingPointError where a loss is not finite.
    """
    s, chance = settings, torch.Generator().manual_seed(settings.seed)
    if s.replay and old is None:
        raise ValueError(f"replay={s.replay} needs the old text")
    keep_freed_memory()
    optimizers = optimizers or make_optimizers(model, s.muon_lr, s.adamw_lr)
    order = shuffled(len(rows.ids), s.steps * s.rows, chance)
    text: Iterator[tuple[Tensor, Tensor]] = iter(())
    if old is not None and s.replay:
        text = batches(old.to(rows.ids.device), s.replay, model.config.context, chance)
    for step in range(s.steps):
        model.train()
        batch = Rows(*(part[order[step * s.rows : (step + 1) * s.rows]] for part in rows))
        if s.replay:
            repeated = plain_rows(*next(text))
            batch = Rows(*map(torch.cat, zip(batch, repeated, strict=True)))  # (!)
        factor = learning_rate_factor(step, s.steps, min(s.warmup, s.steps // 2))
        set_learning_rate(optimizers, factor)
        loss = rows_loss(model, batch)
        loss.backward()
        if not isfinite(loss.item()):
            raise FloatingPointError(f"the loss is {loss.item()} at step {step}")
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        model.eval()
        yield loss.item()


def shuffled(count: int, needed: int, chance: torch.Generator) -> Tensor:
    """So many places below `count`, in random order, each once before any comes again."""
    rounds = -(-needed // count)
    return torch.cat([torch.randperm(count, generator=chance) for _ in range(rounds)])[:needed]


def load_tuned(folder: Path | None = None) -> tuple[MiniGPT, CharTokenizer]:
    """The model that was tuned to write verse by instruction, and its tokenizer.

    Raises FileNotFoundError where it is missing, and ValueError where a file is damaged.
    """
    folder = artefact_folder(NAME, folder)
    if not folder.is_dir():
        command = f"python -m snippets.post_training.verse_runs --out build/{NAME}"
        raise FileNotFoundError(f"{folder} is missing; minutes make it: `{command}`")
    return load(folder)
