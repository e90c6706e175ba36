from dataclasses import replace
from typing import Any

import pytest
import torch

from benchmarks import ablation
from benchmarks.ablation import FULL, changes, runs, summary, table
from benchmarks.adamw import MATRIX_LR, AdamWTraining
from benchmarks.options import Options
from benchmarks.plain_muon import PlainMuonTraining
from benchmarks.text import Text
from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.muon import Muon
from snippets.training.normuon import NorMuon
from snippets.training.optimizers import learning_rate_factor
from snippets.training.presets import PRESETS, Preset
from snippets.transformer.minigpt import MINIGPT, count_parameters

SIZES: dict[str, Any] = {"context": 8, "d_model": 16, "d_hidden": 32, "num_layers": 1}
HEADS: dict[str, Any] = {"num_heads": 2, "num_kv_heads": 2}
TINY = Preset(
    "tiny",
    replace(MINIGPT, vocab_size=5, norm="shifted_rmsnorm", **SIZES, **HEADS),
    TrainingConfig(steps=4, batch_size=2, warmup=1),
)
BY_NAME = {change.name: change for change in changes(TINY)}


def test_the_recipe_comes_first_and_every_change_differs_from_it():
    first, *others = changes(TINY)
    assert (first.name, first.preset) == (FULL, TINY)
    assert len(others) >= 12
    assert len({(c.preset, c.training_class) for c in [first, *others]}) == len(others) + 1


@pytest.mark.parametrize("name", BY_NAME)
def test_every_change_sees_equally_many_tokens(name):
    preset = BY_NAME[name].preset

    def tokens(p):
        return p.training.steps * p.training.batch_size * p.model.context

    assert tokens(preset) == tokens(TINY)


@pytest.mark.parametrize("name", ["ReLU² instead of SwiGLU", "GELU instead of SwiGLU"])
def test_the_networks_without_a_gate_have_as_many_weights(name):
    preset = PRESETS[ablation.PRESET]
    ungated = {c.name: c for c in changes(preset)}[name]
    sizes = [count_parameters(p.model) for p in (ungated.preset, preset)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.005)


def test_plain_muon_has_the_rates_and_momentum_of_the_recipe():
    settings = replace(TINY.training, muon_lr=0.03, momentum=0.8, weight_decay=0.1)
    ids = torch.arange(40) % 5
    ours, plain = (k(TINY.model, settings, ids, ids) for k in (Training, PlainMuonTraining))
    assert [type(t.optimizers[0]) for t in (ours, plain)] == [NorMuon, Muon]
    (a,), (b,) = (t.optimizers[0].param_groups for t in (ours, plain))
    kept = ("lr", "momentum", "weight_decay")
    assert [b[key] for key in kept] == [a[key] for key in kept] == [0.03, 0.8, 0.1]
    next(plain.steps())
    assert {id(p) for p in b["params"]} <= {id(p) for p in plain.model.parameters()}


def test_the_constant_learning_rate_is_constant_after_the_warm_up():
    s = BY_NAME["constant learning rate"].preset.training
    factors = [learning_rate_factor(i, s.steps, s.warmup, s.decay) for i in range(s.steps)]
    assert factors[s.warmup :] == [1.0] * (s.steps - s.warmup)


def test_a_change_that_the_recipe_has_already_is_left_out():
    decayed = replace(TINY, training=replace(TINY.training, weight_decay=0.1, momentum=0.95))
    names = {change.name for change in changes(decayed)}
    assert {"weight decay 0.1", "momentum 0.95"} <= set(BY_NAME)
    assert {"weight decay 0.1", "momentum 0.95"}.isdisjoint(names)


def test_adamw_moves_every_weight_once_and_no_muon_is_left():
    training = AdamWTraining(TINY.model, TINY.training, torch.arange(40) % 5, torch.arange(9) % 5)
    (optimizer,) = training.optimizers
    moved = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(moved) == sorted(id(p) for p in training.model.parameters())
    rates = {id(p): g["lr"] for g in optimizer.param_groups for p in g["params"]}
    named = dict(training.model.named_parameters())
    assert rates[id(named["blocks.0.feed_forward.up.weight"])] == MATRIX_LR
    assert rates[id(named["embedding.weight"])] == TINY.training.adamw_lr
    before = [p.detach().clone() for p in training.model.parameters()]
    next(training.steps())
    after = training.model.parameters()
    assert all(not torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_runs_go_seed_by_seed_and_their_marks_differ():
    found = runs(Options(seeds=2, steps=4), Text("t", "abcde" * 40))
    half = len(found) // 2
    assert [run.name for run in found[:half]] == [run.name for run in found[half:]]
    assert {run.seed for run in found[:half]} == {0}
    assert len({run.mark for run in found}) == len(found)
    other = runs(Options(seeds=2, steps=4), Text("t", "abcdf" * 40))
    assert not {run.mark for run in found} & {run.mark for run in other}


def row(name, seed, loss):
    return {
        "name": name,
        "seed": seed,
        "val_loss": loss,
        "seconds": 2.0,
        "tokens": 10,
        "params": 1000,
    }


def test_summary_compares_with_the_recipe():
    rows = [row("useful", 0, 1.2), row(FULL, 0, 1.0), row(FULL, 1, 1.2), row("harmful", 0, 1.6)]
    first, second, third = summary({"rows": rows})
    assert [first["name"], second["name"], third["name"]] == [FULL, "harmful", "useful"]
    assert (first["loss"], first["runs"]) == (pytest.approx(1.1), 2)
    assert second["harm"] == pytest.approx(0.5)
    assert second["deviation"] is None
    assert "| harmful | 1.600 | +0.500 | 1,000 | 2 |" in table({"rows": rows})


def test_summary_without_the_recipe_compares_with_nothing():
    (only,) = summary({"rows": [row("no QK-norm", 0, 1.2)]})
    assert only["harm"] is None
