"""Whatever comes and goes, each text is what it is alone, and every page comes back."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.inference.generation import generate
from snippets.inference.serving.engine import Engine
from snippets.inference.serving.request import QueueFull
from tests.snippets.inference.test_generation import cached_configs, filters
from tests.snippets.transformer.test_minigpt import TINY, tiny

CONTEXT = 16
# Double precision, so that rounding cannot decide between two tokens.
model_of = cache(lambda config: tiny(replace(config, context=CONTEXT)).double())
OURS = model_of(TINY["ours"])
wanted = st.fixed_dictionaries(
    {
        # Few different tokens, so that many prompts begin alike.
        "prompt": st.lists(st.integers(0, 1), min_size=1, max_size=10),
        "count": st.integers(1, 6),
        "seed": st.integers(0, 2**31),
        "stop": st.lists(st.integers(0, 30), max_size=2),
    }
)
arrivals = st.lists(
    st.tuples(st.integers(0, 4), wanted, st.none() | st.integers(0, 12)), max_size=9
)


def drain(engine, limit=2000):
    ended = []
    while engine.busy:
        ended += engine.step()
        limit -= 1
        assert limit, "it goes on for ever"
    return ended


def check_pages(engine):
    pool = engine.cache.pool
    for page, users in enumerate(pool.users):
        assert users == sum(request.pages.count(page) for request in engine.running)
        assert (page in pool.free) == (users == 0)
    for request in engine.running:
        assert request.read <= len(request.pages) * pool.size


@settings(max_examples=40)
@given(
    config=cached_configs,
    arrivals=arrivals,
    pages=st.integers(0, 8),
    page_size=st.integers(1, 6),
    max_running=st.integers(1, 4),
    spare=st.integers(0, 8),
    share=st.booleans(),
    options=filters,
)
def test_each_text_is_as_alone(
    config, arrivals, pages, page_size, max_running, spare, share, options
):
    """With few pages or many, preempted, cancelled, begun alike, in chunks, with any filters."""
    model = model_of(config)
    engine = Engine(
        model,
        pages=-(-CONTEXT // page_size) + pages,
        page_size=page_size,
        max_running=max_running,
        budget=max_running + spare,
        share=share,
        **options,
    )
    requests, cancelled, ended = [], [], []
    for steps, want, cancel in arrivals:
        stop, seed = want["stop"], want["seed"]
        request = engine.submit(want["prompt"], want["count"], stop=stop, seed=seed)
        requests.append((request, want))
        for _ in range(steps):
            ended += engine.step()
            check_pages(engine)
        if cancel is not None:
            other = requests[cancel % len(requests)][0]
            if engine.cancel(other):
                cancelled.append(other)
            assert not engine.cancel(other)
            check_pages(engine)
    ended += drain(engine)
    check_pages(engine)
    assert len(engine.cache.pool.free) == len(engine.cache.pool.users)  # none is lost
    assert len(ended) + len(cancelled) == len(requests)
    for request, want in requests:
        stop, seed = want["stop"], want["seed"]
        alone = generate(model, want["prompt"], want["count"], seed=seed, stop=stop, **options)
        if request.ended == "cancelled":
            assert request in cancelled and request.ids == alone[: len(request.ids)]
        else:
            assert request.ids == alone
            stopped = request.ids[-1] in stop and len(request.answer) > 0
            assert request.ended == ("stop" if stopped else "length")


def test_with_few_pages_the_youngest_waits_and_is_read_anew():
    engine = Engine(OURS, pages=4, page_size=4, max_running=2, temperature=0, share=False)
    first, second = engine.submit([1] * 7, 9), engine.submit([2] * 7, 9)
    engine.step()
    assert engine.running == [first, second] and not engine.cache.pool.free
    engine.step()
    engine.step()  # the 9th token of the first needs a page
    assert engine.running == [first] and list(engine.waiting) == [second]
    assert second.read == 0 and second.answer and not second.pages
    drain(engine)
    for request, token in ((first, 1), (second, 2)):
        assert request.ids == generate(OURS, [token] * 7, 9, temperature=0)


def test_texts_that_begin_alike_are_read_once():
    """While the first is still being written, and after it has ended; less than a page is not."""
    counts = []
    engine = Engine(OURS, page_size=4, pages=32, temperature=0)
    prefix = [1, 2, 3, 4, 5, 6, 7, 8]
    for prompt in ([*prefix, 9], [*prefix, 10, 11], prefix, [*prefix[:3], 9]):
        engine.submit(prompt, 2)
        engine.step()
        counts.append(engine.work[0])
    assert counts == [9, 2 + 1, 4 + 1, 4 + 1]  # and the next token of the text before
    drain(engine)
    engine.submit([*prefix, 12], 1)
    engine.step()
    assert engine.work[0] == 1


def test_answers_are_shared_too():
    """The next turn of a chat begins with the whole chat so far."""
    engine = Engine(OURS, page_size=2, pages=32, temperature=0)
    request = engine.submit([1, 2, 3], 6)
    drain(engine)
    engine.submit([*request.ids, 4], 1)
    engine.step()
    assert engine.work[0] == len(request.ids) + 1 - 8  # the last token was never read


def test_a_long_prompt_does_not_hold_up_the_others():
    """It is read in chunks, beside the token that everybody else gets in each step."""
    engine = Engine(OURS, max_running=4, budget=6, temperature=0, share=False)
    first = engine.submit([1], 9)
    engine.step()
    second = engine.submit([2] * 12, 2)
    for step in range(1, 4):
        engine.step()
        assert len(first.answer) == step + 1 and engine.work[0] <= 6
        assert second.read == min(5 * step, 12)
    assert len(second.answer) == 1


def test_with_nothing_to_do_a_step_does_nothing():
    engine = Engine(OURS)
    assert engine.step() == [] and engine.work == (0, 0) and not engine.busy


def test_nobody_overtakes():
    """A short prompt waits behind a long one for which there are too few pages."""
    engine = Engine(OURS, pages=4, page_size=4, temperature=0)
    first, long = engine.submit([1] * 9, 3), engine.submit([2] * 9, 3)
    short = engine.submit([3], 1)
    engine.step()
    assert engine.running == [first] and list(engine.waiting) == [long, short]
    assert drain(engine) == [first, short, long]


def test_a_full_queue_refuses_and_takes_again():
    engine = Engine(OURS, max_running=1, max_waiting=2, temperature=0)
    for _ in range(2):
        engine.submit([1], 3)
    with pytest.raises(QueueFull, match="2 requests are waiting, as many as may"):
        engine.submit([1], 3)
    engine.step()
    engine.submit([1], 3)
    assert len(drain(engine)) == 3


def test_a_request_is_cancelled_wherever_it_is():
    engine = Engine(OURS, max_running=1, temperature=0)
    running, waiting = engine.submit([1], 9), engine.submit([2], 9)
    engine.step()
    engine.step()
    assert engine.cancel(running) and engine.cancel(waiting)
    assert running.ended == waiting.ended == "cancelled"
    assert running.ids == generate(OURS, [1], 2, temperature=0) and waiting.answer == []
    assert not engine.busy and len(engine.cache.pool.free) == 256
    assert not engine.cancel(running)
    other = engine.submit([1], 1)
    assert drain(engine) == [other] and not engine.cancel(other) and other.ended == "length"


@pytest.mark.parametrize(
    ("prompt", "count", "message"),
    [
        ([1] * 9, 8, "a prompt of 9 tokens and max_new_tokens=8 are more than the context=16"),
        ([1], 0, "max_new_tokens=0 must be at least 1"),
        ([1], -1, "max_new_tokens=-1"),
        ([], 3, "prompt is empty"),
        ([31], 3, "id 31"),
    ],
)
def test_wrong_requests_are_refused_and_leave_no_trace(prompt, count, message):
    engine = Engine(OURS)
    with pytest.raises(ValueError, match=message):
        engine.submit(prompt, count)
    assert not engine.busy


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pages": 3, "page_size": 5}, "3 pages of 5 tokens cannot hold a text of the context=16"),
        ({"max_running": 0}, "max_running=0"),
        ({"max_waiting": 0}, "max_waiting=0"),
        ({"budget": 3, "max_running": 4}, "budget=3 is less than a token for max_running=4"),
        ({"page_size": 0}, "size=0"),
    ],
)
def test_wrong_sizes_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Engine(OURS, **options)


def test_the_mode_comes_back_and_nothing_is_dropped():
    model = tiny(replace(TINY["ours"], dropout=0.5)).train()
    engine = Engine(model, temperature=0)
    request = engine.submit([1, 2], 6)
    drain(engine)
    assert model.training
    assert request.ids == generate(model.eval(), [1, 2], 6, temperature=0)


def test_in_single_precision_too():
    """Rounding moves a probability by a millionth, so these texts hardly ever part."""
    model = tiny(replace(TINY["ours"], context=64), scale=0.2)
    engine = Engine(model, max_running=3, page_size=4)
    requests = [engine.submit([seed] * (seed + 1), 40, seed=seed) for seed in range(5)]
    drain(engine)
    for seed, request in enumerate(requests):
        assert request.ids == generate(model, [seed] * (seed + 1), 40, seed=seed)


def test_inputs_lie_where_the_model_is():
    model, places = tiny(TINY["ours"]).to("meta"), []
    engine = Engine(model)
    engine.decoder = lambda ids, *rest: (
        places.append(ids.device.type) or torch.zeros(len(ids), 1, 31)
    )
    engine.submit([1, 2], 1)
    engine.step()
    assert places == ["meta"]


def test_a_text_that_is_written_gets_its_token_before_prompts_of_longer_standing():
    engine = Engine(OURS, max_running=2, budget=3, temperature=0, share=False)
    long, short = engine.submit([1] * 12, 1), engine.submit([2], 5)
    for step in range(1, 6):
        engine.step()
        assert len(short.answer) == step and long.read == 2 * step


def test_a_text_that_must_wait_is_the_next_to_be_let_in():
    engine = Engine(OURS, pages=4, page_size=4, max_running=2, temperature=0, share=False)
    first, second = engine.submit([1] * 7, 9), engine.submit([2] * 7, 3)
    third = engine.submit([3], 1)
    for _ in range(3):
        engine.step()
    assert engine.running == [first] and list(engine.waiting) == [second, third]
    assert set(drain(engine)) == {first, second, third}


def test_what_reads_nothing_in_a_step_is_no_work():
    """The budget goes to the first of two prompts; the other has found its beginning, and waits."""
    engine = Engine(OURS, page_size=4, max_running=2, budget=4, temperature=0)
    engine.submit(list(range(9)), 1)
    drain(engine)
    engine.submit([20] * 12, 1)
    late = engine.submit([*range(8), 30, 30], 1)
    engine.step()
    assert late.read == 8 and engine.work == (4, 4 * 4)


def test_only_what_has_been_read_is_found_by_others():
    """The first prompt is read in chunks, and the second begins with all of it."""
    engine = Engine(OURS, page_size=4, max_running=2, budget=4, temperature=0)
    ids = list(range(1, 13))
    engine.submit(ids, 1)
    engine.step()
    second = engine.submit([*ids, 20], 2)
    engine.step()
    assert second.read == 4
    drain(engine)
    assert second.ids == generate(OURS, [*ids, 20], 2, temperature=0)


def test_unless_told_otherwise_16_texts_are_written_in_256_pages_of_8_and_256_wait():
    engine = Engine(OURS, temperature=0)
    pool = engine.cache.pool
    assert (len(pool.users), pool.size) == (256, 8)
    for number in range(256):
        engine.submit([number % 31] * 9, 2)
    with pytest.raises(QueueFull, match="256 requests"):
        engine.submit([1], 1)
    engine.step()
    assert (len(engine.running), len(engine.waiting)) == (16, 240)
    assert engine.work[0] == 64  # the budget
    shared = Engine(OURS, temperature=0)
    for _ in range(2):
        request = shared.submit([1] * 9, 2)
        shared.step()
    assert shared.work[0] == 1 + 1 and request.unread == 1  # the first page was there


def test_what_just_fits_is_served():
    engine = Engine(OURS, pages=4, page_size=4, max_running=4, budget=4, temperature=0)
    request = engine.submit([1] * 9, 7)
    assert drain(engine) == [request] and len(request.ids) == CONTEXT
