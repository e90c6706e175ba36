"""A whole training: that it learns, repeats itself, records itself, and can be interrupted."""

import math
import os
import signal
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from snippets.training import train as train_module
from snippets.training.batches import evaluate
from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.train import train
from snippets.transformer.minigpt import count_parameters
from tests.snippets.training.seen_steps import memory_kept
from tests.snippets.transformer.test_minigpt import TINY

CONFIG = TINY["ours"]
QUICK = TrainingConfig(
    steps=60, batch_size=8, muon_lr=0.012, adamw_lr=0.02, warmup=5, eval_every=20, eval_windows=4
)


def periodic(length, period=7):
    """A text that is easy to learn: the same few tokens, over and over."""
    return torch.arange(length) % period


def trained(settings, data, validation):
    """A fresh training, at its end, and its record."""
    training = Training(CONFIG, settings, data, validation)
    return training, train(training)


def test_training_learns_and_records_itself():
    with memory_kept():
        training, record = trained(QUICK, periodic(2000), periodic(500))
    model = training.model
    assert not model.training
    assert record["val_loss"] == pytest.approx(evaluate(model, periodic(500)), abs=1e-6)
    assert record["val_loss"] < 0.5 < math.log(CONFIG.vocab_size)
    assert [step for step, _, _ in record["history"]] == [20, 40, 60]
    train_losses = [loss for _, loss, _ in record["history"]]
    assert train_losses == sorted(train_losses, reverse=True)
    assert record["params"] == count_parameters(CONFIG)
    assert record["tokens"] == 60 * 8 * CONFIG.context
    assert record["tokens_per_second"] == pytest.approx(record["tokens"] / record["seconds"])


def test_the_same_seed_gives_the_same_model():
    records = [
        trained(replace(QUICK, seed=seed), periodic(500), periodic(100))[1]["history"]
        for seed in (3, 3, 4)
    ]
    assert records[0] == records[1] != records[2]


@pytest.mark.parametrize("change", [{"mixed_precision": True}, {"micro_batches": 4}])
def test_another_way_to_compute_the_same_comes_to_about_the_same(change):
    plain, other = (
        trained(settings, periodic(2000), periodic(500))[1]["val_loss"]
        for settings in (QUICK, replace(QUICK, **change))
    )
    assert other == pytest.approx(plain, abs=0.05)


def test_a_loss_that_is_not_finite_stops_it():
    reckless = replace(QUICK, muon_lr=1e30, adamw_lr=1e30)
    with pytest.raises(FloatingPointError, match=r"loss is (nan|inf) at step \d+, learning rate"):
        trained(reckless, periodic(500), periodic(100))


class Interrupted(Training):
    """Sends itself a signal in the middle of some steps, each once."""

    at = (3, 20, 41)
    done: set[int] = set()  # noqa: RUF012 (shared by all objects, on purpose)

    def mean(self, *values: float) -> list[float]:
        if len(values) == 1 and self.step in self.at and self.step not in self.done:
            self.done.add(self.step)  # within a step: its loss is known, and not yet counted
            os.kill(os.getpid(), signal.SIGINT)
        return super().mean(*values)


def test_interrupted_anywhere_it_goes_on_to_the_same_end(tmp_path, monkeypatch):
    monkeypatch.setattr(Interrupted, "done", set())
    _, expected = trained(QUICK, periodic(500), periodic(100))
    handler = signal.getsignal(signal.SIGINT)
    path, stops, record = tmp_path / "state", [], None
    while record is None:
        training = Interrupted(CONFIG, QUICK, periodic(500), periodic(100))
        try:
            record = train(training, False, path, "mark")
        except KeyboardInterrupt:
            stops.append(training.step)
    assert stops == [4, 21, 42]  # the step is finished first
    assert record["val_loss"] == expected["val_loss"]
    assert record["history"] == expected["history"]
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_state_of_another_training_is_not_taken_up(tmp_path):
    path = tmp_path / "state"
    Training(CONFIG, replace(QUICK, seed=9), periodic(500), periodic(100)).save(path, "another")
    record = train(Training(CONFIG, QUICK, periodic(500), periodic(100)), False, path, "mark")
    assert record["history"] == trained(QUICK, periodic(500), periodic(100))[1]["history"]


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_weights_that_are_not_finite_at_the_end_are_no_model(average):
    """No loss ever saw what the last step made of them."""
    wild = replace(QUICK, steps=1, warmup=0, muon_lr=1e38, adamw_lr=1e38, average=average)
    with pytest.raises(FloatingPointError, match="not finite after the last step"):
        trained(wild, periodic(500), periodic(100))


def test_the_record_is_of_the_averaged_weights_and_the_history_of_the_weights():
    settings = replace(QUICK, average=0.9, decay=0.1, eval_windows=1000)
    training, record = trained(settings, periodic(500), periodic(100))
    assert record["val_loss"] == near(evaluate(training.model, periodic(100)))
    plain, unaveraged = trained(replace(settings, average=0.0), periodic(500), periodic(100))
    assert record["history"] == [near(row) for row in unaveraged["history"]]
    assert unaveraged["history"][-1][2] == near(evaluate(plain.model, periodic(100)))
    assert record["val_loss"] != near(unaveraged["val_loss"])


def near(losses: Any) -> Any:
    """Within what float32 leaves to chance: sums of one training differ by where its arrays lie."""
    return pytest.approx(losses, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(("every", "expected"), [(0.0, [1, 2, 3]), (1000.0, [])])
def test_the_state_is_saved_when_it_is_due(tmp_path, monkeypatch, every, expected):
    saved = []
    monkeypatch.setattr(train_module, "SAVE_EVERY", every)
    monkeypatch.setattr(Training, "save", lambda self, path, mark: saved.append(self.step))
    training = Training(CONFIG, replace(QUICK, steps=3, warmup=1), periodic(500), periodic(100))
    train(training, False, tmp_path / "state", "mark")
    assert saved == expected


def test_the_next_saving_is_due_as_long_after_the_last(tmp_path, monkeypatch):
    """By a clock that is read once per step, and goes on a second each time."""
    saved, clock = [], SimpleNamespace(perf_counter=map(float, count()).__next__)
    monkeypatch.setattr(train_module, "time", clock)
    monkeypatch.setattr(train_module, "SAVE_EVERY", 2.5)
    monkeypatch.setattr(Training, "save", lambda self, path, mark: saved.append(self.step))
    training = Training(CONFIG, replace(QUICK, steps=9, warmup=1), periodic(500), periodic(100))
    train(training, False, tmp_path / "state", "mark")
    assert saved == [3, 6, 9]


def test_progress_counts_tokens_and_tells_losses(capsys):
    train(Training(CONFIG, QUICK, periodic(500), periodic(100)), progress=True)
    said = capsys.readouterr().err
    assert "loss " in said and "tokens" in said and "7.68k/7.68k" in said
    train(Training(CONFIG, QUICK, periodic(500), periodic(100)))
    assert not capsys.readouterr().err


def test_seconds_go_on_from_those_that_were_taken_before():
    training = Training(CONFIG, replace(QUICK, steps=2, warmup=1), periodic(500), periodic(100))
    training.seconds = 1000.0
    assert 1000 < train(training)["seconds"] < 1500
