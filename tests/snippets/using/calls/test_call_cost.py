"""Costs: worked out by hand, linear in each count, and no number for what is no amount."""

import math

import pytest

from snippets.foundations.facts import load_facts
from snippets.using.calls.call_cost import Price, chat_cost, cost, load_prices, read_price

PRICE = Price(input=4.0, cached=0.2, output=20.0)


def test_a_call_worked_out_by_hand():
    assert cost(PRICE, 37, 8) == pytest.approx(0.000308, abs=1e-12)
    assert cost(PRICE, 1_000_000, 0, cached=1_000_000) == pytest.approx(0.2)
    assert cost(PRICE, 0, 0) == 0


def test_each_token_costs_its_price_whatever_the_others_are():
    base = cost(PRICE, 1000, 100, 300)
    assert cost(PRICE, 1001, 100, 300) - base == pytest.approx(4e-6)
    assert cost(PRICE, 1000, 101, 300) - base == pytest.approx(20e-6)
    assert cost(PRICE, 1000, 100, 301) - base == pytest.approx(0.2e-6 - 4e-6)


@pytest.mark.parametrize(
    "arguments",
    [
        (-1, 0),
        (0, -1),
        (10, 0, -1),
        (None, 0),
        (10, None),
        (math.nan, 0),
        (0, math.inf),
        (10, 0, 11),
    ],
)
def test_what_is_no_count_is_refused(arguments):
    with pytest.raises(ValueError, match=r"no amount|cached of a prompt"):
        cost(PRICE, *arguments)


@pytest.mark.parametrize("name", Price._fields)
@pytest.mark.parametrize("wrong", [-0.1, None, math.nan])
def test_what_is_no_price_is_refused(name, wrong):
    with pytest.raises(ValueError, match=f"{name}: .* is no amount"):
        cost(PRICE._replace(**{name: wrong}), 1, 1)


def test_a_chat_costs_what_its_calls_cost():
    """Against the sum of n odd numbers: the prompts have 100, 500, 900 … tokens."""
    prompts = [100 + 400 * turn for turn in range(20)]
    for caching in (False, True):
        spent = chat_cost(PRICE, 20, 100, 300, caching)
        calls = [cost(PRICE, n, 300, n - 100 if caching else 0) for n in prompts]
        assert spent == pytest.approx([sum(calls[: i + 1]) for i in range(20)])
    assert chat_cost(PRICE, 1, 100, 300, True) == chat_cost(PRICE, 1, 100, 300, False)
    assert chat_cost(PRICE, 0, 100, 300, True) == []


def test_without_a_cache_the_input_grows_with_the_square_of_the_turns():
    free = PRICE._replace(output=0.0)
    ten, twenty = (chat_cost(free, turns, 200, 200, False)[-1] for turns in (10, 20))
    assert ten == pytest.approx(200 * 100 * 4e-6) and twenty == pytest.approx(4 * ten)


def test_the_published_prices_are_complete_and_plausible():
    prices = load_prices()
    assert prices == {name: read_price(entry) for name, entry in load_facts("prices").items()}
    assert len(prices) >= 4
    for price in prices.values():
        assert 0 < price.cached < price.input < price.output < 1000
