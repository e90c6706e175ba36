"""Keeping experts busy: a loss that punishes unequal use, or a bias that corrects the choice."""

import torch
from torch import Tensor

from snippets.checks import check_positive
from snippets.modern.experts.mixture_of_experts import Router, Routing, check_choice


def balance_loss(routing: Routing) -> Tensor:
    """E · Σ fᵢ Pᵢ: how unequally E experts are used; k at perfect balance, E at the worst, for k=1.

    fᵢ is the share of the tokens that chose expert i, and Pᵢ its mean score (Fedus et al. 2021,
    equations 4 to 6, for k = 1; Mixtral's code for any k). Counting has no gradient, so a step
    lowers the scores of experts that are chosen often.
    """
    tokens, experts = routing.scores.shape
    share = torch.bincount(routing.chosen.flatten(), minlength=experts) / tokens  # (E,) f
    return experts * (share * routing.scores.mean(dim=0)).sum()


def adjust_bias(router: Router, routing: Routing, rate: float) -> None:
    """Makes the choice of busy experts less likely, and of idle ones likelier, by a fixed amount.

    After a training step, the bias of an expert with more than its share falls by `rate`, and that
    of one with less rises by it (Wang et al. 2024, algorithm 1). ValueError for a rate not above 0.
    """
    check_positive(rate=rate)
    loads = routing.loads()
    router.bias += rate * torch.sign(loads.mean() - loads)


def imbalance(loads: Tensor) -> float:
    """By how much the busiest expert is above its share: max(load) · E − 1, 0 at perfect balance.

    Wang et al. (2024, section 4.1) call it the maximal violation. ValueError for loads that are
    not shares (E,) which sum to 1.
    """
    if loads.ndim != 1 or abs(float(loads.sum()) - 1) > 1e-4 or float(loads.min()) < 0:
        raise ValueError(f"{loads.tolist()} are not shares that sum to 1")
    return float(loads.max()) * len(loads) - 1


def expected_experts(num_experts: int, top_k: int, tokens: int) -> float:
    """How many experts a batch needs, where each token chooses k of E at random: E(1 − (1 − k/E)ⁿ).

    ValueError for a size below 1, or more chosen experts than there are.
    """
    check_positive(tokens=tokens)
    check_choice(num_experts, top_k)
    return num_experts * (1 - (1 - top_k / num_experts) ** tokens)
