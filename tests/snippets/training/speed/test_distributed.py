"""Two processes train as one does; stopped or killed, they leave what any number can go on with."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from snippets.training import checkpoint, command
from snippets.training.batches import evaluate
from snippets.training.presets import PRESETS
from snippets.training.speed import distributed
from snippets.training.state import load_state
from tests.forking import ForkingPython
from tests.snippets.training.distributed_jobs import TINY

ROOT = Path(__file__).parents[4]
DRIFT = 2e-5  # of losses, over some steps of Muon
TEXT = "The quick brown fox jumps over the lazy dog, and the dog sleeps on. " * 60


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def torchrun() -> Iterator[Run]:
    """Runs two processes of the job, to their end: status, and all that they printed."""
    python = ForkingPython(sys.executable, ["torch.distributed.run"], os.environ)

    def run(*words, **variables):
        command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
        command += ["-m", "tests.snippets.training.distributed_jobs", *words]
        return python.run(command, ROOT, os.environ | {"OMP_NUM_THREADS": "1"} | variables)

    yield run
    python.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, torchrun):
    """A text, and the model `whole` that two processes made of it without a break."""
    folder = tmp_path_factory.mktemp("distributed")
    (folder / "text.txt").write_text(TEXT)
    done = torchrun("compare", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def compared(folder):
    return json.loads((folder / "found.json").read_text())


def options(folder, name, strategy="fsdp"):
    words = ["--data", folder / "text.txt", "--preset", "tiny", "--out", folder / name]
    return ["train", "--strategy", strategy, *words]


def unfinished(folder, name):
    return folder / f"{name}.unfinished.safetensors"


def finish_alone(monkeypatch, folder, name):
    """One process goes on; returns the validation loss at the end."""
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    words = ["--data", str(folder / "text.txt"), "--preset", "tiny", "--threads", "2"]
    assert command.main([*words, "--out", str(folder / name)]) == 0
    return checkpoint.training_record(folder / name)["val_loss"]


@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_the_losses_are_those_of_one_process(compared, strategy):
    """With AdamW alone to the last digits, here with micro-batches and an average of weights."""
    one, several = compared["adamw"]["one"], compared["adamw"][strategy]
    assert one["losses"][0] > one["losses"][-1] + 0.05
    assert several["losses"] == pytest.approx(one["losses"], abs=3e-6)
    assert several["weights"] == pytest.approx(one["weights"], abs=3e-5)


@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_muon_follows_one_process_as_far_as_its_rounding_lets_it(compared, strategy):
    """Where Muon multiplies in bfloat16, a last digit soon becomes the third."""
    one, several = compared["muon"]["one"]["losses"], compared["muon"][strategy]["losses"]
    assert several[:2] == pytest.approx(one[:2], abs=1e-5)
    assert several == pytest.approx(one, abs=DRIFT)


def test_a_step_of_sharded_muon_is_that_of_the_whole_matrix(compared):
    for apart, by_rows in compared["muon_steps"][:3]:
        assert apart <= 1e-6
        assert by_rows > 1e-3  # what sharding must not come to
    apart, _ = compared["muon_steps"][3]  # one row: the second process has none
    assert apart <= 1e-6


def test_a_sharded_training_holds_half_of_everything(compared):
    held = compared["rows"]
    assert held["ddp"] == held["one"]
    assert held["fsdp"] == pytest.approx(held["one"] / 2, rel=0.02)  # odd rows, and step counts


def test_a_sharded_state_is_taken_up_by_any_kind(compared):
    expected, again = compared["resumed"]["fsdp"]
    assert again == expected
    for other in ("one", "ddp"):
        expected, again = compared["resumed"][other]
        assert again[:2] == pytest.approx(expected[:2], abs=1e-5)
        assert again == pytest.approx(expected, abs=DRIFT)


def test_processes_drop_out_different_units(compared):
    first, second = compared["chance"]
    assert first != second


def test_a_batch_that_does_not_divide_is_refused(compared):
    assert compared["refused"] == "batch_size=9 is not divisible by 2 processes × micro_batches=1"


def test_the_model_is_about_that_of_one_process(folder, monkeypatch):
    several = checkpoint.training_record(folder / "whole")["val_loss"]
    assert not unfinished(folder, "whole").exists()
    assert finish_alone(monkeypatch, folder, "alone") == pytest.approx(several, abs=0.02)
    assert several < 2.7


def test_stopped_it_goes_on_to_the_same_end(folder, torchrun, monkeypatch, capsys):
    """torchrun is asked to end at step 12: all processes stop after the same step, and save."""
    stop = {"AT_STEP": "12", "WHO": "0", "SIGNAL": "SIGTERM", "TO": "parent"}
    done = torchrun(*options(folder, "stopped"), **stop)
    assert done.returncode != 0
    assert done.stderr.count("training: stopped; the same command goes on from here") == 1
    assert not (folder / "stopped").exists()
    _, facts = load_state(unfinished(folder, "stopped"))
    assert 12 < facts["step"] < 24

    shutil.copy(unfinished(folder, "stopped"), unfinished(folder, "by-one"))
    done = torchrun(*options(folder, "stopped"))
    assert done.returncode == 0, done.stderr
    said, last = done.stdout.splitlines()  # only rank 0 speaks
    assert said == f"going on from step {facts['step']} of 24"
    expected = checkpoint.training_record(folder / "whole")
    record = checkpoint.training_record(folder / "stopped")
    assert record["val_loss"] == expected["val_loss"]
    assert record["history"] == expected["history"]
    model, tokenizer = checkpoint.load(folder / "stopped")
    validation = torch.tensor(tokenizer.encode(TEXT[len(TEXT) * 9 // 10 :]))
    assert json.loads(last)["val_loss"] == pytest.approx(evaluate(model, validation), abs=1e-5)

    alone = finish_alone(monkeypatch, folder, "by-one")
    assert f"going on from step {facts['step']} of 24" in capsys.readouterr().out
    assert alone == pytest.approx(expected["val_loss"], abs=0.02)


def test_a_killed_worker_ends_all_and_loses_little(folder, torchrun, monkeypatch, capsys):
    kill = {"AT_STEP": "12", "WHO": "1", "SIGNAL": "SIGKILL", "SAVE_EVERY": "0"}
    done = torchrun(*options(folder, "killed", "ddp"), **kill)
    assert done.returncode != 0
    root_cause = done.stderr.partition("Root Cause")[2]
    assert "rank      : 1" in root_cause and "Signal 9 (SIGKILL)" in root_cause
    assert not (folder / "killed").exists()
    alone = finish_alone(monkeypatch, folder, "killed")
    assert "going on from step 12 of 24" in capsys.readouterr().out
    assert alone == pytest.approx(
        checkpoint.training_record(folder / "whole")["val_loss"], abs=0.02
    )


def test_without_torchrun_it_says_so(monkeypatch, capsys):
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(SystemExit) as caught:
        distributed.main(["--out", "model"])
    assert caught.value.code == 2
    assert "start it with torchrun" in capsys.readouterr().err
