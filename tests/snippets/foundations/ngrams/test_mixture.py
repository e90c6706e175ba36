"""A mixture is a distribution, and its best share is the one that a search finds."""

import numpy as np
import pytest

from snippets.foundations.ngrams.mixture import best_share, mixed

RNG = np.random.default_rng(0)
P, Q = (np.log(RNG.dirichlet(np.ones(7), size=300)) for _ in range(2))
TOKENS = RNG.integers(0, 7, 300)
SAID = P[np.arange(300), TOKENS] + 0.6, Q[np.arange(300), TOKENS]  # P knows more


def test_a_mixture_sums_to_one() -> None:
    for p, q in zip(P, Q, strict=True):
        assert np.exp(mixed(p, q, 0.3)).sum() == pytest.approx(1)


def test_the_best_share_is_that_of_a_search() -> None:
    shares = np.linspace(0.01, 0.99, 99)
    means = [mixed(*SAID, share).mean() for share in shares]
    assert best_share(*SAID, rounds=500) == pytest.approx(shares[np.argmax(means)], abs=0.01)
    assert max(means) > max(SAID[0].mean(), SAID[1].mean())


def test_no_round_makes_it_worse() -> None:
    means = [mixed(*SAID, best_share(*SAID, rounds)).mean() for rounds in range(8)]
    assert means == sorted(means)


def test_a_model_that_knows_nothing_gets_next_to_nothing() -> None:
    assert best_share(SAID[0], SAID[0] - 20) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        mixed(*SAID, share)


def test_unequal_texts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(300,\) and \(299,\)"):
        mixed(SAID[0], SAID[1][1:], 0.5)


def test_both_are_mixed_in_double_precision() -> None:
    p, q = (np.array([value], np.float32) for value in (-1.5, -2.25))
    for first, second in ((p, q), (q, p)):
        found = mixed(first, second, 0.3)
        exact = np.log(0.3 * np.exp(float(first[0])) + 0.7 * np.exp(float(second[0])))
        assert found.dtype == np.float64 and found[0] == pytest.approx(exact, abs=1e-14)
    assert best_share(p, q, rounds=1) == pytest.approx(1 / (1 + np.exp(-0.75)), abs=1e-14)


def test_fifty_rounds_unless_told_otherwise() -> None:
    assert best_share(*SAID) == best_share(*SAID, rounds=50) != best_share(*SAID, rounds=3)


def test_even_a_hopeless_model_keeps_a_trace_so_that_its_logarithm_is_finite() -> None:
    assert 0 < best_share(SAID[0] - 40, SAID[0]) < 1.5e-6
    assert 0 < 1 - best_share(SAID[0], SAID[0] - 40) < 1.5e-6
