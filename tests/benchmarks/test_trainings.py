import os
from dataclasses import replace
from functools import partial

import pytest
import torch

from benchmarks import trainings
from benchmarks.options import Options
from benchmarks.recorded import load
from benchmarks.text import Text
from benchmarks.trainings import PresetRun, Run, do_all
from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.presets import Preset
from snippets.training.train import train
from tests.benchmarks.test_ablation import TINY

SOURCE = Text("fables", "the fox and the grapes; the hare and the tortoise. " * 20)
SETTINGS = {"text": "fables"}


def made(loss):
    return {"val_loss": loss, "seconds": 1.0, "tokens": 8, "params": 4, "process": os.getpid()}


def fails():
    raise FloatingPointError("the loss is nan at step 3")


def one(name, seed=0, mark=None, train=None):
    return Run(name, seed, 3, mark or f"{name}{seed}", train or partial(made, 1.0))


@pytest.fixture
def here(monkeypatch):
    """Trains in this process, and lists what was trained."""
    done = []

    def alone(run, counter, threads):
        done.append(run.name)
        counter.value += run.steps
        return run.train()

    monkeypatch.setattr(trainings, "alone", alone)
    return done


def test_a_training_gives_what_the_command_would(tmp_path):
    preset = Preset("tiny", TINY.model, replace(TINY.training, seed=3))
    found = PresetRun(preset, SOURCE)()
    vocab_size, data, validation = SOURCE.ids()
    torch.manual_seed(99)  # the seed is the preset's
    config = replace(TINY.model, vocab_size=vocab_size)
    record = train(Training(config, preset.training, data, validation))
    assert found["val_loss"] == record["val_loss"]
    assert found["tokens"] == 4 * 2 * 8 and found["params"] == record["params"]


def test_marks_depend_on_text_settings_and_parts():
    plain = PresetRun(TINY, SOURCE)
    others = [
        PresetRun(TINY, Text("fables", "another")),
        PresetRun(replace(TINY, training=TrainingConfig(steps=3, warmup=1)), SOURCE),
        PresetRun(replace(TINY, model=replace(TINY.model, qk_norm=False)), SOURCE),
    ]
    marks = {plain.mark(), plain.mark("part"), *(other.mark() for other in others)}
    assert len(marks) == 5
    assert plain.mark() == PresetRun(TINY, SOURCE).mark()


def test_a_training_has_a_process_of_its_own(tmp_path):
    result = do_all("speed", [one("a")], Options(out=tmp_path), 1, 1, SETTINGS)
    (row,) = result["rows"]
    assert row["process"] != os.getpid()
    assert row["val_loss"] == 1.0 and row["threads"] == 1


def test_what_is_recorded_is_not_trained_again(tmp_path, here):
    options = Options(out=tmp_path)
    do_all("speed", [one("a"), one("b")], options, 2, 1, SETTINGS)
    result = do_all("speed", [one("a"), one("b"), one("c")], options, 2, 1, SETTINGS)
    assert sorted(here) == ["a", "b", "c"]
    assert {row["name"] for row in result["rows"]} == {"a", "b", "c"}
    assert result == load("speed", tmp_path) == do_all("speed", [], options, 1, 1, SETTINGS)


def test_other_code_or_settings_are_trained_again_in_the_place_of_the_older_row(tmp_path, here):
    options = Options(out=tmp_path)
    do_all("speed", [one("a"), one("b")], options, 1, 1, SETTINGS)
    changed = one("a", mark="other", train=partial(made, 2.0))
    result = do_all("speed", [changed], options, 1, 1, SETTINGS)
    assert {row["name"]: row["val_loss"] for row in result["rows"]} == {"a": 2.0, "b": 1.0}


def test_a_failure_keeps_what_was_recorded_before(tmp_path, here):
    runs = [one("a"), one("b", train=fails), one("c")]
    with pytest.raises(FloatingPointError, match="nan at step 3"):
        do_all("speed", runs, Options(out=tmp_path), 1, 1, SETTINGS)
    assert "a" in {row["name"] for row in load("speed", tmp_path)["rows"]}


def test_a_process_whose_bench_was_stopped_ends(monkeypatch):
    ended = []
    context = trainings.multiprocessing.get_context("spawn")
    monkeypatch.setattr(trainings, "COUNTER", context.Value("q", 0))
    monkeypatch.setattr(trainings.os, "_exit", ended.append)
    trainings.tick()
    assert trainings.COUNTER.value == 1 and not ended
    trainings.COUNTER.value = -(2**60)
    trainings.tick()
    assert ended == [1]
