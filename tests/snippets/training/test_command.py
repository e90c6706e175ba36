"""The command: from a text to a whole folder or none, with clear errors, and resumable."""

import json
import os
import re
import runpy
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from snippets.training import checkpoint, command
from snippets.training.batches import evaluate
from snippets.training.command import CLOSING, main, training_and_validation
from snippets.training.config import TrainingConfig
from snippets.training.presets import Preset
from snippets.transformer.minigpt import MiniGPT
from snippets.using.publishing.model_card import model_card
from tests.snippets.transformer.test_minigpt import TINY

SPEECHES = "ANN:\nGood morrow, sir.\n\nBOB:\nWell met; what news?\n\n"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def small(monkeypatch):
    """The course's training, with a small corpus and a small model in the place of the plays."""
    texts = {"a": SPEECHES * 40, "b": SPEECHES * 9}
    monkeypatch.setattr(command, "plays", lambda: texts)
    monkeypatch.setattr(command, "split_plays", lambda texts: (texts["a"], texts["b"]))
    quick = TrainingConfig(steps=25, batch_size=8, warmup=5, eval_every=20, eval_windows=4)
    monkeypatch.setitem(command.PRESETS, "site", Preset("small", TINY["ours"], quick))
    return texts


def last_json(text):
    return json.loads(text.strip().splitlines()[-1])


def test_the_command_writes_a_whole_folder_and_closes_with_json(small, tmp_path, capsys):
    out = tmp_path / "build" / "minigpt"
    assert main(["--out", str(out), "--seed", "2"]) == 0
    model, tokenizer = checkpoint.load(out)
    record = checkpoint.training_record(out)
    assert isinstance(model, MiniGPT)
    assert tokenizer.characters == sorted(set(SPEECHES))
    validation = torch.tensor(tokenizer.encode(small["b"]))
    assert record["val_loss"] == pytest.approx(evaluate(model, validation), abs=1e-6)
    closing = last_json(capsys.readouterr().out)
    assert tuple(closing) == CLOSING
    assert closing == {key: record[key] for key in CLOSING}
    assert closing["seed"] == 2 and closing["versions"]["torch"] == torch.__version__
    assert [path.name for path in out.parent.iterdir()] == ["minigpt"]  # nothing unfinished


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("fast", [True, False])
def test_mixed_precision_follows_the_processor_and_the_record_says_so(
    small, tmp_path, capsys, monkeypatch, bfloat16, asked, fast
):
    bfloat16(fast)
    preset = command.PRESETS["site"].with_settings(mixed_precision=asked, steps=2, warmup=0)
    monkeypatch.setitem(command.PRESETS, "site", preset)
    assert main(["--out", str(tmp_path / "m")]) == 0
    said = capsys.readouterr().out.splitlines()[:-1]
    line = "mixed precision: this CPU has no instructions for bfloat16; training in float32"
    assert said == ([line] if asked and not fast else [])
    record = checkpoint.training_record(tmp_path / "m")
    assert record["settings"]["mixed_precision"] == asked
    assert record["products"] == ("bfloat16" if asked and fast else "float32")


def test_the_command_replaces_an_earlier_model(small, tmp_path):
    out = tmp_path / "minigpt"
    assert main(["--out", str(out)]) == 0
    weights = (out / "model.safetensors").read_bytes()
    assert main(["--out", str(out), "--seed", "1"]) == 0
    assert checkpoint.training_record(out)["seed"] == 1
    assert (out / "model.safetensors").read_bytes() != weights
    assert main(["--out", str(out)]) == 0
    assert (out / "model.safetensors").read_bytes() == weights


@pytest.mark.parametrize("change", ["nothing", "data", "settings"])
def test_only_the_same_training_goes_on(small, tmp_path, capsys, monkeypatch, change):
    out = tmp_path / "minigpt"
    monkeypatch.setattr("snippets.training.train.SAVE_EVERY", 0)
    monkeypatch.setattr(command.checkpoint, "save", fail(OSError("no space")))
    assert main(["--out", str(out)]) == 1  # all steps are done, and their state is saved
    if change == "data":
        small["a"] += SPEECHES
    capsys.readouterr()
    main(["--out", str(out), "--seed", "1" if change == "settings" else "0"])
    went_on = "going on from step 25 of 25" in "".join(capsys.readouterr())
    assert went_on == (change == "nothing")


def test_a_file_is_split_nine_to_one(tmp_path):
    text = "".join(chr(i) for i in range(0x400, 0x400 + 1000))
    (tmp_path / "text").write_text(text, encoding="utf-8")
    assert training_and_validation(tmp_path / "text") == (text[:900], text[900:])


