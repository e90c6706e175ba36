"""Probabilities that sum to one, counts that agree with a plain count, and refusals."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from snippets.foundations.ngrams.ngram import NGram, look_up, run_codes

TEXT = np.random.default_rng(0).integers(0, 5, 400)


def test_run_codes_are_the_runs_in_base_v():
    assert run_codes(np.array([1, 2, 0, 3]), 2, 10).tolist() == [12, 20, 3]
    assert run_codes(np.array([1, 2, 0, 3]), 1, 10).tolist() == [1, 2, 0, 3]


@pytest.mark.parametrize("order", [0, 1, 2, 3, 5])
def test_the_probabilities_of_all_tokens_sum_to_one(order):
    model = NGram(TEXT, order, 6)  # token 5 never occurs, and is possible all the same
    for history in (TEXT[:10], TEXT[:1], np.array([5, 5, 5, 5]), np.array([0, 1, 2, 5])):
        last = [np.exp(model.log_probabilities([*history, token])[-1]) for token in range(6)]
        assert min(last) > 0
        assert sum(last) == pytest.approx(1)


def test_order_0_is_uniform():
    np.testing.assert_allclose(NGram(TEXT, 0, 5).log_probabilities(TEXT), -np.log(5))


def test_order_2_agrees_with_the_formula_written_out():
    text = "abracadabra"
    ids = [ord(c) - ord("a") for c in text]
    singles, pairs = Counter(text), Counter(pairwise(text))

    def single(c):
        kinds = len(singles)
        return (singles[c] + kinds / 26) / (len(text) + kinds)

    def pair(h, c):
        followers = {b: n for (a, b), n in pairs.items() if a == h}
        total, kinds = sum(followers.values()), len(followers)
        return (followers.get(c, 0) + kinds * single(c)) / (total + kinds)

    expected = [np.log(pair(h, c)) for h, c in pairwise(text)]
    np.testing.assert_allclose(NGram(ids, 2, 26).log_probabilities(ids), expected)


def test_a_longer_history_helps_where_the_text_has_a_pattern():
    text = np.tile([0, 1, 0, 2], 100)  # what follows 0 depends on what came before it
    losses = [-NGram(text, order, 3).log_probabilities(text).mean() for order in range(4)]
    assert losses == sorted(losses, reverse=True)
    assert losses[3] < 0.1 < losses[2]


def test_look_up_gives_zero_for_what_is_missing():
    keys, values = np.array([2, 5]), np.array([20, 50])
    assert look_up(keys, values, np.array([1, 2, 5, 9])).tolist() == [0, 20, 50, 0]


@pytest.mark.parametrize(
    ("ids", "order", "message"),
    [
        ([0, 1, 7], 2, "id 7 is not in the vocabulary of 6"),
        ([0, -1, 2], 2, "id -1 is not"),
        ([], 2, "are no text"),
        ([[0, 1, 2]], 1, r"shape \(1, 3\)"),
        ([0, 1, 2], -1, "order=-1"),
        ([0, 1, 2], 30, "order=30"),
        ([0, 1, 2], 4, "a text of 3 tokens has no run of order=4"),
    ],
)
def test_refusals(ids, order, message):
    with pytest.raises(ValueError, match=message):
        NGram(ids, order, 6)


def test_a_vocabulary_of_one_token_leaves_no_doubt():
    assert NGram([0, 0, 0], 2, 1).log_probabilities([0, 0]).tolist() == [0.0]


def test_a_text_as_long_as_the_order_is_long_enough():
    assert len(NGram([0, 1, 2], 3, 6).tables) == 3


def test_orders_up_to_62_bits():
    ids = [0, 1] * 32
    NGram(ids, 62, 2)
    with pytest.raises(ValueError, match="order=63"):
        NGram(ids, 63, 2)
