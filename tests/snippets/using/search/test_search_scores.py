"""Ranks, recall, MRR, and the interval of a paired difference."""

import numpy as np
import pytest

from snippets.using.search.chunks import Chunk
from snippets.using.search.search_scores import (
    first_right,
    paired_bootstrap,
    recall_at,
    reciprocals,
)


def found(*places):
    return [Chunk(place, "", "") for place in places]


def test_a_section_counts_once_however_many_of_its_chunks_come():
    assert first_right(found("a", "a", "a", "b"), {"b"}) == 2
    assert first_right(found("a", "b", "c"), {"c", "b"}) == 2
    assert first_right(found("a"), {"a"}) == 1
    assert first_right(found("a"), {"z"}) is None
    assert first_right(found(), {"a"}) is None


def test_recall_and_reciprocals():
    ranks = [1, 2, 5, None]
    assert [recall_at(ranks, k) for k in (1, 2, 5, 10)] == [0.25, 0.5, 0.75, 0.75]
    assert reciprocals(ranks).tolist() == [1, 0.5, 0.2, 0]
    for wrong in (([], 1), ([1], 0)):
        with pytest.raises(ValueError, match="at least 1"):
            recall_at(*wrong)


def test_the_interval_covers_the_true_mean_as_often_as_it_says():
    drawn = np.random.default_rng(1)
    covered = []
    for trial in range(300):
        low, high = paired_bootstrap(drawn.normal(0.3, 1, size=70), samples=400, seed=trial)
        covered.append(low <= 0.3 <= high)
    assert 0.90 < np.mean(covered) < 0.98


def test_the_interval_of_equal_differences_is_a_point():
    assert paired_bootstrap([0.25] * 10, samples=100) == (0.25, 0.25)
    for wrong in ([], [[1.0, 2.0]]):
        with pytest.raises(ValueError, match="shape"):
            paired_bootstrap(wrong)


def test_the_interval_is_that_of_a_normal_distribution_for_many_questions():
    values = np.repeat([0.0, 1.0], 200)
    low, high = paired_bootstrap(values)
    assert (low, high) == paired_bootstrap(values, samples=10_000, seed=0)
    assert (low, high) == pytest.approx((0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025), abs=0.004)
    assert recall_at([1], 1) == 1
