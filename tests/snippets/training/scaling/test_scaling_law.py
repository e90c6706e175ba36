"""Scaling laws: the fit finds a law that made the losses; splits and lifetimes are the cheapest."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from snippets.training.scaling import scaling_law
from snippets.training.scaling.scaling_law import (
    ScalingLaw,
    bootstrap,
    cheapest_over_a_lifetime,
    fit,
)

PUBLISHED = ScalingLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)  # Besiroglu et al. 2024, table 1
SIZES, TEXTS = (
    values.ravel() for values in np.meshgrid(np.geomspace(1e7, 1e10, 6), np.geomspace(1e9, 1e12, 6))
)

laws = st.builds(
    ScalingLaw,
    st.floats(0.5, 3),
    st.floats(10, 1000),
    st.floats(10, 1000),
    st.floats(0.2, 0.6),
    st.floats(0.2, 0.6),
)


@given(law=laws)
def test_the_fit_finds_the_law_that_made_the_losses(law: ScalingLaw) -> None:
    found = fit(SIZES, TEXTS, law.loss(SIZES, TEXTS))
    assert np.allclose(found.loss(SIZES, TEXTS), law.loss(SIZES, TEXTS), rtol=1e-4)
    assert abs(found.alpha - law.alpha) < 0.02 and abs(found.beta - law.beta) < 0.02


def test_no_law_near_the_fit_is_better() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, len(SIZES))
    losses = PUBLISHED.loss(SIZES, TEXTS) * np.exp(noise)
    found = fit(SIZES, TEXTS, losses)

    def error(law: ScalingLaw) -> float:
        return float(np.mean((law.loss(SIZES, TEXTS) / losses - 1) ** 2))

    for place in range(5):
        for factor in (0.97, 1.03):
            numbers = list(astuple(found))
            numbers[place] *= factor
            assert error(ScalingLaw(*numbers)) > error(found)
    assert error(found) <= error(PUBLISHED)


def test_the_bootstrap_holds_the_truth_and_repeats() -> None:
    noise = np.random.default_rng(1).normal(0, 0.003, len(SIZES))
    losses = PUBLISHED.loss(SIZES, TEXTS) * np.exp(noise)
    drawn = list(bootstrap(SIZES, TEXTS, losses, draws=40))
    low, high = np.percentile([law.alpha for law in drawn], (2, 98))
    assert low < PUBLISHED.alpha < high and high - low < 0.15
    assert drawn[:3] == list(bootstrap(SIZES, TEXTS, losses, draws=3))
    assert drawn[:3] != list(bootstrap(SIZES, TEXTS, losses, draws=3, seed=1))


def test_the_search_closes_in_on_the_exponents() -> None:
    found = fit(SIZES, TEXTS, PUBLISHED.loss(SIZES, TEXTS))
    assert astuple(found) == pytest.approx(astuple(PUBLISHED), rel=1e-3)


def test_a_draw_has_as_many_whole_runs_and_is_made_again_where_nothing_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[set[tuple[float, ...]]] = []

    def fit_all_but_the_second(*runs: NDArray[np.float64]) -> ScalingLaw:
        assert {len(values) for values in runs} == {len(SIZES)}
        asked.append(set(zip(*(values.tolist() for values in runs), strict=True)))
        if len(asked) == 2:
            raise ValueError("no law")
        return PUBLISHED

    monkeypatch.setattr(scaling_law, "fit", fit_all_but_the_second)
    losses = PUBLISHED.loss(SIZES, TEXTS)
    assert list(bootstrap(SIZES, TEXTS, losses, draws=3)) == [PUBLISHED] * 3 and len(asked) == 4
    every = set(zip(SIZES.tolist(), TEXTS.tolist(), losses.tolist(), strict=True))
    assert all(runs < every for runs in asked)  # some run is missing, as others come twice


@given(law=laws, exponent=st.floats(19, 26))
def test_no_other_split_of_the_budget_is_better(law: ScalingLaw, exponent: float) -> None:
    C = 10**exponent
    N, D = law.best_split(C)
    assert np.isclose(6 * N * D, C)
    for factor in (0.5, 0.9, 1.1, 2):
        assert law.loss(N * factor, D / factor) > law.loss(N, D)


def test_the_published_laws_at_gophers_budget() -> None:
    """Besiroglu et al. 2024 find about 20 tokens per parameter; the printed constants 93."""
    N, D = PUBLISHED.best_split(5.76e23)
    assert 15 < D / N < 25 and 60e9 < N < 80e9
    printed = ScalingLaw(1.69, 406.4, 410.7, 0.34, 0.28)  # Hoffmann et al. 2022, section D.2
    N, D = printed.best_split(5.76e23)
    assert 90 < D / N < 96


def test_tokens_for_a_loss() -> None:
    loss = PUBLISHED.loss(1e10, 3e11)
    assert PUBLISHED.tokens_for(loss, 1e10) == pytest.approx(3e11)
    best = PUBLISHED.loss(1e10, np.inf)  # with all the text of the world
    assert PUBLISHED.tokens_for(best + 1e-6, 1e10) > 1e18
    assert PUBLISHED.tokens_for(best - 1e-6, 1e10) == np.inf
    assert PUBLISHED.tokens_for(1.0, 1e10) == np.inf


def test_a_lifetime_as_in_the_paper() -> None:
    """The caption of figure 1 of Sardana et al. 2024, with the constants of the authors' code."""
    law = ScalingLaw(1.69, 406.4, 410.7, 0.336, 0.283)
    budgets = np.geomspace(1e20, 1e25, 200_000)
    sizes, texts = law.best_split(budgets)
    at = int(abs(sizes - 13e9).argmin())
    loss, alone = float(law.loss(sizes[at], texts[at])), budgets[at] + 2 * sizes[at] * 2e12
    N, D, cost = cheapest_over_a_lifetime(law, loss, 2e12)
    assert 6.5e9 < N < 7.5e9 and float(law.loss(N, D)) == pytest.approx(loss)
    assert (alone - cost) / alone == pytest.approx(0.17, abs=0.01)
    assert alone - cost == pytest.approx(1.7e22, rel=0.03)


