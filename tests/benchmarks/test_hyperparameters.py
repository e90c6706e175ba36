"""Each point is one change at the same budget, and summaries say what the rows say."""

import os
from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import log

import pytest
import torch

from benchmarks import hyperparameters, width_sweeps
from benchmarks.hyperparameters import PointRun, points, runs, table
from benchmarks.options import Options
from benchmarks.summaries import best_rate, carrying_cost, point_rows, sweep_curves
from benchmarks.trainings import Run, do_all
from benchmarks.width_sweeps import (
    METHODS,
    NARROW,
    AdamWTraining,
    MuPTraining,
    SweepRun,
    shortened,
    swept_rates,
)
from snippets.training.config import TrainingConfig
from snippets.training.scaling.equal_compute import BASE, RECIPE, Texts, changed, step_flops
from snippets.training.scaling.width_scaling import widened
from snippets.transformer.minigpt import MiniGPT, count_parameters


def tiny_texts():
    ids = torch.randint(68, (3, 400), generator=torch.manual_seed(0))
    return Texts(ids[0], ids[1], ids[2])


POINTS = {(what, *changes.items()): changes for what, all_ in points().items() for changes in all_}


@pytest.mark.parametrize("changes", POINTS.values(), ids=str)
def test_every_point_costs_about_as_much(changes):
    config, settings = changed(**changes)
    spent = settings.steps * step_flops(config, settings.batch_size)
    assert spent == pytest.approx(changed()[1].steps * step_flops(BASE, 16), rel=0.02)
    assert config.num_layers * config.d_model > 0 and settings.seed == RECIPE.seed


def test_points_differ_and_the_base_comes_first():
    (first, *_), made = points(), [changed(**changes) for changes in POINTS.values()]
    assert first == "base" and len(set(made)) == len(made) >= 30


def test_contexts_have_equally_many_tokens_a_step_and_shapes_as_many_parameters():
    for changes in points()["context"]:
        assert changes["context"] * changes["batch_size"] == 16 * BASE.context
    for changes in points()["shape"]:
        size = count_parameters(changed(**changes)[0])
        assert size == pytest.approx(count_parameters(BASE), rel=0.03)
    for changes in points()["width"]:
        config, _ = changed(**changes)
        assert config.d_model / config.num_heads == BASE.d_model / BASE.num_heads == 24
        assert config.d_hidden / config.d_model == pytest.approx(8 / 3, rel=0.01)


def test_runs_go_seed_by_seed_with_names_and_marks_of_their_own():
    found = runs(Options(seeds=2, steps=4))
    half = len(found) // 2
    assert [run.name for run in found[:half]] == [run.name for run in found[half:]]
    assert len({run.name for run in found}) == half
    assert len({run.mark for run in found}) == len(found)
    assert {run.steps for run in found if "width" not in run.name} == {4}
    only = runs(Options(seeds=2, only=("μp, width",)))
    assert [run.name for run in only] == [f"μP, width {w}" for w in (32, 64, 256)] * 2


def test_a_trial_warms_up_for_half_of_its_steps_at_most():
    settings = TrainingConfig(steps=100, warmup=10)
    assert (shortened(settings, 6).steps, shortened(settings, 6).warmup) == (6, 3)
    kept = shortened(settings, None)
    assert (kept.steps, kept.warmup, kept.eval_every) == (100, 10, 100)


def test_a_point_gives_its_row(monkeypatch):
    monkeypatch.setattr(hyperparameters, "texts", tiny_texts)
    changes = (("d_model", 24), ("num_heads", 1), ("num_kv_heads", 1), ("d_hidden", 64))
    row = PointRun("width", changes, 1, steps=2)()
    assert (row["what"], row["width"], row["steps"], row["tokens"]) == ("width", 24, 2, 2048)
    assert row["test_loss"] == pytest.approx(log(68), abs=0.5)


@pytest.mark.parametrize("method", METHODS)
def test_rates_are_a_factor_of_two_apart_and_adamw_has_those_of_mup_at_its_base(method):
    rates = swept_rates(method, 64)
    assert [b / a for a, b in pairwise(rates)] == pytest.approx([2] * (len(rates) - 1))
    assert swept_rates(method, 128) == ([] if method == "μP" else rates)
    assert set(swept_rates("μP", 64)) <= set(swept_rates("AdamW", 128))


TINY = replace(NARROW, context=8)


def tiny_training(kind, width=128):
    settings = TrainingConfig(steps=3, batch_size=2, warmup=1, muon_lr=0.002, adamw_lr=0.01, seed=2)
    ids = tiny_texts()
    training = kind(widened(TINY, width), settings, ids.training, ids.choosing)
    list(training.steps())
    return training


def test_at_the_base_width_both_ways_with_adamw_are_one_and_elsewhere_two():
    kinds = (AdamWTraining, MuPTraining)
    plain, mup = (tiny_training(kind).model.embedding.weight for kind in kinds)
    assert torch.equal(plain, mup)
    plain, mup = (tiny_training(kind, 32).model.embedding.weight for kind in kinds)
    assert not torch.equal(plain, mup)
    for kind, rate in ((AdamWTraining, 0.002), (MuPTraining, 0.008)):
        (optimizer,) = tiny_training(kind, 32).optimizers
        assert [group["initial_lr"] for group in optimizer.param_groups] == [rate, 0.01]


def test_plain_adamw_scales_nothing():
    settings = TrainingConfig(steps=3, warmup=1, seed=2)
    fresh = AdamWTraining(widened(TINY, 64), settings, torch.arange(40), torch.arange(9))
    torch.manual_seed(2)
    ids, theirs = torch.arange(8)[None], MiniGPT(widened(TINY, 64))
    assert torch.equal(fresh.model(ids), theirs(ids))


