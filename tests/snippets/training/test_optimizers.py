"""Each parameter has one optimizer, the right one; the learning rate rises, then falls."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from snippets.training.muon import Muon
from snippets.training.optimizers import learning_rate_factor, make_optimizers, set_learning_rate
from snippets.transformer.minigpt import MiniGPT
from tests.snippets.transformer.test_minigpt import TINY


@pytest.mark.parametrize("config", TINY.values(), ids=TINY)
def test_matrices_of_blocks_go_to_muon_and_each_parameter_to_one(config):
    model = MiniGPT(config)
    muon, adamw = make_optimizers(model, 0.02, 0.003)
    assert isinstance(muon, Muon) and isinstance(adamw, torch.optim.AdamW)
    ids = [[id(p) for group in o.param_groups for p in group["params"]] for o in (muon, adamw)]
    assert len(ids[0]) + len(ids[1]) == len(set(ids[0] + ids[1]))
    assert set(ids[0] + ids[1]) == {id(p) for p in model.parameters()}
    assert id(model.embedding.weight) in ids[1] and id(model.head.weight) in ids[1]
    assert {id(b.attention.qkv.weight) for b in model.blocks} <= set(ids[0])
    assert all(p.ndim == 2 for group in muon.param_groups for p in group["params"])


def test_a_muon_step_moves_all_directions_alike():
    torch.manual_seed(0)
    model = MiniGPT(TINY["llama"])
    matrix = model.blocks[0].attention.out.weight
    before = matrix.detach().clone()
    muon, _ = make_optimizers(model, 0.02, 0.003)
    # a gradient with singular values that differ by a factor of a hundred
    left, right = (torch.linalg.qr(torch.randn(24, 24))[0] for _ in range(2))
    matrix.grad = left @ torch.logspace(0, -2, 24).diag() @ right
    muon.step()
    moved = torch.linalg.svdvals((before - matrix).detach().double()) / 0.02
    assert moved.min() > 0.4 and moved.max() < 1.4


@given(st.integers(2, 500), st.floats(0.01, 1.0), st.data())
def test_the_schedule_rises_to_one_stays_and_falls_towards_zero(steps, decay, data):
    warmup = data.draw(st.integers(0, steps - 1))
    factors = [learning_rate_factor(step, steps, warmup, decay) for step in range(steps)]
    assert all(0 < factor <= 1 for factor in factors)
    assert factors[warmup] == 1
    assert factors[: warmup + 1] == sorted(factors[: warmup + 1])
    assert factors[warmup:] == sorted(factors[warmup:], reverse=True)
    falling = decay * (steps - warmup)  # steps
    assert factors[-1] == pytest.approx(min(1, 1 / falling))
    full = sum(factor == 1 for factor in factors[warmup:])
    assert full == pytest.approx((1 - decay) * (steps - warmup), abs=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((10, 10, 2), "step=10"),
        ((-1, 10, 2), "step=-1"),
        ((0, 10, 10), "warmup=10.*steps=10"),
        ((0, 10, 2, 0.0), "decay=0.0"),
        ((0, 10, 2, 1.1), "decay=1.1"),
    ],
)
def test_schedule_refuses_what_makes_no_sense(arguments, message):
    with pytest.raises(ValueError, match=message):
        learning_rate_factor(*arguments)


def test_each_optimizer_keeps_its_own_learning_rate():
    optimizers = make_optimizers(MiniGPT(TINY["llama"]), 0.02, 0.003)
    for factor in (0.5, 0.25, 1.0):
        set_learning_rate(optimizers, factor)
        rates = [group["lr"] for o in optimizers for group in o.param_groups]
        assert rates == pytest.approx([0.02 * factor, 0.003 * factor])


def test_weight_decay_shrinks_every_weight_by_its_own_learning_rate():
    """Where gradients are zero nothing else moves a weight: the decay is apart from them."""
    model = MiniGPT(TINY["llama"])
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    for optimizer, rate in zip(
        make_optimizers(model, 0.02, 0.003, 0.1), (0.02, 0.003), strict=True
    ):
        (group,) = optimizer.param_groups
        before = [p.detach().clone() for p in group["params"]]
        optimizer.step()
        for p, old in zip(group["params"], before, strict=True):
            torch.testing.assert_close(p.detach(), old * (1 - rate * 0.1))


def test_the_rest_is_moved_by_adamw_with_the_means_that_the_page_names():
    """Against the formula: of the gradient 0.9 stays at each step, of its square 0.95."""
    model = MiniGPT(TINY["llama"])
    _, adamw = make_optimizers(model, 0.02, 0.003)
    weight = model.embedding.weight
    expected, m, v = weight.detach().clone(), 0.0, 0.0
    for step in range(1, 4):
        gradient = torch.randn_like(weight)
        weight.grad = gradient.clone()
        adamw.step()
        m, v = 0.9 * m + 0.1 * gradient, 0.95 * v + 0.05 * gradient**2
        expected -= 0.003 * (m / (1 - 0.9**step)) / ((v / (1 - 0.95**step)).sqrt() + 1e-8)
    torch.testing.assert_close(weight.detach(), expected, rtol=0, atol=1e-6)


def test_without_being_asked_there_is_no_decay_and_muon_multiplies_in_float32():
    model = MiniGPT(TINY["llama"])
    for short, whole in (
        (make_optimizers(model, 0.02, 0.003), (0.0, 0.9, torch.float32)),
        (make_optimizers(model, 0.02, 0.003, 0.1, 0.7, None), (0.1, 0.7, None)),
    ):
        muon, adamw = (optimizer.param_groups[0] for optimizer in short)
        assert (muon["weight_decay"], muon["momentum"], muon["dtype"]) == whole
        assert adamw["weight_decay"] == whole[0] and adamw["fused"]


def test_the_schedule_by_hand():
    """Two steps up; then down to the end, at once or after a stay at the top."""
    down = [learning_rate_factor(step, 6, 2) for step in range(6)]
    assert down == pytest.approx([1 / 2, 1, 1, 3 / 4, 2 / 4, 1 / 4])
    stay = [learning_rate_factor(step, 6, 2, 0.5) for step in range(6)]
    assert stay == pytest.approx([1 / 2, 1, 1, 1, 1, 1 / 2])
    assert [learning_rate_factor(step, 2, 0) for step in range(2)] == pytest.approx([1, 1 / 2])
