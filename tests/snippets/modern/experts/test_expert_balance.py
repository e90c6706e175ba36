import pytest
import torch
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

from snippets.modern.experts.expert_balance import (
    adjust_bias,
    balance_loss,
    expected_experts,
    imbalance,
)
from snippets.modern.experts.mixture_of_experts import Router, Routing


def routing_of(logits: torch.Tensor, top_k: int) -> Routing:
    scores = logits.softmax(dim=-1)
    weights, chosen = scores.topk(top_k)
    return Routing(scores, chosen, weights / weights.sum(dim=-1, keepdim=True))


@pytest.mark.parametrize("top_k", [1, 2, 3])
def test_the_loss_is_that_of_transformers(top_k: int) -> None:
    logits = torch.randn(50, 6, generator=torch.Generator().manual_seed(0))
    theirs = load_balancing_loss_func((logits,), 6, top_k)
    torch.testing.assert_close(balance_loss(routing_of(logits, top_k)), theirs, atol=1e-5, rtol=0)


def test_the_loss_is_1_at_balance_and_as_many_as_there_are_experts_at_the_worst() -> None:
    assert balance_loss(routing_of(100 * torch.eye(4), 1)).item() == pytest.approx(1)
    one = torch.zeros(12, 4)
    one[:, 2] = 100
    assert balance_loss(routing_of(one, 1)).item() == pytest.approx(4)


def test_a_step_down_the_loss_evens_the_loads_out() -> None:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(400, 8, generator=generator)
    gate = torch.randn(8, 6, generator=generator).requires_grad_()
    before = imbalance(routing_of(x @ gate, 2).loads())
    optimizer = torch.optim.SGD([gate], lr=1.0)
    for _ in range(200):
        optimizer.zero_grad()
        balance_loss(routing_of(x @ gate, 2)).backward()
        optimizer.step()
    assert imbalance(routing_of(x @ gate, 2).loads()) < before / 2


def test_the_bias_evens_the_loads_out_and_leaves_the_scores_alone() -> None:
    torch.manual_seed(2)
    router, x = Router(8, 6, 2), torch.randn(400, 8) + 1  # a mean that some experts like
    with torch.no_grad():
        router.gate.weight.mul_(3)
    first = router(x)
    for _ in range(300):
        adjust_bias(router, router(x), 0.002)
    last = router(x)
    torch.testing.assert_close(first.scores, last.scores)
    assert imbalance(last.loads()) < 0.1 < 0.5 < imbalance(first.loads())


def test_each_bias_moves_by_the_rate_against_its_load() -> None:
    router = Router(4, 3, 1)
    chosen = torch.tensor([[0], [0], [0], [0], [1], [2]])
    adjust_bias(router, Routing(torch.ones(6, 3), chosen, torch.ones(6, 1)), 0.5)
    assert router.bias.tolist() == [-0.5, 0.5, 0.5]
    adjust_bias(router, Routing(torch.ones(3, 3), chosen[[0, 4, 5]], torch.ones(3, 1)), 0.5)
    assert router.bias.tolist() == [-0.5, 0.5, 0.5]  # even loads: nothing to correct
    with pytest.raises(ValueError, match=r"rate=0\.0 must be above 0"):
        adjust_bias(router, Routing(torch.ones(6, 3), chosen, torch.ones(6, 1)), 0.0)


def test_imbalance_is_what_the_busiest_has_above_its_share() -> None:
    assert imbalance(torch.full((5,), 0.2)) == pytest.approx(0, abs=1e-6)
    assert imbalance(torch.tensor([0.5, 0.25, 0.25, 0.0])) == pytest.approx(1)
    for wrong in (torch.tensor([0.5, 0.6]), torch.tensor([1.5, -0.5]), torch.full((2, 2), 0.25)):
        with pytest.raises(ValueError, match="are not shares that sum to 1"):
            imbalance(wrong)


def test_a_batch_needs_as_many_experts_as_random_choices_find() -> None:
    generator = torch.Generator().manual_seed(3)
    assert expected_experts(8, 2, 1) == pytest.approx(2)
    for tokens in (3, 10):
        chosen = torch.rand(4000, tokens, 16, generator=generator).topk(4).indices.flatten(1)
        found = torch.zeros(4000, 16).scatter_(1, chosen, 1.0).sum(dim=1).mean()
        assert expected_experts(16, 4, tokens) == pytest.approx(found.item(), rel=0.02)
    with pytest.raises(ValueError, match="top_k=9 is more than num_experts=8"):
        expected_experts(8, 9, 1)
    with pytest.raises(ValueError, match="tokens=0 must be at least 1"):
        expected_experts(8, 2, 0)