def test_a_sweep_gives_a_loss_for_each_rate_and_none_where_it_diverged(monkeypatch):
    asked = []

    def measure(config, settings, texts, kind):
        asked.append((config.d_model, settings.muon_lr, settings.seed, settings.steps))
        if settings.muon_lr > 0.005:
            raise FloatingPointError("the loss is nan")
        both = {"val_loss": settings.muon_lr, "test_loss": 2.0, "seconds": 1.0}
        return both | dict.fromkeys(("params", "tokens", "steps", "flops", "width"), 7)

    monkeypatch.setattr(width_sweeps, "measure", measure)
    row = SweepRun("AdamW", 64, 3, tiny_texts, steps=5)()
    rates = [0.00025 * 2**k for k in range(7)]
    assert asked == [(64, rate, 3, 5) for rate in rates]
    assert row["rates"] == rates and row["losses"] == [*rates[:5], None, None]
    assert row["test_losses"] == [2.0] * 5 + [None] * 2 and row["val_loss"] == 0.00025
    assert (row["seconds"], row["what"], row["method"]) == (5.0, "sweep", "AdamW")


@pytest.mark.parametrize("method", METHODS)
def test_the_rate_of_matrices_is_swept_and_the_others_stay(method):
    settings = SweepRun(method, 64, 4, tiny_texts).settings()
    assert [s.muon_lr for s in settings] == swept_rates(method, 64)
    assert {(s.adamw_lr, s.seed, s.steps) for s in settings} == {(RECIPE.adamw_lr, 4, 200)}


def process_of():
    return {"val_loss": 1.0, "seconds": 1.0, "process": os.getpid()}


def test_runs_that_are_not_apart_share_a_process(tmp_path):
    several = [Run(name, 0, 1, name, partial(process_of)) for name in "ab"]
    rows = do_all("shared", several, Options(out=tmp_path), 1, 1, {}, apart=False)["rows"]
    assert sorted(row["name"] for row in rows) == ["a", "b"]
    (process,) = {row["process"] for row in rows}
    assert process != os.getpid()


def point(name, seed, loss):
    sizes = {"params": 1000, "steps": 7}
    return {"what": "x", "name": name, "seed": seed, "val_loss": 1.5, "test_loss": loss, **sizes}


def sweep(method, width, seed, losses):
    both = {"losses": losses, "test_losses": [loss and loss + 1 for loss in losses]}
    rates = [0.01, 0.02, 0.04]
    name = f"{method}, width {width}"
    facts = {"name": name, "method": method, "width": width, "seed": seed, "rates": rates}
    return {"what": "sweep", **facts, **both}


def test_points_are_compared_with_the_base():
    rows = [point("layers 4", 1, 2.3), point("base", 1, 2.2), point("base", 0, 2.0)]
    base, deep = point_rows({"rows": [*rows, sweep("AdamW", 32, 0, [1, 1, 1])]})
    assert (base["name"], base["runs"], base["harm"]) == ("base", 2, 0)
    assert base["losses"] == [2.0, 2.2] and base["loss"] == pytest.approx(2.1)
    assert deep["harm"] == pytest.approx(0.2) and deep["deviation"] is None
    assert (deep["chosen_by"], deep["params"]) == (1.5, 1000)
    (alone,) = point_rows({"rows": rows[:1]})
    assert alone["harm"] is None


def test_curves_are_means_without_what_diverged_and_share_the_base_width():
    rows = [
        sweep("μP", 64, 0, [3, 2, 4]),
        sweep("AdamW", 32, 0, [3, 2, 1]),
        sweep("AdamW", 32, 1, [5, 2, None]),
        sweep("NorMuon", 64, 0, [1, 1, 1]),
    ]
    found = sweep_curves({"rows": rows, "settings": {"base_width": 32}})
    adamw = {"rates": [0.01, 0.02], "losses": [4, 2], "test_losses": [5, 3]}
    assert found["AdamW"] == {32: adamw}
    assert list(found["μP"]) == [32, 64] and found["μP"][32] == adamw
    assert found["NorMuon"][64]["losses"] == [1, 1, 1]


@pytest.mark.parametrize("lowest", [-0.4, 0.0, 0.3])
def test_the_best_rate_is_where_a_parabola_is_lowest(lowest):
    rates = [0.01 * 2**k for k in range(-2, 3)]
    losses = [1 + (k - lowest) ** 2 for k in range(-2, 3)]
    assert best_rate(rates, losses) == pytest.approx(0.01 * 2**lowest)


def test_at_an_edge_the_best_rate_is_the_edge():
    assert best_rate([1, 2, 4], [1, 2, 3]) == 1 and best_rate([1, 2, 4], [3, 2, 1]) == 4


def test_a_rate_that_is_carried_over_costs_what_is_lost_on_the_plays_to_report_on():
    rates = [1.0, 2.0, 4.0]
    narrow = {"rates": rates, "losses": [3, 2, 1], "test_losses": [1.0, 1.0, 1.5]}
    wide = {"rates": rates, "losses": [1, 2, 3], "test_losses": [2.5, 2.0, 2.75]}
    assert carrying_cost({32: narrow, 64: wide}, 32, 64) == 0.25
    assert carrying_cost({32: narrow, 64: wide}, 64, 32) == -0.5
    assert carrying_cost({32: narrow}, 32, 32) == 0


def test_the_table_has_both():
    settings = {"base_width": 32}
    rows = [point("base", 0, 2.0), sweep("AdamW", 32, 0, [3, 2, 3])]
    text = table({"rows": rows, "settings": settings})
    assert "| base | 2.000 | +0.000 | 1,000 | 7 |" in text
    assert "| AdamW | 0.0200 |  |  |  |" in text
