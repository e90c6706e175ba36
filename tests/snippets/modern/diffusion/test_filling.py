"""Filling keeps what is seen, in the order that its name says, and draws from the likelihood."""

from itertools import pairwise, product
from math import log

import pytest
import torch

from snippets.modern.diffusion.masked_diffusion import denoiser, exact_likelihood, fill
from tests.snippets.modern.diffusion.tiny_denoiser import MASK, T, V, tiny


@pytest.mark.parametrize("order", ["random", "left", "confident"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_filling_keeps_what_is_seen_and_leaves_nothing_hidden(order, steps):
    ids = torch.tensor([[0, MASK, MASK, MASK], [MASK, 2, MASK, MASK]])
    filled = fill(denoiser(tiny()), ids, MASK, steps, order, generator=torch.Generator())
    assert torch.equal(filled[ids != MASK], ids[ids != MASK])
    assert not (filled == MASK).any()


def test_the_number_of_steps_is_the_number_of_calls_and_portions_are_equal():
    left = []

    def watch(ids):
        left.append(int((ids[0] == MASK).sum()))
        return torch.full((*ids.shape, V), -log(V))

    fill(watch, torch.full((2, 7), MASK), MASK, 3)
    assert left == [7, 4, 2]


def test_orders_are_what_they_are_called():
    p = torch.tensor([[0.4, 0.3, 0.3], [0.9, 0.05, 0.05], [0.6, 0.2, 0.2], [0.8, 0.1, 0.1]])
    for order, expected in {"left": [0, 1, 2, 3], "confident": [1, 3, 2, 0]}.items():
        seen = []

        def watch(ids, seen=seen):
            seen.append(ids[0] == MASK)
            return p.log()[None]

        fill(watch, torch.full((1, T), MASK), MASK, T, order, temperature=0)
        gone = [int((a & ~b).nonzero()) for a, b in pairwise(seen)]
        assert gone == expected[:3]


def test_one_token_at_a_time_in_random_order_draws_from_the_likelihood():
    denoise, mask, chance = denoiser(tiny()), MASK, torch.Generator().manual_seed(0)
    drawn = fill(denoise, torch.full((20_000, 2), mask), mask, 2, generator=chance)
    for ids in torch.tensor(list(product(range(V), repeat=2))):
        share = float((drawn == ids).all(dim=1).float().mean())
        assert share == pytest.approx(exact_likelihood(denoise, ids, mask), abs=0.015)


def test_all_in_one_step_draws_each_token_for_itself():
    """A joint in which both tokens agree: at once they need not, one by one they always do."""

    def agree(ids):
        p = torch.full((*ids.shape, 2), 0.5)
        for i, j in ((0, 1), (1, 0)):
            for v in range(2):
                p[ids[:, j] == v, i] = torch.eye(2)[v]
        return p.log()

    chance = torch.Generator().manual_seed(0)
    hidden = torch.full((4000, 2), 2)
    by_steps = {s: fill(agree, hidden, 2, s, generator=chance) for s in (1, 2)}
    same = {s: float((d[:, 0] == d[:, 1]).float().mean()) for s, d in by_steps.items()}
    assert same[1] == pytest.approx(0.5, abs=0.04) and same[2] == 1.0


def test_the_temperature_divides_the_logarithms() -> None:
    p, chance = torch.tensor([0.6, 0.3, 0.1]), torch.Generator().manual_seed(0)

    def same(ids):
        return p.log().expand(*ids.shape, 3)

    drawn = fill(same, torch.full((20_000, 1), MASK), MASK, 1, temperature=0.5, generator=chance)
    shares = torch.bincount(drawn.flatten(), minlength=3) / 20_000
    assert shares.tolist() == pytest.approx((p**2 / (p**2).sum()).tolist(), abs=0.015)


def test_wrong_arguments_of_filling_are_refused():
    ids, denoise = torch.full((1, 4), MASK), denoiser(tiny())
    with pytest.raises(ValueError, match="order='middle'"):
        fill(denoise, ids, MASK, 1, "middle")
    with pytest.raises(ValueError, match="steps=5 are more than the 4"):
        fill(denoise, ids, MASK, 5)
    with pytest.raises(ValueError, match="steps=0"):
        fill(denoise, ids, MASK, 0)
    with pytest.raises(ValueError, match="temperature=-1"):
        fill(denoise, ids, MASK, 1, temperature=-1)
    with pytest.raises(ValueError, match="temperature=inf"):
        fill(denoise, ids, MASK, 1, temperature=float("inf"))
    with pytest.raises(ValueError, match=r"rows hide \[2, 1\]"):
        fill(denoise, torch.tensor([[MASK, MASK], [0, MASK]]), MASK, 1)
