"""Asking again: limits that double, servers that are obeyed, and an end to patience."""

import time
from email.utils import formatdate
from itertools import islice
from types import SimpleNamespace

import anthropic
import openai
import pytest

from snippets.using.calls.faulty_server import FaultyServer, refuses, says, stalls
from snippets.using.calls.retrying import ask_again, asked_to_wait, may_pass, waits
from snippets.using.publishing.serving import free_port


def failure(reply, timeout=5.0):
    """The error that the openai package makes of a reply."""
    with FaultyServer(reply) as server, pytest.raises(openai.APIError) as caught:
        call(server.url, timeout)
    return caught.value


def call(url, timeout=5.0):
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=timeout) as client:
        messages = [{"role": "user", "content": "Hello"}]
        return client.chat.completions.create(model="none", messages=messages)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def __call__(self):
        return self.now


def again(replies, **more):
    """What ask_again makes of replies, 0 for an answer; how often it asked, and how it slept."""
    clock, asked = Clock(), []

    def ask():
        asked.append(reply := replies[min(len(asked), len(replies) - 1)])
        if isinstance(reply, Exception):
            raise reply
        return reply

    more = {"delays": waits(draw=lambda: 1.0), "sleep": clock.sleep, "clock": clock, **more}
    try:
        return ask_again(ask, **more), len(asked), clock.slept
    except Exception as error:
        return error, len(asked), clock.slept


def test_limits_double_up_to_the_largest_and_draws_scale_them():
    assert list(islice(waits(0.5, 8.0, lambda: 1.0), 7)) == [0.5, 1, 2, 4, 8, 8, 8]
    assert list(islice(waits(0.5, 3.0, lambda: 0.5), 4)) == [0.25, 0.5, 1.0, 1.5]
    drawn = list(islice(waits(1.0, 1.0), 500))
    assert 0 <= min(drawn) < 0.1 and 0.9 < max(drawn) <= 1 and 0.4 < sum(drawn) / 500 < 0.6


@pytest.mark.parametrize(("first", "most"), [(0, 1), (-1, 1), (2, 1)])
def test_waits_need_limits(first, most):
    with pytest.raises(ValueError, match=f"first={first}, most={most}"):
        next(waits(first, most))


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_what_may_pass(status):
    assert may_pass(failure(refuses(status)))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_can_not_pass(status):
    assert not may_pass(failure(refuses(status)))


def test_silence_may_pass_and_an_empty_account_or_a_bug_can_not():
    assert may_pass(failure(stalls(3), timeout=0.1))
    with pytest.raises(openai.APIConnectionError) as down:
        call(f"http://127.0.0.1:{free_port()}/v1")
    assert may_pass(down.value)
    nowhere = f"http://127.0.0.1:{free_port()}"
    with (
        anthropic.Anthropic(base_url=nowhere, api_key="none", max_retries=0) as other,
        pytest.raises(anthropic.APIConnectionError) as down,
    ):
        other.messages.create(
            model="none", max_tokens=5, messages=[{"role": "user", "content": "?"}]
        )
    assert may_pass(down.value)
    assert may_pass(failure(refuses(429, "rate_limit_exceeded")))
    assert not may_pass(failure(refuses(429, "insufficient_quota")))
    assert not may_pass(KeyError("ours"))


def test_the_server_is_asked_for_its_wish():
    assert asked_to_wait(failure(refuses(429, retry_after="1.5"))) == 1.5
    date = formatdate(1_000_030, usegmt=True)
    assert asked_to_wait(failure(refuses(503, retry_after=date)), now=1_000_000) == 30
    assert asked_to_wait(failure(refuses(429))) is None
    assert asked_to_wait(KeyError("ours")) is None


@pytest.mark.parametrize("said", ["soon", "-3", "0", "nan", "inf", ""])
def test_a_wish_that_is_none_counts_as_absent(said):
    error = SimpleNamespace(response=SimpleNamespace(headers={"retry-after": said}))
    assert asked_to_wait(error) is None


def test_a_date_that_is_past_counts_as_absent():
    date = formatdate(1_000_000, usegmt=True)
    assert asked_to_wait(failure(refuses(503, retry_after=date)), now=1_000_030) is None


BUSY, WRONG = failure(refuses(503)), failure(refuses(401))
WAIT = failure(refuses(429, retry_after="10"))


def test_it_asks_until_it_is_answered_and_waits_longer_each_time():
    assert again([BUSY, BUSY, BUSY, "yes"]) == ("yes", 4, [0.5, 1, 2])
    assert again(["yes"]) == ("yes", 1, [])


def test_it_never_comes_earlier_than_the_server_asks():
    assert again([WAIT, "yes"]) == ("yes", 2, [10.5])


def test_it_gives_up_with_the_last_error():
    assert again([WAIT, BUSY], retries=2) == (BUSY, 3, [10.5, 1.0])
    assert again([BUSY], retries=0) == (BUSY, 1, [])


def test_what_can_not_pass_is_raised_at_once():
    assert again([WRONG, "yes"]) == (WRONG, 1, [])
    bug = KeyError("ours")
    assert again([bug, "yes"]) == (bug, 1, [])


def test_patience_ends_before_a_wait_that_would_exceed_it():
    assert again([BUSY], retries=99, patience=7.6) == (BUSY, 5, [0.5, 1, 2, 4])
    assert again([WAIT, "yes"], patience=10.4) == (WAIT, 1, [])


@pytest.mark.parametrize("wrong", [{"retries": -1}, {"patience": -0.1}])
def test_negative_numbers_are_refused(wrong):
    with pytest.raises(ValueError, match="neither may be negative"):
        ask_again(lambda: 1, **wrong)


def test_it_comes_through_a_server_that_fails_in_three_ways():
    replies = refuses(500), stalls(5), refuses(429, retry_after="0.3"), says("At last.")
    with FaultyServer(*replies) as server:
        answer = ask_again(lambda: call(server.url, 1.0), delays=waits(0.01, 0.02))
        gaps = [b - a for a, b in zip(server.arrivals, server.arrivals[1:], strict=False)]
    assert answer.choices[0].message.content == "At last."
    assert len(gaps) == 3 and gaps[1] > 0.5 and gaps[2] >= 0.3


def test_the_name_that_was_removed_in_2023_is_still_refused():
    with pytest.raises(openai.OpenAIError, match=r"no longer supported in openai>=1\.0\.0"):
        openai.ChatCompletion.create(model="none", messages=[])


def test_a_date_is_compared_with_the_time_of_now():
    date = formatdate(time.time() + 1000, usegmt=True)
    wish = asked_to_wait(SimpleNamespace(response=SimpleNamespace(headers={"retry-after": date})))
    assert wish is not None and 900 < wish <= 1000


def test_unless_told_otherwise_it_tries_four_more_times_within_a_minute():
    assert again([BUSY]) == (BUSY, 5, [0.5, 1, 2, 4])
    assert list(islice(waits(draw=lambda: 1.0), 6)) == [0.5, 1, 2, 4, 8, 8]
    for asked, slept in (("59.5", [60.0]), ("59.6", [])):
        error = failure(refuses(429, retry_after=asked))
        assert again([error, "yes"])[2] == slept


def test_patience_may_just_suffice_and_none_is_a_patience():
    assert again([BUSY, "yes"], patience=0.5) == ("yes", 2, [0.5])
    assert again(["yes"], patience=0) == ("yes", 1, [])
    assert not may_pass(failure(refuses(499)))
