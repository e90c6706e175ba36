"""Arrivals are a Poisson process, and the clock is moved by steps alone."""

import numpy as np
import pytest

from snippets.inference.serving.engine import Engine
from snippets.inference.serving.load import (
    Arrival,
    Served,
    fitted_price,
    poisson_load,
    serve,
    without_model,
)
from snippets.inference.serving.static_batching import StaticServer
from tests.snippets.transformer.test_minigpt import TINY, tiny

OURS = tiny(TINY["ours"])
IDS = [n % 7 for n in range(1000)]


def test_gaps_are_exponential_and_lengths_lognormal():
    load = poisson_load(IDS, 4000, prompt=20, answer=40, spread=1, longest=700, seed=0)
    gaps = np.diff([0.0, *(arrival.at for arrival in load)])
    assert gaps.mean() == pytest.approx(1, rel=0.05)
    assert (gaps > 1).mean() == pytest.approx(np.exp(-1), abs=0.03)
    answers = np.array([arrival.max_new_tokens for arrival in load])
    assert np.median(answers) == pytest.approx(40, rel=0.07)
    assert np.log(answers + 0.5).std() == pytest.approx(1, rel=0.07)
    assert np.median([len(arrival.prompt) for arrival in load]) == pytest.approx(20, rel=0.1)


def test_prompts_are_cut_from_the_text_and_everything_fits():
    load = poisson_load(IDS, 500, prompt=20, answer=40, spread=1, longest=50, seed=0)
    text = "".join(map(str, IDS))
    assert all("".join(map(str, arrival.prompt)) in text for arrival in load)
    assert max(len(arrival.prompt) for arrival in load) == 10
    assert max(arrival.max_new_tokens for arrival in load) == 40
    assert min(min(len(arrival.prompt), arrival.max_new_tokens) for arrival in load) >= 1
    again = poisson_load(IDS, 500, prompt=20, answer=40, spread=1, longest=50, seed=0)
    assert (
        load == again != poisson_load(IDS, 500, prompt=20, answer=40, spread=1, longest=50, seed=1)
    )


def test_a_prompt_is_whole_wherever_it_begins():
    load = poisson_load(IDS[:51], 40, prompt=9, answer=5, spread=0, longest=50, seed=0)
    assert min(len(one.prompt) for one in load) >= 8  # rounding may take one off


def test_without_spread_all_are_alike():
    load = poisson_load(IDS, 20, prompt=3, answer=5, spread=0, longest=50, seed=0)
    assert {len(one.prompt) for one in load} <= {2, 3}  # rounding may take one off
    assert len({one.max_new_tokens for one in load}) == 1


def test_latencies_by_hand():
    """Every step takes a second. Two places; the third comes while both are taken."""
    load = [Arrival(0, [1], 2), Arrival(0.5, [1], 4), Arrival(1.5, [1], 1), Arrival(30, [1], 1)]
    price = lambda work: 1.0  # noqa: E731
    make = lambda cls: without_model(cls(OURS, max_running=2))  # noqa: E731
    ours = serve(make(Engine), load, 1.0, price)
    # Steps end at 1, 2, ...: the first text runs from 0 to 2, the second from 1 to 5, the third
    # takes the place of the first from 2 to 3.
    assert ours.latencies == [2, 4.5, 1.5, 1]
    assert ours.first_tokens == [1, 1.5, 1.5, 1]
    assert ours.throughput == pytest.approx(8 / 31)
    static = serve(make(StaticServer), load, 1.0, price)
    # The first is alone; the second and the third go from 2 to 6.
    assert static.latencies == [2, 5.5, 1.5, 1] and static.p95() == pytest.approx(5.5, abs=0.6)
    twice = serve(make(Engine), load, 2.0, price)
    assert twice.latencies[0] == 2 and twice.throughput > ours.throughput


def test_a_request_that_came_during_the_last_step_has_waited_for_its_end():
    load = [Arrival(5, [1], 1), Arrival(5.5, [1], 1)]
    served = serve(without_model(Engine(OURS)), load, 1.0, lambda work: 1.0)
    assert served.latencies == [1, 1.5]
    assert served.throughput == 2 / 2, "from the first arrival on"


def test_without_a_price_the_clock_is_real():
    load = poisson_load(IDS, 5, prompt=2, answer=3, spread=1, longest=16, seed=0)
    served = serve(Engine(OURS, temperature=0), load, 1000.0)
    assert sum(work[0] for work, _ in served.steps) >= 5
    assert min(served.first_tokens) > 0 and served.throughput > 0
    assert all(f <= t for f, t in zip(served.first_tokens, served.latencies, strict=True))


def test_prices_are_found_again_though_some_steps_were_interrupted():
    random = np.random.default_rng(0)
    works = [(int(n), int(n * w)) for n, w in random.integers(1, 60, (300, 2))]
    seconds = np.array([1e-3 + 1e-4 * n + 1e-6 * k for n, k in works])
    seconds[::20] *= 10
    price = fitted_price(list(zip(works, seconds.tolist(), strict=True)))
    assert price((0, 0)) == pytest.approx(1e-3, rel=0.15)
    assert price((30, 900)) == pytest.approx(1e-3 + 3e-3 + 9e-4, rel=0.15)


def test_a_server_without_a_model_keeps_the_same_books():
    load = poisson_load(IDS, 20, prompt=3, answer=4, spread=1, longest=16, seed=0)
    price = lambda work: 1e-3 + 1e-4 * work[0]  # noqa: E731
    for cls in (Engine, StaticServer):
        real = serve(cls(OURS, max_running=3, temperature=0), load, 300.0, price)
        booked = serve(without_model(cls(OURS, max_running=3)), load, 300.0, price)
        # Pages can be shared only by texts that are alike, and without a model answers are.
        assert booked.latencies == pytest.approx(real.latencies, rel=0.2)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="rate=0"):
        serve(Engine(OURS), [], 0)
    with pytest.raises(ValueError, match="count=0"):
        poisson_load(IDS, 0, prompt=1, answer=1, spread=1, longest=50, seed=0)
    with pytest.raises(ValueError, match="requests=0"):
        serve(Engine(OURS), [], 1)
    with pytest.raises(ValueError, match="longest"):
        poisson_load(IDS, 1, prompt=1, answer=1, spread=1, longest=4, seed=0)
    with pytest.raises(ValueError, match="answer=0"):
        poisson_load(IDS, 1, prompt=1, answer=0, spread=1, longest=50, seed=0)


def test_a_load_of_one_and_the_shortest_texts() -> None:
    [one] = poisson_load(IDS, 1, prompt=1, answer=1, spread=0, longest=5, seed=0)
    assert one.at > 0 and (len(one.prompt), one.max_new_tokens) == (1, 1)


def test_a_step_is_recorded_with_its_work_and_its_price():
    load = [Arrival(0, [1, 2, 3], 2)]
    served = serve(without_model(Engine(OURS)), load, 2.0, lambda work: work[0] / 4)
    assert served.steps == [((3, 9), 0.75), ((1, 4), 0.25)]
    assert (served.first_tokens, served.latencies, served.throughput) == ([0.75], [1.0], 2.0)


def test_the_latency_of_95_in_100() -> None:
    served = Served([*map(float, range(101))], [], 0.0, [])
    assert served.p95() == 95
