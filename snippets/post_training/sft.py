"""Supervised fine-tuning: a model that continues text learns to answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from snippets.checks import check_positive
from snippets.foundations.packing import best_fit
from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.chat import IGNORED, Example
from snippets.training.batches import batches
from snippets.training.fast_cpu import fast_training
from snippets.training.optimizers import learning_rate_factor, make_optimizers, set_learning_rate
from snippets.transformer.minigpt import MiniGPT


def with_tokens(
    model: MiniGPT, tokenizer: CharTokenizer, tokens: Sequence[str], seed: int = 0
) -> tuple[MiniGPT, CharTokenizer]:
    """A copy of the model that knows new tokens, and its tokenizer: a row of the table for each.

    A new row is the mean of the old ones, and some noise to tell them apart. So a new token starts
    about as likely as an average old one, and hardly disturbs what is predicted (Hewitt 2021).
    ValueError for a token that is known already, or a model whose head is not its table.
    """
    if not model.config.tie_weights:
        raise ValueError("the model's head has rows of its own (tie_weights=False)")
    larger = CharTokenizer([*tokenizer.characters, *tokens])
    copy = MiniGPT(replace(model.config, vocab_size=larger.vocab_size))
    weights = model.state_dict()
    old = model.embedding.weight.detach()  # (V, C)
    noise = torch.randn(len(tokens), old.shape[1], generator=torch.Generator().manual_seed(seed))
    rows = old.mean(0) + old.std(0) * noise * NOISE  # (new, C) (!)
    weights["embedding.weight"] = weights["head.weight"] = torch.cat([old, rows])  # (!)
    copy.load_state_dict(weights)
    return copy.train(model.training), larger


NOISE = 0.5


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
            position_ids[row, where] = torch.arange(len(inputs))
            owner[row, where] = number
    same = owner[:, None, :, None] == owner[:, None, None, :]  # (B, 1, T, T)
    return Rows(ids, targets, position_ids, same.tril())


def rows_loss(model: MiniGPT, rows: Rows) -> Tensor:
    """Mean of −ln p(target) over all targets that count."""
    logits = model(rows.ids, mask=rows.mask, position_ids=rows.position_ids)  # (B, T, V)
    return F.cross_entropy(logits.flatten(0, 1), rows.targets.flatten(), ignore_index=IGNORED)


def plain_rows(inputs: Tensor, targets: Tensor) -> Rows:
    """Text (B, T) as `Rows`: every token is a target."""
    B, T = inputs.shape
    positions = torch.arange(T).expand(B, T)
    return Rows(inputs, targets, positions, torch.ones(B, 1, T, T, dtype=torch.bool).tril())


@dataclass(frozen=True)
class SFTConfig:
    steps: int = 150
    rows: int = 12
    replay: int = 4
    muon_lr: float = 0.005
    adamw_lr: float = 0.004
    warmup: int = 10
    seed: int = 0


def fine_tune(model: MiniGPT, examples: Sequence[Example], text: Tensor, settings: SFTConfig) -> Iterator[float]:
    """Takes all steps, and yields the loss of each."""
    s = settings
    context = model.config.context
    generator = torch.Generator().manual_seed(s.seed)
    packed = pack(examples, context)
    optimizers = make_optimizers(model, s.muon_lr, s.adamw_lr)
    old = batches(text, max(1, s.replay), context, generator)
    model.train()
    order = torch.randperm(len(packed.ids), generator=generator)
    for step in range(s.steps):
        chosen = order[torch.arange(step * s.rows, (step + 1) * s.rows) % len(order)]
        rows = Rows(*(part[chosen] for part in packed))
        if s.replay:
            rows = Rows(*(torch.cat(two) for two in zip(rows, plain_rows(*next(old)), strict=True)))
        set_learning_rate(optimizers, learning_rate_factor(step, s.steps, s.warmup))
        with fast_training():
            loss = rows_loss(model, rows)
            loss.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        yield loss.item()
    model.eval()
