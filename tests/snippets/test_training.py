"""Training learns, repeats itself exactly, and leaves a whole folder or none."""

import re

import pytest
import torch

from snippets import checkpoint, training
from snippets.minigpt import MiniGPT
from snippets.training import TrainingConfig, evaluate, main, run
from tests.snippets.test_minigpt import TINY

CONFIG = TINY["ours"]
QUICK = TrainingConfig(steps=60, adamw_lr=0.02, warmup=5, eval_every=20, eval_windows=4)


def periodic(length, period=7):
    """A text that is easy to learn: the same few tokens, over and over."""
    return torch.arange(length) % period


SPEECHES = "ANN:\nGood morrow, sir.\n\nBOB:\nWell met; what news?\n\n"


@pytest.fixture
def small(monkeypatch):
    """The course's training, with a small corpus and a small model in the place of the plays."""
    texts = {"a": SPEECHES * 40, "b": SPEECHES * 9}
    monkeypatch.setattr(training, "plays", lambda: texts)
    monkeypatch.setattr(training, "split_plays", lambda texts: (texts["a"], texts["b"]))
    monkeypatch.setattr(training, "MINIGPT", CONFIG)
    monkeypatch.setattr(run, "__defaults__", (CONFIG,))
    return texts


def arguments(out, *more):
    return ["--out", str(out), "--steps", "25", *more]


def test_the_command_writes_a_whole_folder(small, tmp_path, capsys):
    out = tmp_path / "build" / "minigpt"
    assert main(arguments(out, "--seed", "2")) == 0
    model, tokenizer = checkpoint.load(out)
    record = checkpoint.training_record(out)
    assert isinstance(model, MiniGPT)
    assert tokenizer.characters == sorted(set(SPEECHES))
    validation = torch.tensor(tokenizer.encode(small["b"]))
    assert record["val_loss"] == pytest.approx(evaluate(model, validation), abs=1e-6)
    assert record["seed"] == 2
    assert record["versions"]["torch"] == torch.__version__
    assert {"history", "seconds", "tokens", "tokens_per_second", "parameters"} <= record.keys()
    assert f"validation loss {record['val_loss']:.4f}" in capsys.readouterr().out


def test_the_command_does_nothing_twice(small, tmp_path, capsys, monkeypatch):
    out = tmp_path / "minigpt"
    assert main(arguments(out)) == 0
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert main(arguments(out)) == 0
    assert "up to date" in capsys.readouterr().out
    assert before == {path.name: path.stat().st_mtime_ns for path in out.iterdir()}


def test_the_command_trains_again_where_something_changed(small, tmp_path, capsys):
    out = tmp_path / "minigpt"
    assert main(arguments(out)) == 0
    assert main(arguments(out, "--seed", "1")) == 0
    assert checkpoint.training_record(out)["seed"] == 1
    small["a"] += SPEECHES
    assert main(arguments(out, "--seed", "1")) == 0
    (out / "model.safetensors").write_bytes(b"")  # damaged, though the fingerprint is right
    assert main(arguments(out, "--seed", "1")) == 0
    checkpoint.load(out)
    assert "up to date" not in capsys.readouterr().out


def fail(error):
    def function(*arguments, **options):
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (OSError(28, "No space left on device"), 1, "No space left on device; nothing was written"),
        (FloatingPointError("the loss is nan at step 3"), 1, "nan at step 3; nothing was written"),
        (KeyboardInterrupt(), 130, "stopped; nothing was written"),
    ],
)
def test_faults_give_one_clear_line(small, tmp_path, capsys, monkeypatch, error, status, line):
    monkeypatch.setattr(training.checkpoint, "save", fail(error))
    assert main(arguments(tmp_path / "minigpt")) == status
    message = capsys.readouterr().err.rsplit("\r", 1)[-1].strip().splitlines()[-1]
    assert re.search(line, message) and message.startswith("training: ")
    assert not (tmp_path / "minigpt").exists()


def test_a_folder_in_use_is_refused_before_training(small, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(training, "train", fail(AssertionError("trained")))
    (tmp_path / "notes.txt").write_text("x")
    assert main(arguments(tmp_path)) == 1
    assert "notes.txt" in capsys.readouterr().err
    assert main(["--out", str(tmp_path / "m"), "--steps", "0"]) == 1
    assert "steps=0" in capsys.readouterr().err
