"""The translator between the real anthropic package and servers that answer, refuse and break."""

import json
from http.client import HTTPConnection

import anthropic
import pytest

from snippets.using.calls.faulty_server import (
    FaultyServer,
    babbles,
    cuts,
    drips,
    refuses,
    says,
    stalls,
)
from snippets.using.calls.messages_server import MessagesServer
from snippets.using.publishing.serving import free_port

REQUEST = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "Hello"}]}


def asked(upstream, *, stream=False, timeout=5.0, **more):
    with (
        MessagesServer(upstream, timeout) as server,
        anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0) as client,
    ):
        if not stream:
            return client.messages.create(**REQUEST, **more)
        with client.messages.stream(**REQUEST, **more) as events:
            texts = list(events.text_stream)
            return texts, events.get_final_message()


def test_an_answer_comes_through_whole():
    with FaultyServer(says("Hi.")) as upstream:
        message = asked(upstream.url)
    assert message.content[0].text == "Hi." and message.stop_reason == "end_turn"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (9, 3)


def test_a_stream_comes_through_in_pieces():
    with FaultyServer(drips("to be or", 0.01)) as upstream:
        texts, message = asked(upstream.url, stream=True)
    assert texts == ["to ", "be ", "or"]
    assert message.stop_reason == "end_turn" and message.content[0].text == "to be or"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, anthropic.BadRequestError),
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
    ],
)
def test_a_refusal_keeps_its_status_and_its_words(status, kind):
    with FaultyServer(refuses(status)) as upstream, pytest.raises(kind) as error:
        asked(upstream.url)
    assert "as ordered" in error.value.body["error"]["message"]


@pytest.mark.parametrize(
    "reply", [babbles("<html>"), babbles("{}", "application/json"), stalls(0.01)]
)
def test_an_upstream_that_is_broken_is_an_error_of_the_server(reply):
    with FaultyServer(reply) as upstream, pytest.raises(anthropic.InternalServerError) as error:
        asked(upstream.url)
    assert error.value.status_code == 502 and "the model server" in str(error.value)


def test_an_upstream_that_is_down_or_silent_is_an_error_of_the_server():
    with pytest.raises(anthropic.InternalServerError, match="Refused"):
        asked(f"http://127.0.0.1:{free_port()}/v1")
    late = pytest.raises(anthropic.InternalServerError, match="timed out")
    with FaultyServer(stalls(30)) as upstream, late:
        asked(upstream.url, timeout=0.2)


@pytest.mark.parametrize("chunked", [True, False])
def test_a_stream_that_breaks_off_is_an_error_for_the_reader(chunked):
    broken = pytest.raises(anthropic.APIError, match=r"broke off|the model server")
    with FaultyServer(cuts("to be", chunked)) as upstream, broken:
        asked(upstream.url, stream=True)


def test_what_can_not_be_translated_is_refused_before_anybody_is_asked():
    with FaultyServer(says("Hi.")) as upstream:
        with pytest.raises(anthropic.BadRequestError, match="thinking: not supported"):
            asked(upstream.url, thinking={"type": "adaptive"})
        assert upstream.arrivals == []


def post(server, body, path="/v1/messages"):
    wire = HTTPConnection(server.url.removeprefix("http://"), timeout=5)
    wire.request("POST", path, body)
    return wire.getresponse()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/messages", "{", 400),
        ("/v1/messages", "[]", 400),
        ("/v1/messages", '{"messages": 3}', 400),
        ("/v1/messages", json.dumps(REQUEST | {"messages": ["Hello"]}), 400),
        ("/v1/complete", json.dumps(REQUEST), 404),
    ],
)
def test_other_bodies_and_paths_are_refused_in_the_form_of_the_protocol(path, body, status):
    with MessagesServer("http://127.0.0.1:1/v1") as server:
        answer = post(server, body, path)
        assert answer.status == status
        said = json.load(answer)
    assert said["type"] == "error" and said["error"]["type"] and said["error"]["message"]


def test_a_stream_is_one_of_named_events_with_status_200(capfd):
    with FaultyServer(drips("to be", 0.0)) as upstream, MessagesServer(upstream.url) as server:
        answer = post(server, json.dumps(REQUEST | {"stream": True}), "/v1/messages?beta=true")
        assert (answer.status, answer.getheader("Content-Type")) == (200, "text/event-stream")
        events = answer.read().decode().strip().split("\n\n")
    for event in events:
        kind, data = event.split("\n")
        assert kind == f"event: {json.loads(data.removeprefix('data: '))['type']}"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("status", "kind"), [(404, "invalid_request_error"), (499, "invalid_request_error"),
                         (500, "api_error"), (503, "api_error")]
)  # fmt: skip
def test_whose_fault_it_was_is_said(status, kind):
    with FaultyServer(refuses(status)) as upstream, MessagesServer(upstream.url) as server:
        answer = post(server, json.dumps(REQUEST))
        assert (answer.status, answer.getheader("Content-Type")) == (status, "application/json")
        assert json.load(answer)["error"]["type"] == kind


def test_a_request_that_does_not_say_how_long_it_is_has_no_body():
    with MessagesServer("http://127.0.0.1:1/v1") as server:
        wire = HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        wire.putrequest("POST", "/v1/messages")
        wire.endheaders()
        assert wire.getresponse().status == 400
        wire.close()
