"""With the rules of μP a step moves all widths alike; without them it moves wide models further."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn, optim

from snippets.training.loop import training_step
from snippets.training.scaling.width_scaling import (
    coordinate_check,
    layer_outputs,
    movements,
    parametrize,
    widened,
    width_groups,
)
from snippets.transformer.minigpt import MINIGPT, MiniGPT

SMALL: dict[str, Any] = {
    "num_heads": 2,
    "num_kv_heads": 2,
    "d_hidden": 64,
    "num_layers": 2,
    "context": 32,
}
NARROW = replace(MINIGPT, d_model=32, **SMALL)
WIDTHS = (32, 64, 128, 256)


def model_of(width, mup=False, **changes):
    torch.manual_seed(0)
    model = MiniGPT(replace(widened(NARROW, width), **changes))
    return parametrize(model, 32) if mup else model


def some_ids(count=2, length=33):
    return torch.randint(68, (count, length), generator=torch.manual_seed(1))


def test_a_wider_model_has_more_heads_of_the_same_size():
    wide = widened(NARROW, 96)
    assert (wide.d_model, wide.num_heads, wide.num_kv_heads, wide.d_hidden) == (96, 6, 6, 192)
    assert widened(NARROW, 32) == NARROW
    assert replace(wide, d_model=32, **SMALL) == NARROW


@pytest.mark.parametrize("width", [0, -16, 24, 40])
def test_a_width_that_does_not_fit_is_refused(width):
    with pytest.raises(ValueError, match=f"width={width}"):
        widened(NARROW, width)
    with pytest.raises(ValueError, match="width=48"):
        widened(replace(NARROW, d_hidden=63), 48)


@pytest.mark.parametrize("tied", [True, False])
def test_groups_have_each_parameter_once_and_only_hidden_matrices_are_slowed(tied):
    model = model_of(128, tie_weights=tied)
    hidden, rest = width_groups(model, 0.02, 32)
    assert (hidden["lr"], rest["lr"]) == (0.005, 0.02)
    assert [group["lr"] for group in width_groups(model, 0.02, 32, 0.3)] == [0.005, 0.3]
    ids = [id(p) for group in (hidden, rest) for p in group["params"]]
    assert sorted(ids) == sorted(id(p) for p in model.parameters())
    slowed = {id(p) for p in hidden["params"]}
    assert slowed == {id(m.weight) for m in model.blocks.modules() if isinstance(m, nn.Linear)}
    assert id(model.embedding.weight) not in slowed and id(model.head.weight) not in slowed


def test_at_the_base_width_nothing_changes():
    plain, mup, ids = model_of(32), model_of(32, mup=True), some_ids()
    assert torch.equal(plain(ids[:, :-1]), mup(ids[:, :-1]))
    for model in (plain, mup):
        optimizer = optim.AdamW(width_groups(model, 0.01, 32))
        for _ in range(3):
            training_step(model, [optimizer], ids[:, :-1], ids[:, 1:])
    assert torch.equal(plain(ids[:, :-1]), mup(ids[:, :-1]))


def test_four_times_the_width_halves_hidden_weights_and_quarters_logits():
    plain, mup, ids = model_of(128), model_of(128, mup=True), some_ids()[:, :-1]
    theirs = dict(plain.named_parameters())
    for name, parameter in mup.named_parameters():
        factor = 0.5 if name.startswith("blocks.") and parameter.ndim == 2 else 1.0
        assert torch.equal(parameter, factor * theirs[name])
    assert mup.head.weight is mup.embedding.weight
    x = torch.randn(3, 128)
    torch.testing.assert_close(mup.head(x), 0.25 * plain.head(x), rtol=0, atol=1e-6)
    assert mup(ids).shape == (2, 32, 68)


def slopes(steps=1, **mup):
    """How steeply each layer's movement rises with the width, as a power of it."""
    found = {}
    for width in WIDTHS:
        model = model_of(width, mup=bool(mup))
        groups = width_groups(model, 0.003, 32 if mup else width)
        found[width] = movements(model, groups, some_ids(), steps)
    x = torch.tensor(WIDTHS).log2()
    rise = {}
    for name in found[32]:
        y = torch.tensor([found[width][name] for width in WIDTHS]).log2()
        rise[name] = float(((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum())
    return rise


@pytest.mark.parametrize("steps", [1, 3])
def test_a_step_moves_wide_models_further_unless_it_is_scaled(steps):
    plain, mup = slopes(steps), slopes(steps, mup=True)
    assert len(plain) == 2 * 5 + 1 and "head" in plain
    assert min(plain.values()) > 0.4
    assert max(abs(slope) for slope in mup.values()) < 0.25


def test_the_coordinate_check_is_a_step_at_each_width():
    ids = some_ids()
    for base in (None, 32):
        found = coordinate_check(NARROW, [32, 128], ids, base, rate=0.01)
        for place, width in enumerate((32, 128)):
            model = model_of(width, mup=base == 32)
            expected = movements(model, width_groups(model, 0.01, base or width), ids)
            assert {name: moved[place] for name, moved in found.items()} == expected


def test_movement_is_that_of_the_outputs_and_none_without_a_rate():
    model, ids = model_of(32), some_ids()
    assert set(movements(model, width_groups(model, 0.0, 32), ids).values()) == {0.0}
    before = model(ids[:, :-1]).detach()
    moved = movements(model, width_groups(model, 0.01, 32), ids)
    change = (model(ids[:, :-1]).detach() - before).square().mean().sqrt()
    assert moved["head"] == pytest.approx(float(change), rel=1e-5)
    same = model_of(32)
    optimizer = optim.AdamW(width_groups(same, 0.01, 32), weight_decay=0.0)
    training_step(same, [optimizer], ids[:, :-1], ids[:, 1:])  # each id is to predict the next
    assert torch.equal(same(ids[:, :-1]), model(ids[:, :-1]))


def test_watching_leaves_nothing_behind():
    model = model_of(32)
    outputs = layer_outputs(model, some_ids()[:, :-1])
    assert outputs["head"].shape == (2, 32, 68)
    assert outputs["blocks.0.feed_forward.up"].shape == (2, 32, 64)
    with pytest.raises(ValueError, match="more than the context"):
        layer_outputs(model, some_ids(length=40))
    assert not any(module._forward_hooks for module in model.modules())


def test_unless_asked_otherwise_one_step_is_taken_and_each_width_has_its_own_rates():
    groups, ids = (lambda model: width_groups(model, 0.003, 32)), some_ids()
    one, asked = model_of(32), model_of(32)
    assert movements(one, groups(one), ids) == movements(asked, groups(asked), ids, steps=1)
    assert coordinate_check(NARROW, [32], ids) == coordinate_check(NARROW, [32], ids, None, 0.003)
