import pytest

from benchmarks import losses
from benchmarks.baseline import Recipe
from benchmarks.losses import BASELINE, baseline_run, preset_run, summary, table
from benchmarks.options import Options
from benchmarks.text import Text

SOURCE = Text("fables", "the fox and the grapes; " * 20)


def row(name, seed, loss, seconds):
    numbers = {"val_loss": loss, "seconds": seconds, "tokens": 1536, "params": 1000}
    return {"name": name, "seed": seed, **numbers}


def test_shares_are_taken_seed_by_seed():
    rows = [
        row("speedrun", 1, 1.9, 20.0),
        row(BASELINE, 0, 2.0, 50.0),
        row("speedrun", 0, 1.8, 10.0),
        row(BASELINE, 1, 2.0, 200.0),  # a slow moment of the machine, for both
        row(BASELINE, 2, 2.0, 1.0),  # without a partner
    ]
    theirs, ours = summary({"rows": rows})
    assert (theirs["name"], theirs["share"], theirs["runs"]) == (BASELINE, 1, 3)
    assert ours["share"] == pytest.approx((0.2 + 0.1) / 2)
    assert ours["loss"] == pytest.approx(1.85)
    assert ours["seconds"] == 15
    last = table({"rows": rows}).splitlines()[-1]
    assert last == "| speedrun | 1.850 ± 0.071 |  | 15 | 0.15 | 1,000 |"


def test_without_the_baseline_there_is_no_share():
    assert summary({"rows": [row("nanogpt-cpu", 0, 1.6, 9.0)]})[0]["share"] is None


def test_a_time_belongs_to_its_machine_and_its_threads(monkeypatch):
    def marks(threads):
        options = Options(threads=threads)
        runs = (
            preset_run("nanogpt-cpu", 0, options, SOURCE),
            baseline_run(BASELINE, Recipe(), 0, options, SOURCE),
        )
        return {run.mark for run in runs}

    first = marks(1)
    assert len(first) == 2 and first == marks(1)
    assert not first & marks(2)
    monkeypatch.setattr(losses, "processor", lambda: "another one")
    assert not first & marks(1)


def test_steps_shorten_a_trial():
    run = preset_run("nanogpt-cpu", 2, Options(steps=3), SOURCE)
    assert (run.steps, run.seed) == (3, 2)
    assert baseline_run(BASELINE, Recipe(), 0, Options(steps=3), SOURCE).steps == 3
