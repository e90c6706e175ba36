"""Nudging agrees with autograd and with calculus; walks follow their rule."""

import pytest
import torch

from snippets.foundations.gradient_descent import gradient_descent, numerical_gradient

STEEPNESS = torch.tensor([1.0, 4.0], dtype=torch.float64)


def bowl(weights: torch.Tensor) -> torch.Tensor:
    return (STEEPNESS * weights**2).sum() / 2


def wavy(weights: torch.Tensor) -> torch.Tensor:
    return (weights.sin() * weights.flip(-1).exp()).sum()


def test_nudging_agrees_with_autograd_in_every_weight() -> None:
    weights = torch.linspace(-1, 1, 6, dtype=torch.float64).reshape(2, 3).requires_grad_()
    (expected,) = torch.autograd.grad(wavy(weights), weights)
    found = numerical_gradient(wavy, weights)
    assert found.shape == weights.shape and not found.requires_grad
    torch.testing.assert_close(found, expected, atol=1e-8, rtol=0)


def test_the_slope_of_a_square_is_exact_for_any_nudge() -> None:
    """What is too much on one side is too little on the other."""
    weights = torch.tensor([3.0, -2.0], dtype=torch.float64)
    found = numerical_gradient(bowl, weights, nudge=0.5)
    torch.testing.assert_close(found, STEEPNESS * weights)


def test_nudging_leaves_the_weights_as_they_were() -> None:
    weights = torch.tensor([3.0, -2.0], dtype=torch.float64)
    numerical_gradient(bowl, weights)
    assert weights.tolist() == [3.0, -2.0]


def test_a_walk_in_a_bowl_shrinks_each_weight_by_its_factor() -> None:
    start = torch.tensor([1.0, 1.0], dtype=torch.float64)
    path = gradient_descent(bowl, start, rate=0.3, steps=5)
    factors = 1 - 0.3 * STEEPNESS
    for step in range(6):
        torch.testing.assert_close(path[step], start * factors**step)


def test_a_walk_agrees_with_torch_sgd() -> None:
    start = torch.tensor([[0.3, -0.8]], dtype=torch.float64)
    weights = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.SGD([weights], lr=0.1)
    path = gradient_descent(wavy, start, rate=0.1, steps=7)
    for step in range(7):
        torch.testing.assert_close(path[step], weights.detach())
        optimizer.zero_grad()
        wavy(weights).backward()
        optimizer.step()
    torch.testing.assert_close(path[7], weights.detach())


def test_no_steps_are_the_start_alone() -> None:
    start = torch.tensor([1.0, 2.0], requires_grad=True)
    path = gradient_descent(bowl, start, rate=0.1, steps=0)
    assert path.tolist() == [[1.0, 2.0]] and not path.requires_grad
    gradient_descent(bowl, start, rate=0.1, steps=3)
    assert start.tolist() == [1.0, 2.0] and start.grad is None


def test_refusals() -> None:
    wide, narrow = torch.zeros(2, dtype=torch.float64), torch.zeros(2)
    with pytest.raises(ValueError, match="float32; nudging needs"):
        numerical_gradient(bowl, narrow)
    with pytest.raises(ValueError, match="nudge=0"):
        numerical_gradient(bowl, wide, nudge=0)
    with pytest.raises(ValueError, match="rate=-1"):
        gradient_descent(bowl, wide, rate=-1, steps=1)
    with pytest.raises(ValueError, match="steps=-1"):
        gradient_descent(bowl, wide, rate=1, steps=-1)


def test_unless_told_otherwise_a_nudge_is_a_hundred_thousandth() -> None:
    asked = []

    def noted(weights: torch.Tensor) -> torch.Tensor:
        asked.append(weights.item())
        return weights.sum()

    numerical_gradient(noted, torch.zeros(1, dtype=torch.float64))
    assert asked == [1e-5, -1e-5]
