"""The table: counts that agree with a plain count, a gradient by hand, and learning = counting."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from snippets.foundations.bigram import (
    bigram_gradient,
    bigram_loss,
    fit_pairs,
    letters,
    pair_counts,
    pair_shares,
)
from snippets.foundations.gradient_descent import gradient_descent, numerical_gradient

V = 5
IDS = np.random.default_rng(0).integers(0, V, 4000) * np.random.default_rng(1).integers(0, 2, 4000)
COUNTS = pair_counts(IDS, V)
WEIGHTS = torch.randn(V, V, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_letters_keeps_words_and_nothing_else() -> None:
    assert letters("O, 'tis\n\nHAMLET--2b?") == "o tis hamlet b "
    assert letters("") == ""


def test_counts_agree_with_a_plain_count() -> None:
    expected = Counter(pairwise(IDS.tolist()))
    assert COUNTS.sum() == len(IDS) - 1 and COUNTS.dtype == torch.float64
    for i in range(V):
        for j in range(V):
            assert COUNTS[i, j] == expected[i, j]


def test_shares_sum_to_one_and_keep_the_order_of_rows() -> None:
    shares = pair_shares(torch.tensor([[1.0, 3.0], [2.0, 0.0]]))
    assert shares.tolist() == [[0.25, 0.75], [1.0, 0.0]]


def test_the_loss_is_that_of_the_pairs_one_by_one() -> None:
    ids = torch.from_numpy(IDS)
    expected = F.cross_entropy(WEIGHTS[ids[:-1]], ids[1:])
    torch.testing.assert_close(bigram_loss(WEIGHTS, COUNTS), expected)


def test_the_gradient_by_hand_is_that_of_nudging_and_of_autograd() -> None:
    found = bigram_gradient(WEIGHTS, COUNTS)
    nudged = numerical_gradient(lambda w: bigram_loss(w, COUNTS), WEIGHTS)
    torch.testing.assert_close(found, nudged, atol=1e-9, rtol=0)
    weights = WEIGHTS.clone().requires_grad_()
    bigram_loss(weights, COUNTS).backward()
    torch.testing.assert_close(found, weights.grad)
    torch.testing.assert_close(found.sum(-1), torch.zeros(V, dtype=torch.float64))


def test_learnt_is_counted_also_for_what_never_came() -> None:
    assert (COUNTS == 0).sum() == 0
    holes = COUNTS.clone()
    holes[1, 2] = holes[3, :4] = 0  # after 1 never 2, after 3 always 4
    learnt = fit_pairs(holes).softmax(-1)
    torch.testing.assert_close(learnt, pair_shares(holes), atol=1e-3, rtol=0)


def test_the_weights_are_logarithms_of_shares_less_their_mean() -> None:
    logs = pair_shares(COUNTS).log()
    expected = logs - logs.mean(-1, keepdim=True)
    torch.testing.assert_close(fit_pairs(COUNTS), expected, atol=1e-6, rtol=0)


def test_no_weights_predict_better_than_counting() -> None:
    best = bigram_loss(pair_shares(COUNTS).log(), COUNTS)
    assert bigram_loss(WEIGHTS, COUNTS) > best
    assert best <= bigram_loss(fit_pairs(COUNTS, steps=50), COUNTS) < best + 0.01


@pytest.mark.parametrize("rate", [0.5, 2.0, 3.9])
def test_no_step_makes_a_loss_larger(rate: float) -> None:
    losses = [bigram_loss(fit_pairs(COUNTS, n, rate), COUNTS).item() for n in range(1, 20)]
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("rate", [0.5, 3.0])
def test_a_step_of_a_row_follows_the_gradient_of_its_own_mean_loss(rate: float) -> None:
    pairs = COUNTS.sum(-1, keepdim=True)
    weights = torch.zeros_like(COUNTS)
    for steps in (1, 2, 3):
        weights -= rate * bigram_gradient(weights, COUNTS) * COUNTS.sum() / pairs
        torch.testing.assert_close(fit_pairs(COUNTS, steps, rate), weights)


def test_plain_descent_reaches_the_same_table_where_no_token_is_rare() -> None:
    path = gradient_descent(lambda w: bigram_loss(w, COUNTS), torch.zeros_like(COUNTS), 5, 2000)
    torch.testing.assert_close(path[-1].softmax(-1), pair_shares(COUNTS), atol=1e-3, rtol=0)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="id 7 is not in the vocabulary of 5"):
        pair_counts([0, 7], V)
    with pytest.raises(ValueError, match="1 token has no pairs"):
        pair_counts([0], V)
    with pytest.raises(ValueError, match="nothing follows token 2"):
        pair_shares(pair_counts([0, 1, 0, 2], 3))
    with pytest.raises(ValueError, match="nothing follows token 2"):
        fit_pairs(pair_counts([0, 1, 0, 2], 3))
    with pytest.raises(ValueError, match="rate=4"):
        fit_pairs(COUNTS, rate=4)
    with pytest.raises(ValueError, match="steps=0"):
        fit_pairs(COUNTS, steps=0)


def test_unless_told_otherwise_it_learns_in_2000_steps_of_2() -> None:
    """What never came gets less likely for ever, so the weights tell how long they were learnt."""
    never = torch.tensor([[1.0, 0.0], [3.0, 5.0]])
    assert torch.equal(fit_pairs(never), fit_pairs(never, steps=2000, rate=2.0))
    assert not torch.equal(fit_pairs(never), fit_pairs(never, steps=1999))


def test_two_ids_are_one_pair() -> None:
    assert pair_counts([0, 1], 2).tolist() == [[0, 1], [0, 0]]