def test_without_use_the_cheapest_is_the_best_split() -> None:
    N, D = PUBLISHED.best_split(1e22)
    found = cheapest_over_a_lifetime(PUBLISHED, float(PUBLISHED.loss(N, D)), 0)
    assert found == pytest.approx((N, D, 1e22), rel=0.01)


@pytest.mark.parametrize("served", [0.0, 1e12, 1e15, 1e17])
def test_no_size_beside_the_cheapest_is_cheaper(served: float) -> None:
    loss = float(PUBLISHED.loss(70e9, 1.4e12))
    N, D, cost = cheapest_over_a_lifetime(PUBLISHED, loss, served)
    assert cost == pytest.approx(6 * N * D + 2 * N * served)
    for size in (0.99 * N, 1.01 * N):
        text = float(PUBLISHED.tokens_for(loss, size))
        assert 6 * size * text + 2 * size * served > cost


@pytest.mark.parametrize(
    ("N", "D", "L", "message"),
    [
        ([1.0] * 5, [1.0] * 5, [1.0] * 5, "six runs"),
        ([1.0] * 6, [1.0] * 7, [1.0] * 6, "six runs"),
        ([1.0] * 5 + [0.0], [1.0] * 6, [1.0] * 6, "N=.*not all positive"),
        ([1.0] * 6, [1.0] * 6, [1.0] * 5 + [np.nan], "L=.*not all positive"),
        (np.arange(1, 9), np.arange(8, 0, -1) ** 2, np.arange(1, 9) ** 3, "no law"),
    ],
)
def test_what_can_not_be_fitted_is_refused(N: object, D: object, L: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(N, D, L)  # type: ignore[arg-type]


def test_a_loss_below_the_floor_is_refused() -> None:
    with pytest.raises(ValueError, match=r"loss=1\.5 is not above E=1\.8172"):
        cheapest_over_a_lifetime(PUBLISHED, 1.5, 1e12)


def test_loss_and_split_by_hand() -> None:
    law = ScalingLaw(1.0, 8.0, 27.0, 0.5, 1.0)
    assert law.loss(4.0, 9.0) == pytest.approx(1 + 8 / 2 + 27 / 9)
    assert law.tokens_for(8.0, 4.0) == pytest.approx(9.0)
    assert law.tokens_for(5.0, 4.0) == np.inf  # all the text there is just does not do


def test_six_runs_are_enough_and_a_loss_at_the_floor_is_not() -> None:
    N, D = np.array([1e7, 1e7, 1e8, 1e8, 1e9, 1e9]), np.array([1e9, 1e11] * 3)
    found = fit(N, D, PUBLISHED.loss(N, D))
    assert np.allclose(found.loss(N, D), PUBLISHED.loss(N, D), rtol=1e-3)
    with pytest.raises(ValueError, match="which no model gets below"):
        cheapest_over_a_lifetime(PUBLISHED, PUBLISHED.E, 1e12)


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("wrong", [0.0, -1.0, np.inf])
def test_each_number_must_be_positive_and_finite(place: int, wrong: float) -> None:
    runs = [SIZES.copy(), TEXTS.copy(), PUBLISHED.loss(SIZES, TEXTS)]
    runs[place][2] = wrong
    with pytest.raises(ValueError, match=f"{'NDL'[place]}=.*not all positive"):
        fit(*runs)
    with pytest.raises(ValueError, match="six runs"):
        fit(*(values.reshape(6, 6) for values in runs))


def test_the_bootstrap_draws_two_hundred_times_from_the_first_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen: list[float] = []

    def remember(N: NDArray[np.float64], *_: NDArray[np.float64]) -> ScalingLaw:
        chosen.append(float(N.sum()))
        return PUBLISHED

    monkeypatch.setattr(scaling_law, "fit", remember)
    losses = PUBLISHED.loss(SIZES, TEXTS)
    assert len(list(bootstrap(SIZES, TEXTS, losses))) == 200
    list(bootstrap(SIZES, TEXTS, losses, draws=200, seed=0))
    assert chosen[:200] == chosen[200:]
