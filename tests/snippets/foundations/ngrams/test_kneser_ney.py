"""Probabilities that sum to one, and counts and discounts that agree with the formula in words."""

from collections import Counter

import numpy as np
import pytest

from snippets.foundations.ngrams.kneser_ney import KneserNey, discounts
from snippets.foundations.ngrams.ngram import NGram

TEXT = np.random.default_rng(0).integers(0, 5, 400)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_the_probabilities_of_all_tokens_sum_to_one(order: int) -> None:
    model = KneserNey(TEXT, order, 6)  # token 5 never occurs, and is possible all the same
    for history in (TEXT[:10], TEXT[:1], np.array([5, 5, 5, 5]), np.array([0, 1, 2, 5])):
        last = [np.exp(model.log_probabilities([*history, token])[-1]) for token in range(6)]
        assert min(last) > 0
        assert sum(last) == pytest.approx(1)


def test_discounts_are_those_of_the_formula() -> None:
    counts = np.repeat([1, 2, 3, 4, 9], [60, 20, 12, 6, 5])
    y = 60 / (60 + 2 * 20)
    expected = [0, 1 - 2 * y * 20 / 60, 2 - 3 * y * 12 / 20, 3 - 4 * y * 6 / 12]
    np.testing.assert_allclose(discounts(counts), expected)


def test_no_count_gives_up_more_than_it_has() -> None:
    assert discounts(np.repeat([1, 2, 3, 4], [9, 1, 9, 1])).tolist()[2] == 0  # 2 - 3 y 9 / 1 < 0
    assert discounts(np.array([1, 1, 2, 7])).tolist() == [0, 0.5, 0.75, 0.9]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_every_order_agrees_with_the_formula_written_out(order: int) -> None:
    ids = TEXT[:80].tolist()
    counts = [Counter(zip(*(ids[place:] for place in range(order)), strict=False))]
    while len(counts) < order:  # of a shorter run: how many different tokens stood before it
        counts.append(Counter(run[1:] for run in counts[-1]))
    less = [discounts(np.array([*c.values()])) for c in counts]

    def p(history: tuple[int, ...], w: int) -> float:
        shorter = p(history[1:], w) if history else 1 / 5
        level = order - 1 - len(history)
        after = {run[-1]: n for run, n in counts[level].items() if run[:-1] == history}
        if not after:
            return shorter
        saved = sum(less[level][min(n, 3)] for n in after.values())
        known = after.get(w, 0) - less[level][min(after.get(w, 0), 3)]
        return float((known + saved * shorter) / sum(after.values()))

    text = TEXT[:120].tolist()  # the last third was not counted
    expected = [np.log(p(tuple(text[max(0, t - order + 1) : t]), text[t])) for t in range(1, 120)]
    np.testing.assert_allclose(KneserNey(ids, order, 5).log_probabilities(text), expected)


def test_what_follows_one_token_only_is_no_guess_elsewhere() -> None:
    """Token 1 is the most frequent and always follows 0; 2 follows many."""
    rng = np.random.default_rng(1)
    text: list[int] = []
    for _ in range(200):
        text += [0, 1] * 3 + [int(rng.integers(3, 9)), 2]
    after_new = KneserNey(text, 2, 10).log_probabilities  # nothing ever followed 9
    frequent, versatile = (after_new([9, token])[0] for token in (1, 2))
    assert versatile > frequent + 1
    counted = NGram(text, 2, 10).log_probabilities
    assert counted([9, 1])[0] > counted([9, 2])[0]


def test_a_long_history_helps_and_an_unknown_one_does_no_harm() -> None:
    text = np.tile([0, 1, 0, 2], 100)
    losses = [-KneserNey(text, order, 3).log_probabilities(text).mean() for order in (1, 2, 3)]
    assert losses == sorted(losses, reverse=True)
    assert losses[2] < 0.1 < losses[1]
    unknown, none = np.array([2, 2, 1, 0]), np.array([1, 0])
    model = KneserNey(text, 3, 3)
    assert model.log_probabilities(unknown)[-1] == pytest.approx(model.log_probabilities(none)[-1])


def test_a_text_shorter_than_the_order_is_refused_to_count_and_can_be_scored() -> None:
    with pytest.raises(ValueError, match="a text of 2 tokens has no run of order=6"):
        KneserNey([0, 1], 6, 3)
    model = KneserNey([0, 1, 2, 1, 0, 1], 6, 3)  # just long enough
    assert np.isfinite(model.log_probabilities([0, 1, 2])).all()


@pytest.mark.parametrize(
    ("ids", "order", "size"), [([0], 0, 3), ([0], 40, 3), ([3], 2, 3), ([], 2, 3)]
)
def test_what_cannot_be_counted_is_refused(ids: list[int], order: int, size: int) -> None:
    with pytest.raises(ValueError, match=r"cannot be counted|vocabulary|text"):
        KneserNey(ids, order, size)


def test_orders_up_to_62_bits() -> None:
    ids = [0, 1] * 32
    assert np.isfinite(KneserNey(ids, 62, 2).log_probabilities(ids)).all()
    with pytest.raises(ValueError, match="order=63 with vocab_size=2 cannot be counted"):
        KneserNey(ids, 63, 2)
    with pytest.raises(ValueError, match="vocab_size=0"):
        KneserNey(ids, 2, 0)
