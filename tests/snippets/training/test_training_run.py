"""A whole training: that it learns, repeats itself, records itself, and can be interrupted."""

import math
import os
import signal
from dataclasses import replace

import pytest
import torch

from snippets.training.trainer import Training
from snippets.training.training_loop import TrainingConfig, evaluate
from snippets.training.training_run import complete_training, train
from snippets.transformer.minigpt import count_parameters
from tests.snippets.transformer.test_minigpt import TINY

CONFIG = TINY["ours"]
QUICK = TrainingConfig(steps=60, adamw_lr=0.02, warmup=5, eval_every=20, eval_windows=4)


def periodic(length, period=7):
    """A text that is easy to learn: the same few tokens, over and over."""
    return torch.arange(length) % period


def test_training_learns_and_records_itself():
    model, record = train(CONFIG, QUICK, periodic(2000), periodic(500))
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
        train(CONFIG, replace(QUICK, seed=seed), periodic(500), periodic(100))[1]["history"]
        for seed in (3, 3, 4)
    ]
    assert records[0] == records[1] != records[2]


@pytest.mark.parametrize("change", [{"mixed_precision": True}, {"micro_batches": 4}])
def test_another_way_to_compute_the_same_comes_to_about_the_same(change):
    plain, other = (
        train(CONFIG, settings, periodic(2000), periodic(500))[1]["val_loss"]
        for settings in (QUICK, replace(QUICK, **change))
    )
    assert other == pytest.approx(plain, abs=0.05)


def test_a_loss_that_is_not_finite_stops_it():
    reckless = replace(QUICK, muon_lr=1e30, adamw_lr=1e30)
    with pytest.raises(FloatingPointError, match=r"loss is (nan|inf) at step \d+, learning rate"):
        train(CONFIG, reckless, periodic(500), periodic(100))


class Interrupted(Training):
    """Sends itself a signal in the middle of some steps, each once."""

    at = (3, 20, 41)
    done: set[int] = set()  # noqa: RUF012 (shared by all objects, on purpose)

    def advance(self) -> float:
        if self.step in self.at and self.step not in self.done:
            self.done.add(self.step)
            os.kill(os.getpid(), signal.SIGINT)
        return super().advance()


def test_interrupted_anywhere_it_goes_on_to_the_same_end(tmp_path, monkeypatch):
    monkeypatch.setattr(Interrupted, "done", set())
    _, expected = train(CONFIG, QUICK, periodic(500), periodic(100))
    handler = signal.getsignal(signal.SIGINT)
    path, stops, record = tmp_path / "state", [], None
    while record is None:
        training = Interrupted(CONFIG, QUICK, periodic(500))
        try:
            record = complete_training(training, periodic(100), False, path, "mark")
        except KeyboardInterrupt:
            stops.append(training.step)
    assert stops == [4, 21, 42]  # the step is finished first
    assert record["val_loss"] == expected["val_loss"]
    assert record["history"] == expected["history"]
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_state_of_another_training_is_not_taken_up(tmp_path):
    path = tmp_path / "state"
    Training(CONFIG, replace(QUICK, seed=9), periodic(500)).save(path, "another")
    record = complete_training(
        Training(CONFIG, QUICK, periodic(500)), periodic(100), False, path, "mark"
    )
    assert record["history"] == train(CONFIG, QUICK, periodic(500), periodic(100))[1]["history"]


def test_a_validation_text_too_short_is_refused_before_training():
    with pytest.raises(ValueError, match="validation text has 1 tokens; it needs 2"):
        train(CONFIG, replace(QUICK, steps=10**9), periodic(500), periodic(1))
