"""Best of n by a proxy, and weights learned from choices: laws, and agreement with drawing."""

from math import log

import pytest
import torch

from snippets.post_training.rewards.proxies import best_of_n_kl, fit_choices, share_of_first
from snippets.post_training.rewards.reward_model import bradley_terry_loss


def test_the_kl_of_the_best_of_n_is_that_of_its_density():
    """For continuous scores the best of n has the density n u^(n−1) on ranks u in [0, 1]."""
    u = (torch.arange(1_000_000, dtype=torch.float64) + 0.5) / 1_000_000
    for n in (1, 2, 5, 64):
        density = n * u ** (n - 1)
        kl = torch.special.xlogy(density, density).mean().item()
        assert best_of_n_kl(n) == pytest.approx(kl, abs=1e-4)


def test_the_kl_of_the_best_of_n_bounds_that_of_answers_with_ties():
    p = torch.tensor([0.7, 0.25, 0.05], dtype=torch.float64)  # by rising reward
    below = p.cumsum(0) - p
    for n in (2, 8, 100):
        best = (below + p) ** n - below**n
        kl = (best * (best / p).log()).sum().item()
        assert kl < best_of_n_kl(n)


def test_there_is_no_best_of_none():
    with pytest.raises(ValueError, match="n=0"):
        best_of_n_kl(0)


def choices(count: int, weights: torch.Tensor) -> torch.Tensor:
    differences = torch.randn(count, len(weights))
    sign = torch.where(torch.rand(count) < (differences @ weights).sigmoid(), 1.0, -1.0)
    return differences * sign[:, None]


def test_fitted_weights_are_the_minimum_of_bradley_and_terrys_loss():
    torch.manual_seed(0)
    chosen = choices(300, torch.tensor([1.0, -0.5, 0.0])).double()
    w = fit_choices(chosen).weights.requires_grad_()
    bradley_terry_loss(chosen @ w, torch.zeros(300, dtype=torch.float64)).backward()
    assert w.grad is not None and w.grad.abs().max() < 1e-9


def test_errors_say_how_far_fitted_weights_are_off():
    torch.manual_seed(0)
    true = torch.tensor([1.0, -0.5])
    off = []
    for _ in range(200):
        fitted = fit_choices(choices(200, true))
        off.append((fitted.weights - true) / fitted.errors)
    assert torch.stack(off).std(dim=0).sub(1).abs().max() < 0.15


def test_weights_are_those_that_made_the_choices():
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 40_000, 3, generator=generator)
    true = torch.tensor([1.0, -2.0, 0.0])
    chosen = torch.rand(len(first), generator=generator) < ((first - second) @ true).sigmoid()
    better = torch.where(chosen[:, None], first, second)
    worse = torch.where(chosen[:, None], second, first)
    torch.testing.assert_close(fit_choices(better - worse).weights.float(), true, atol=0.06, rtol=0)


def test_one_feature_has_the_log_odds():
    kept = fit_choices(torch.tensor([[1.0]] * 55 + [[-1.0]] * 45)).weights
    assert kept.item() == pytest.approx(log(55 / 45))


def test_choices_without_likeliest_weights_are_refused():
    with pytest.raises(ValueError, match="no likeliest weights"):
        fit_choices(torch.ones(10, 1))  # all alike: the larger the weight, the likelier
    with pytest.raises(ValueError, match="no likeliest weights"):
        fit_choices(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))  # the second feature never differs
    with pytest.raises(ValueError, match=r"\(1, 2\)"):
        fit_choices(torch.ones(1, 2))


def test_the_best_policy_of_two_answers_is_the_tilted_reference():
    gap, beta = torch.tensor([0.2, -1.0, 0.0]), 0.3
    for one, share in zip(gap, share_of_first(gap, beta), strict=True):
        tilted = torch.tensor([0.5, 0.5]) * (torch.stack([one, torch.tensor(0.0)]) / beta).exp()
        torch.testing.assert_close(share, tilted[0] / tilted.sum())
    with pytest.raises(ValueError, match=r"beta=0\.0"):
        share_of_first(gap, 0)


def test_newtons_method_has_come_to_its_end():
    torch.manual_seed(0)
    chosen = choices(100, torch.tensor([1.0, -0.5]))
    few, many = fit_choices(chosen), fit_choices(chosen, steps=60)
    torch.testing.assert_close(few.weights, many.weights)
    square = torch.tensor([[1.0, 0.5], [-0.5, 1.0]])  # as many choices as features are enough
    with pytest.raises(ValueError, match="likeliest"):
        fit_choices(square)
    with pytest.raises(ValueError, match=r"must be \(N, F\)"):
        fit_choices(torch.ones(4))
