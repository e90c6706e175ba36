"""Estimates from M samples, against all choices of k of them, one by one."""

from itertools import combinations
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from snippets.inference.reasoning.best_of_n import accuracies, best_at, measured, pass_at, vote_at


@pytest.mark.parametrize("right", [0, 1, 4, 7])
def test_pass_at_is_the_share_of_choices_with_a_right_one(right: int) -> None:
    labels = [True] * right + [False] * (7 - right)
    for k in range(1, 8):
        expected = fmean(any(some) for some in combinations(labels, k))
        assert pass_at(k, right, 7) == pytest.approx(expected, abs=1e-12)
    assert pass_at(1, right, 7) == pytest.approx(right / 7)


def test_pass_at_has_no_bias() -> None:
    rng, p = np.random.default_rng(0), 0.3
    counts = rng.binomial(10, p, size=20_000)
    assert fmean(pass_at(4, int(c), 10) for c in counts) == pytest.approx(1 - 0.7**4, abs=0.01)


def test_best_at_is_the_mean_over_all_choices() -> None:
    rng = np.random.default_rng(1)
    right, scores = rng.random(8) < 0.5, rng.random(8)
    for k in range(1, 9):
        choices = list(combinations(range(8), k))
        expected = fmean(right[max(some, key=lambda i: scores[i])] for some in choices)
        assert best_at(k, right, scores) == pytest.approx(expected, abs=1e-12)
    assert best_at(1, right, scores) == pytest.approx(right.mean())


def test_best_at_is_of_anything_that_a_sample_is_worth() -> None:
    rng = np.random.default_rng(2)
    worth, scores = rng.normal(size=9), rng.normal(size=9)
    for k in range(1, 10):
        expected = fmean(
            worth[max(some, key=lambda i: scores[i])] for some in combinations(range(9), k)
        )
        assert best_at(k, worth, scores) == pytest.approx(expected, abs=1e-12)
    assert best_at(3, [3, -1, 2], [3, -1, 2]) == 3
    assert best_at(3, [3, -1, 2], [-3, 1, -2]) == -1


def test_best_at_of_very_many_samples() -> None:
    count, k = 2**18, 4096
    ranks = np.arange(1, count + 1)  # the mean of the largest of k ranks is k (M + 1) / (k + 1)
    assert best_at(k, ranks, ranks) == pytest.approx(k * (count + 1) / (k + 1), rel=1e-9)
    assert best_at(k, np.ones(count), np.full(count, -np.inf)) == pytest.approx(1, abs=1e-9)


def test_samples_of_one_score_share_the_luck() -> None:
    assert best_at(3, [1, 0, 0, 0], [0.5] * 4) == pytest.approx(0.25)
    assert best_at(4, [1, 0, 1, 0], [0.9, 0.9, 0.1, 0.1]) == pytest.approx(0.5)
    # with labels as scores, the best is right where any is
    right = np.array([1, 0, 0, 1, 0, 0])
    assert best_at(2, right, right) == pytest.approx(pass_at(2, 2, 6))


def test_vote_at_near_the_mean_over_all_choices() -> None:
    answers, truth = [7, 7, 3, 3, 3, 5, None], 7
    assert vote_at(7, answers, truth) == 0
    assert vote_at(1, answers, truth, draws=4000) == pytest.approx(2 / 7, abs=0.03)
    expected = []
    for some in combinations(answers, 3):
        votes = {a: some.count(a) for a in some}
        tied = [a for a, n in votes.items() if n == max(votes.values())]
        expected.append((truth in tied) / len(tied))
    assert vote_at(3, answers, truth, draws=4000) == pytest.approx(fmean(expected), abs=0.03)


def test_a_sample_without_an_answer_has_no_vote() -> None:
    assert vote_at(4, [None, None, None, 85], truth=85) == 1
    assert vote_at(4, [None, None, 75, 85], truth=85) == 0.5
    assert vote_at(2, [None, None], truth=85) == 0
    assert vote_at(3, [None, 75, 85], truth=85, weights=[9.0, 0.1, 0.2]) == 1


def test_votes_by_weight() -> None:
    assert vote_at(3, [1, 2, 2], 1, weights=[0.9, 0.3, 0.3]) == 1
    assert vote_at(3, [1, 2, 2], 1, weights=[0.6, 0.3, 0.3]) == 0.5  # a tie
    assert vote_at(2, [4, 4], 1) == 0  # nobody said it


