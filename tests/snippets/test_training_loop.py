"""Batches, evaluation and the loop: what they read, what they count, and that they learn."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from snippets.minigpt import count_parameters
from snippets.training import TrainingConfig, batches, evaluate, train
from tests.snippets.test_minigpt import TINY, random_ids, tiny

CONFIG = TINY["ours"]
QUICK = TrainingConfig(steps=60, adamw_lr=0.02, warmup=5, eval_every=20, eval_windows=4)


def periodic(length, period=7):
    """A text that is easy to learn: the same few tokens, over and over."""
    return torch.arange(length) % period


def test_batches_are_pieces_of_the_text_one_token_apart():
    data = torch.arange(100)
    generator = torch.Generator().manual_seed(0)
    stream = batches(data, 4, 10, generator)
    starts = set()
    for _ in range(200):
        inputs, targets = next(stream)
        assert inputs.shape == targets.shape == (4, 10)
        assert torch.equal(inputs + 1, targets)
        assert torch.equal(inputs.diff(dim=1), torch.ones(4, 9, dtype=torch.long))
        starts |= set(inputs[:, 0].tolist())
    assert starts == set(range(90))  # every place, the last included


def test_batches_follow_their_generator():
    data = torch.arange(1000)
    draws = [next(batches(data, 4, 8, torch.Generator().manual_seed(s)))[0] for s in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("length", [2, 9, 16, 17, 18, 33, 100])
def test_evaluate_counts_each_token_once(length):
    """Against the definition: each token but the first, given those before it in its window."""
    model = tiny(CONFIG)
    data = random_ids(CONFIG, 1, length)[0]
    total = 0.0
    with torch.no_grad():
        for start in range(0, length - 1, CONFIG.context):
            piece = data[start : start + CONFIG.context + 1]
            logits = model(piece[None, :-1])[0]
            total += F.cross_entropy(logits, piece[1:], reduction="sum").item()
    assert evaluate(model, data, batch_size=2) == pytest.approx(total / (length - 1), rel=1e-5)


def test_evaluate_on_a_part_is_fixed_and_leaves_the_mode():
    model = tiny(replace(CONFIG, dropout=0.5)).train()
    data = random_ids(CONFIG, 1, 1000)[0]
    assert evaluate(model, data, windows=5) == evaluate(model, data, windows=5)
    assert evaluate(model, data, windows=5) != evaluate(model, data)
    assert evaluate(model, data, windows=10_000) == evaluate(model, data)
    assert model.training


def test_texts_too_short_are_refused():
    with pytest.raises(ValueError, match="training text has 16 tokens; it needs 17"):
        next(batches(torch.arange(16), 1, 16, torch.Generator()))
    with pytest.raises(ValueError, match="validation text has 1 tokens; it needs 2"):
        evaluate(tiny(CONFIG), torch.arange(1))


def test_training_learns_and_records_itself():
    model, record = train(CONFIG, QUICK, periodic(2000), periodic(500))
    assert not model.training
    assert record["val_loss"] == evaluate(model, periodic(500))
    assert record["val_loss"] < 0.5 < math.log(CONFIG.vocab_size)
    assert [step for step, _, _ in record["history"]] == [20, 40, 60]
    train_losses = [loss for _, loss, _ in record["history"]]
    assert train_losses == sorted(train_losses, reverse=True)
    assert record["parameters"] == count_parameters(CONFIG)
    assert record["tokens"] == 60 * 8 * CONFIG.context
    assert record["tokens_per_second"] == pytest.approx(record["tokens"] / record["seconds"])


def test_the_same_seed_gives_the_same_model():
    records = [
        train(CONFIG, replace(QUICK, seed=seed), periodic(500), periodic(100))[1]["history"]
        for seed in (3, 3, 4)
    ]
    assert records[0] == records[1] != records[2]


def test_a_loss_that_is_not_finite_stops_it():
    reckless = replace(QUICK, muon_lr=1e30, adamw_lr=1e30)
    with pytest.raises(FloatingPointError, match=r"loss is (nan|inf) at step \d+, learning rate"):
        train(CONFIG, reckless, periodic(500), periodic(100))


@pytest.mark.parametrize("change", [{"steps": 0}, {"batch_size": 0}, {"warmup": 60}])
def test_wrong_settings_are_named(change):
    ((name, value),) = change.items()
    with pytest.raises(ValueError, match=f"{name}={value}"):
        replace(QUICK, **change)