def test_a_text_of_ones_own_and_an_earlier_tokenizer(small, tmp_path, capsys):
    data, out = tmp_path / "text.txt", tmp_path / "model"
    data.write_text("vie naïve — " * 200, encoding="utf-8")
    assert main(["--data", str(data), "--out", str(out)]) == 0
    assert checkpoint.load(out)[1].characters == sorted(set("vie naïve — "))
    card = model_card(checkpoint.load(out)[0], "m", checkpoint.training_record(out))
    assert "Held out: the end of the text\n" in card
    tokenizer = ["--tokenizer", str(out / "tokenizer.json")]
    data.write_text("vie en " * 200, encoding="utf-8")
    assert main(["--data", str(data), "--out", str(tmp_path / "b"), *tokenizer]) == 0
    assert checkpoint.load(tmp_path / "b")[1].characters == sorted(set("vie naïve — "))
    data.write_text("vie en rose " * 200, encoding="utf-8")
    assert main(["--data", str(data), "--out", str(tmp_path / "c"), *tokenizer]) == 1
    assert re.search(r"'r' \(U\+0072\) at position 7 .* not in the vocab", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"fine so far \xff\xfe", r"text\.txt is not UTF-8 text \(byte 0xff at position 12\)"),
        (b"", "a text of 0 characters cannot be split"),
        (b"short" * 3, "the training text has 13 tokens; it needs 17 or more"),
        (b"too short to validate", "the training text has 18 tokens|validation text has 2 tokens"),
        (None, "No such file"),
    ],
)
def test_unfit_data_gives_one_clear_line(small, tmp_path, capsys, content, message):
    data = tmp_path / "text.txt"
    if content is not None:
        data.write_bytes(content)
    status = main(["--data", str(data), "--out", str(tmp_path / "out")])
    lines = capsys.readouterr().err.strip().splitlines()
    if content == b"too short to validate":  # 18 + 2 characters: just enough
        assert status == 0
        return
    assert status == 1
    assert re.search(message, lines[-1]) and lines[-1].endswith("no model was written")
    assert not (tmp_path / "out").exists()


def fail(error):
    def function(*arguments, **options):
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (OSError(28, "No space left on device"), 1, "No space left on device; no model was"),
        (FloatingPointError("the loss is nan at step 3"), 1, "nan at step 3; no model was"),
        (KeyboardInterrupt(), 130, "stopped; the same command goes on"),
    ],
)
def test_faults_give_one_clear_line(small, tmp_path, capsys, monkeypatch, error, status, line):
    monkeypatch.setattr(command.checkpoint, "save", fail(error))
    assert main(["--out", str(tmp_path / "minigpt")]) == status
    message = capsys.readouterr().err.rsplit("\r", 1)[-1].strip().splitlines()[-1]
    assert re.search(line, message) and message.startswith("training: ")
    assert not (tmp_path / "minigpt").exists()


def test_a_folder_in_use_is_refused_before_training(small, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "train", fail(AssertionError("trained")))
    (tmp_path / "notes.txt").write_text("x")
    assert main(["--out", str(tmp_path)]) == 1
    assert "notes.txt" in capsys.readouterr().err
    assert main(["--out", str(tmp_path / "m"), "--steps", "0"]) == 1
    assert "steps=0" in capsys.readouterr().err


def test_a_trial_of_fewer_steps_than_the_warm_up_runs(small, tmp_path, capsys):
    assert command.PRESETS["site"].training.warmup > 2
    assert main(["--out", str(tmp_path / "m"), "--steps", "2"]) == 0
    assert checkpoint.training_record(tmp_path / "m")["settings"]["steps"] == 2


# A training run of two seconds that saves often, in a process of its own.
BRIEF = Preset(
    "",
    replace(TINY["ours"], dropout=0.1),
    TrainingConfig(steps=150, batch_size=8, eval_every=50, average=0.9, warmup=5),
)
PROGRAM = f"""
import sys

from snippets.training import command, train
from snippets.training.config import TrainingConfig
from snippets.training.presets import Preset
from snippets.transformer.minigpt import MiniGPTConfig

train.SAVE_EVERY = 0.05
command.PRESETS["site"] = {BRIEF!r}
sys.exit(command.main(sys.argv[1:]))
"""


def start(data: Path, out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--data", str(data), "--out", str(out), "--threads", "1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    )


def interrupt(process: subprocess.Popen[str], unfinished: Path, how: signal.Signals) -> None:
    """Once it has saved what another can go on with."""
    before = unfinished.stat().st_mtime_ns if unfinished.exists() else 0
    while not (unfinished.exists() and unfinished.stat().st_mtime_ns > before):
        assert process.poll() is None, f"it ended before {how.name}"
        time.sleep(0.01)
    process.send_signal(how)
    _, said = process.communicate()
    assert process.returncode == (-9 if how == signal.SIGKILL else 130), said
    assert unfinished.exists()


def test_the_command_goes_on_after_interruptions_to_the_same_loss(tmp_path, monkeypatch, capsys):
    """One is left alone; another, in processes of its own, is stopped in every way, and goes on."""
    data, whole, cut = (tmp_path / name for name in ("text.txt", "whole", "cut"))
    data.write_text(SPEECHES * 400)
    monkeypatch.setitem(command.PRESETS, "site", BRIEF)
    assert main(["--data", str(data), "--out", str(whole), "--threads", "1"]) == 0
    expected = last_json(capsys.readouterr().out)

    unfinished = tmp_path / "cut.unfinished.safetensors"
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        interrupt(start(data, cut), unfinished, how)
        assert not cut.exists()
    again = start(data, cut)
    out, said = again.communicate()
    assert again.returncode == 0, said
    assert re.search(r"going on from step [1-9]\d* of 150", out + said)
    assert last_json(out)["val_loss"] == expected["val_loss"]
    assert (cut / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert not unfinished.exists()


def test_the_package_is_the_command_and_ends_with_its_status(monkeypatch):
    monkeypatch.setattr(command, "main", lambda: 3)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("snippets.training", run_name="__main__")
    assert ended.value.code == 3