def test_means_over_problems() -> None:
    answers, truth = [[1, 2, 1], [3, 3, 4], [5, 6, 7]], [1, 4, 8]
    scores = [[0.1, 0.9, 0.2], [0.3, 0.4, 0.8], [0.5, 0.5, 0.5]]
    found = accuracies(3, answers, truth, scores)
    assert found == {"vote": 1 / 3, "check": 2 / 3, "verifier": 1 / 3, "both": 1 / 3}
    assert accuracies(1, answers, truth)["check"] == pytest.approx((2 / 3 + 1 / 3) / 3)
    assert set(accuracies(1, answers, truth)) == {"vote", "check"}
    with pytest.raises(ValueError, match="shorter"):
        accuracies(1, answers, truth[:2])


def test_what_does_not_fit() -> None:
    for k, right, count in ((0, 1, 2), (3, 1, 2), (1, 3, 2), (1, -1, 2)):
        with pytest.raises(ValueError, match="don't fit"):
            pass_at(k, right, count)
    for k in (0, 3):
        with pytest.raises(ValueError, match="of 2 samples"):
            best_at(k, [1, 0], [0.1, 0.2])
        with pytest.raises(ValueError, match="of 2 samples"):
            vote_at(k, [1, 0], 1)
    with pytest.raises(ValueError, match="not both"):
        best_at(1, [1, 0], [0.1])


def test_a_tie_is_one_where_sums_differ_by_rounding_alone() -> None:
    assert vote_at(3, [1, 1, 2], 1, weights=[0.1, 0.2, 0.3]) == 0.5  # 0.1 + 0.2 > 0.3 in floats


def test_another_seed_draws_others() -> None:
    answers = [1, 2, 3, 1, 2, 1, 4, 2]
    found = [vote_at(3, answers, 1, draws=50, seed=seed) for seed in (0, 0, 1, 2)]
    assert found[0] == found[1] and len(set(found)) > 1


def test_a_score_counts_as_a_weight_and_each_method_for_itself() -> None:
    """One sure sample is right, two unsure ones are wrong: the scores outvote them."""
    found = accuracies(3, [[1, 2, 2]], [1], [[0.9, 0.3, 0.3]])
    assert found == {"vote": 0, "check": 1, "verifier": 1, "both": 1}


def test_a_record_is_measured_seed_by_seed() -> None:
    one = {"direct": {"answers": [[3, 4]]}, "thinking": {"answers": [[3, 3]]}}
    two = {"direct": {"answers": [[4, 4]]}, "thinking": {"answers": [[3, 4]], "scores": [[0, 1]]}}
    record: dict[str, Any] = {"problems": [[1, 2]], "seeds": [one, two]}
    assert measured(record, "direct", 1) == {"vote": pytest.approx([0.5, 0.0], abs=0.25),
                                             "check": [0.5, 0.0]}  # fmt: skip
    record["seeds"] = [two]
    assert measured(record, "thinking", 2)["verifier"] == [0.0]


def test_unless_told_otherwise_a_hundred_choices_of_the_seed_0_and_fifty_for_means() -> None:
    answers = [1, 2, 3, 1, 2, 1, 4, 2]
    weights = [0.9, 0.2, 0.4, 0.1, 0.8, 0.3, 0.7, 0.6]
    assert vote_at(3, answers, 1) == vote_at(3, answers, 1, draws=100, seed=0)
    found = accuracies(3, [answers], [1], [weights])
    assert found["vote"] == vote_at(3, answers, 1, draws=50)
    assert found["both"] == vote_at(3, answers, 1, draws=50, weights=weights)


def test_all_samples_may_be_right_and_all_be_chosen() -> None:
    assert pass_at(2, 2, 2) == pass_at(2, 1, 2) == 1 and pass_at(1, 0, 1) == 0
    assert vote_at(2, [1, 1], 1) == 1


def test_scores_and_worth_have_one_axis() -> None:
    with pytest.raises(ValueError, match=r"\(1, 2\) and scores \(1, 2\) are not both"):
        best_at(1, [[1, 0]], [[0.1, 0.2]])
