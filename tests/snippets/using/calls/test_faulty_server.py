"""Each failure is the one that was ordered, as both packages see it."""

import json
import time
from http.client import HTTPConnection

import anthropic
import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from snippets.using.calls.faulty_server import (
    FaultyServer,
    babbles,
    chunk,
    cuts,
    drips,
    refuses,
    says,
    stalls,
)
from snippets.using.publishing.serving import free_port

MESSAGES = [{"role": "user", "content": "Hello"}]


def client_of(url, timeout=2.0):
    return openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=timeout)


def ask(client, **more):
    return client.chat.completions.create(model="none", messages=MESSAGES, **more)


def call(server):
    with client_of(server.url) as client:
        return ask(client)


def test_replies_come_in_turn_and_the_last_for_ever():
    with FaultyServer(says("one"), says("two")) as server:
        said = [call(server).choices[0].message.content for _ in range(4)]
    assert said == ["one", "two", "two", "two"]
    assert len(server.arrivals) == 4 and server.arrivals == sorted(server.arrivals)


def test_a_server_needs_a_reply():
    with pytest.raises(ValueError, match=r"replies=\(\)"):
        FaultyServer()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_a_refusal_has_its_status_code_and_header(status, kind):
    with FaultyServer(refuses(status, "why", retry_after="3")) as server, pytest.raises(kind) as e:
        call(server)
    assert e.value.status_code == status and e.value.code == "why"
    assert e.value.response.headers["retry-after"] == "3"


def test_a_refusal_without_a_wish_has_no_header():
    with FaultyServer(refuses(429)) as server, pytest.raises(openai.RateLimitError) as error:
        call(server)
    assert "retry-after" not in error.value.response.headers


def test_the_other_package_sees_the_same_refusals():
    with (
        FaultyServer(refuses(529), refuses(429)) as server,
        anthropic.Anthropic(base_url=server.url[:-3], api_key="none", max_retries=0) as client,
    ):
        with pytest.raises(anthropic.OverloadedError):
            client.messages.create(model="none", max_tokens=5, messages=MESSAGES)
        with pytest.raises(anthropic.RateLimitError):
            client.messages.create(model="none", max_tokens=5, messages=MESSAGES)


def test_a_stall_ends_at_the_timeout_and_stopping_does_not_wait_for_it():
    begin = time.monotonic()
    with (
        FaultyServer(stalls(60)) as server,
        client_of(server.url, timeout=0.2) as client,
        pytest.raises(openai.APITimeoutError),
    ):
        ask(client)
    assert 0.2 <= time.monotonic() - begin < 20


def test_a_stall_that_ends_first_is_a_broken_connection():
    with FaultyServer(stalls(0.05)) as server, pytest.raises(openai.APIConnectionError) as error:
        call(server)
    assert not isinstance(error.value, openai.APITimeoutError)


def test_nobody_listens_after_the_end_and_before_the_beginning():
    with FaultyServer(says("here")) as server:
        assert call(server).choices
    with pytest.raises(openai.APIConnectionError):
        call(server)
    nowhere = f"http://127.0.0.1:{free_port()}/v1"
    with client_of(nowhere) as client, pytest.raises(openai.APIConnectionError):
        ask(client)


def test_babble_raises_nothing_unless_it_is_broken_json():
    with FaultyServer(babbles("<html>")) as server:
        assert call(server) == "<html>"
    with FaultyServer(babbles('{"ok": true}', "application/json")) as server:
        assert call(server).choices is None
    broken = babbles('{"ok": ', "application/json")
    with FaultyServer(broken) as server, pytest.raises(json.JSONDecodeError):
        call(server)


def pieces(reply):
    """The pieces of a stream, and the error that ended it."""
    found = []
    with FaultyServer(reply) as server, client_of(server.url) as client:
        try:
            for piece in ask(client, stream=True):
                found.append((piece.choices[0].delta.content, piece.choices[0].finish_reason))
        except openai.APIError as error:
            return found, error
    return found, None


def test_a_cut_is_an_error_only_where_lengths_are_announced():
    half = [("to ", None), ("be ", None)]
    found, error = pieces(cuts("to be", chunked=True))
    assert found == half and isinstance(error, openai.APIConnectionError)
    assert pieces(cuts("to be", chunked=False)) == (half, None)


def test_a_whole_stream_says_why_it_ends_and_may_take_longer_than_the_timeout():
    begin = time.monotonic()
    found, error = pieces(drips("to be or", pause=0.05))
    assert found == [("to ", None), ("be ", None), ("or", "stop")] and error is None
    assert time.monotonic() - begin >= 0.15


@pytest.mark.parametrize(
    ("reply", "headers"),
    [
        (drips("to be", 0.0), {"Connection": "close", "Content-Type": "text/event-stream"}),
        (cuts("to be", False), {"Connection": "close", "Content-Type": "text/event-stream"}),
        (cuts("to be", True), {"Transfer-Encoding": "chunked", "Connection": None}),
        (babbles("<html>"), {"Content-Type": "text/html", "Content-Length": "6"}),
        (says("x"), {"Content-Type": "application/json", "Retry-After": None}),
    ],
)
def test_a_reply_says_of_what_kind_it_is_and_where_it_ends(reply, headers, capfd):
    with FaultyServer(reply) as server:
        wire = HTTPConnection(server.url.split("/")[2], timeout=5)
        wire.request("POST", "/v1/chat/completions", "{}")
        answer = wire.getresponse()
        assert answer.status == 200
        assert {name: answer.getheader(name) for name in headers} == headers
        wire.close()
    assert capfd.readouterr().err == ""  # and nothing is logged


def test_answers_and_pieces_are_what_the_package_declares():
    ChatCompletionChunk.model_validate(chunk("a", "stop"), strict=True)
    with FaultyServer(says("Hi."), refuses(429)) as server:
        answer = call(server)
        with pytest.raises(openai.RateLimitError) as error:
            call(server)
    ChatCompletion.model_validate(answer.model_dump(), strict=True)
    assert error.value.code is None and answer.choices[0].index == 0
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
