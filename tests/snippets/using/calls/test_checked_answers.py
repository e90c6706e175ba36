"""Whole answers pass, everything else is refused, and a model is told what was wrong."""

import json
from types import SimpleNamespace

import openai
import pytest
from pydantic import BaseModel

from snippets.using.calls.checked_answers import ask_for, text_of, text_of_stream
from snippets.using.calls.faulty_server import FaultyServer, babbles, cuts, drips, says

MESSAGES = [{"role": "user", "content": "Hello"}]


def reply_to(reply, **more):
    with (
        FaultyServer(reply) as server,
        openai.OpenAI(base_url=server.url, api_key="none", max_retries=0, timeout=2) as client,
    ):
        answer = client.chat.completions.create(model="none", messages=MESSAGES, **more)
        return list(answer) if more.get("stream") else answer


def test_a_whole_answer_is_its_text():
    assert text_of(reply_to(says("Here."))) == "Here."
    assert text_of(reply_to(says(""))) == ""


@pytest.mark.parametrize(
    "reply", [babbles("<html>"), babbles("{}", "application/json"), babbles("", "text/plain")]
)
def test_what_is_no_answer_is_refused(reply):
    with pytest.raises(ValueError, match="no chat completion"):
        text_of(reply_to(reply))


@pytest.mark.parametrize("reason", ["length", "tool_calls", "content_filter"])
def test_an_answer_that_did_not_end_by_itself_is_refused(reason):
    answer = reply_to(says("Half of"))
    answer.choices[0].finish_reason = reason
    with pytest.raises(ValueError, match=f"finish_reason '{reason}'"):
        text_of(answer)


def test_an_answer_without_text_is_refused():
    answer = reply_to(says("x"))
    answer.choices[0].message.content = None
    with pytest.raises(ValueError, match="None"):
        text_of(answer)


def test_a_stream_is_whole_or_refused():
    assert text_of_stream(reply_to(drips("to be or not", 0.0), stream=True)) == "to be or not"
    for pieces in ([], reply_to(cuts("to be", chunked=False), stream=True)):
        with pytest.raises(ConnectionError, match="broke off after"):
            text_of_stream(pieces)


class Birth(BaseModel):
    name: str
    year: int


def asking(*said):
    """A model that says these in turn, and what it was asked each time."""
    asked = []

    def ask(messages):
        asked.append([dict(message) for message in messages])
        return said[len(asked) - 1]

    return ask, asked


def test_it_asks_until_the_answer_can_be_read_and_says_what_was_wrong():
    ask, asked = asking("in 1867", '{"name": "Marie"}', '{"name": "Marie", "year": 1867}')
    assert ask_for(ask, MESSAGES, Birth.model_validate_json) == Birth(name="Marie", year=1867)
    assert [len(messages) for messages in asked] == [1, 3, 5] and len(MESSAGES) == 1
    assert asked[2][3] == {"role": "assistant", "content": '{"name": "Marie"}'}
    assert "year" in asked[2][4]["content"] and "Field required" in asked[2][4]["content"]


def test_it_asks_once_where_the_answer_is_right():
    ask, asked = asking("7")
    assert ask_for(ask, MESSAGES, int) == 7 and asked == [MESSAGES]


def test_it_gives_up_after_so_many_tries():
    ask, asked = asking("a", "b", "c")
    with pytest.raises(json.JSONDecodeError):
        ask_for(ask, MESSAGES, json.loads, tries=2)
    assert len(asked) == 2


def test_other_errors_pass_through():
    ask, _ = asking("{}")
    with pytest.raises(KeyError):
        ask_for(ask, MESSAGES, lambda text: json.loads(text)["year"])


@pytest.mark.parametrize("tries", [0, -1])
def test_at_least_one_try(tries):
    with pytest.raises(ValueError, match=f"tries={tries}"):
        ask_for(lambda messages: "1", MESSAGES, int, tries)


def test_a_piece_without_text_adds_none_and_the_reason_is_kept():
    def piece(text, reason=None):
        delta = SimpleNamespace(content=text)
        return SimpleNamespace(choices=[SimpleNamespace(delta=delta, finish_reason=reason)])

    usage = SimpleNamespace(choices=[])  # as the last piece has it that counts tokens
    assert text_of_stream([piece("a"), piece(None), piece("b", "stop"), piece(None), usage]) == "ab"


def test_three_tries_unless_told_otherwise_and_one_is_enough():
    for more, count in (({}, 3), ({"tries": 1}, 1)):
        ask, asked = asking(*"abcd")
        with pytest.raises(json.JSONDecodeError):
            ask_for(ask, MESSAGES, json.loads, **more)
        assert len(asked) == count
