"""The break-even agrees with the published one, and obeys what follows from its definition."""

import math

import pytest

from snippets.foundations.facts import load_facts
from snippets.using.calls.break_even import Load, break_even, rented

WRONG = (0, -1, math.nan)


def test_it_agrees_with_the_published_break_even():
    """silybench-data, comparisons.csv: 8-bit Qwen3-8B, 2,048 tokens in and out, $2.69 per hour."""
    facts = load_facts("hosting")
    entry, token = facts["Qwen3-8B, long answers"], facts["Qwen3-8B by the token"]
    load = Load(entry["prompt"], entry["reply"])
    price = load.price(token["input"], token["output"])
    assert 1000 * price == pytest.approx(0.8192)
    even = break_even(price, facts["H100 at RunPod Community"]["hourly"])
    assert even == pytest.approx(78808.59375)
    assert even / load.capacity(entry["speed"]) == pytest.approx(0.5113618379287445, rel=1e-5)


def test_at_the_break_even_both_cost_the_same():
    load = Load(prompt=300, reply=70)
    price = load.price(1.5, 6.0)
    assert price == pytest.approx((300 * 1.5 + 70 * 6) / 1_000_000)
    requests = break_even(price, hourly=3.0)
    assert requests * price == pytest.approx(rented(requests, capacity=10 * requests, hourly=3.0))
    assert break_even(price, 3.0, fixed=72) == pytest.approx(2 * requests)


def test_a_gpu_is_paid_for_while_it_waits():
    assert rented(1, 1000, 2.0) == rented(1000, 1000, 2.0) == 48
    assert rented(1001, 1000, 2.0) == 96


def test_the_busiest_hour_decides_how_many_there_are():
    assert rented(1000, 1000, 2.0, peak=3) == 3 * rented(1000, 1000, 2.0)
    assert rented(333, 1000, 2.0, peak=3) == 48


def test_a_day_of_tokens():
    assert Load(1, 100).capacity(speed=100) == 86_400


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_missing_or_negative_is_refused(wrong):
    for refused in (
        lambda: Load(wrong, 1),
        lambda: Load(1, wrong),
        lambda: Load(1, 1).price(wrong, 1),
        lambda: Load(1, 1).price(1, wrong),
        lambda: Load(1, 1).capacity(wrong),
        lambda: break_even(wrong, 1),
        lambda: break_even(1, wrong),
        lambda: rented(wrong, 1, 1),
        lambda: rented(1, wrong, 1),
        lambda: rented(1, 1, wrong),
        lambda: rented(1, 1, 1, peak=wrong),
    ):
        with pytest.raises(ValueError, match="must be"):
            refused()
    with pytest.raises(ValueError, match="fixed"):
        break_even(1, 1, fixed=-1)
    with pytest.raises(ValueError, match="peak=25"):
        rented(1, 1, 1, peak=25)


def test_a_day_may_have_all_its_requests_in_one_hour():
    assert rented(1, 1, 1.0, peak=24) == 24 * rented(1, 1, 1.0)
