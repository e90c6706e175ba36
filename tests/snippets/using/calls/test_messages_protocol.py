"""Anthropic's protocol and chat completions: the same chat there and back, and nothing dropped."""

import json

import pytest
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import TypeAdapter

from snippets.using.calls.messages_protocol import PASSED_ON, to_chat, to_events, to_message

USER = {"role": "user", "content": "Hello"}
LEAST = {"model": "m", "max_tokens": 5, "messages": [USER]}
TOOL = {"name": "add", "description": "A sum.", "input_schema": {"type": "object"}}
CALL = {"id": "t1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
EVENT: TypeAdapter = TypeAdapter(RawMessageStreamEvent)


def test_the_least_request_has_nothing_else():
    assert to_chat(LEAST) == {"model": "m", "max_completion_tokens": 5, "messages": [USER]}


def test_every_field_has_its_place():
    more = {"system": "Be brief.", "stop_sequences": ["\n"], "stream": True, "tools": [TOOL]}
    chat = to_chat(LEAST | more)
    assert (LEAST | more).keys() == PASSED_ON
    assert chat["messages"] == [{"role": "system", "content": "Be brief."}, USER]
    assert chat["stop"] == ["\n"] and chat["stream"] is True
    function = {"name": "add", "description": "A sum.", "parameters": {"type": "object"}}
    assert chat["tools"] == [{"type": "function", "function": function}]


def test_blocks_of_text_become_one_text():
    blocks = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    chat = to_chat(LEAST | {"system": blocks, "messages": [{"role": "user", "content": blocks}]})
    assert [message["content"] for message in chat["messages"]] == ["a\nb", "a\nb"]


def test_a_call_and_its_result_become_two_messages():
    use = {"type": "tool_use", "id": "t1", "name": "add", "input": {"a": 1}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "3"}
    turns = [
        USER,
        {"role": "assistant", "content": [{"type": "text", "text": "Well:"}, use]},
        {"role": "user", "content": [result, {"type": "text", "text": "And now?"}]},
    ]
    messages = to_chat(LEAST | {"messages": turns})["messages"]
    assert messages[1] == {"role": "assistant", "content": "Well:", "tool_calls": [CALL]}
    assert messages[2] == {"role": "tool", "tool_call_id": "t1", "content": "3"}
    assert messages[3:] == [{"role": "user", "content": "And now?"}]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"thinking": {"type": "adaptive"}, "top_k": 3}, "thinking, top_k: not supported"),
        ({"max_tokens": None}, "max_tokens: None"),
        ({"max_tokens": 0}, "max_tokens: 0"),
        ({"max_tokens": "9"}, "max_tokens: '9'"),
        ({"messages": []}, "messages, a list"),
        ({"model": None}, "model, a name"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "role 'tool'"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "type 'image'"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "input_schema"),
    ],
)
def test_what_can_not_be_passed_on_is_refused_by_name(wrong, said):
    with pytest.raises(ValueError, match=said):
        to_chat(LEAST | wrong)


def completion(reason="stop", **message):
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    choice = {"index": 0, "finish_reason": reason, "message": {"role": "assistant", **message}}
    return {"id": "1", "model": "m", "choices": [choice], "usage": usage}


@pytest.mark.parametrize(
    ("reason", "theirs"),
    [("stop", "end_turn"), ("length", "max_tokens"), ("tool_calls", "tool_use")],
)
def test_an_answer_is_a_message_that_the_package_knows(reason, theirs):
    message = Message.model_validate(to_message(completion(reason, content="Hi")), strict=True)
    assert message.stop_reason == theirs and message.content[0].text == "Hi"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (7, 3)


def test_calls_are_blocks_and_an_empty_text_is_none():
    answer = to_message(completion("tool_calls", content="", tool_calls=[CALL]))
    [block] = Message.model_validate(answer).content
    assert (block.type, block.id, block.name, block.input) == ("tool_use", "t1", "add", {"a": 1})
    assert to_message(completion(content=None))["content"] == []


@pytest.mark.parametrize("arguments", ["[1]", "3", "{", ""])
def test_arguments_that_are_no_object_are_refused(arguments):
    call = CALL | {"function": {"name": "add", "arguments": arguments}}
    with pytest.raises(ValueError, match=r"no JSON object|Expecting"):
        to_message(completion("tool_calls", content="", tool_calls=[call]))


def chunk(reason=None, usage=None, **delta):
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "1", "choices": [choice], **({"usage": usage} if usage else {})}


USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def test_a_stream_of_text_and_a_call_is_one_that_the_package_knows():
    chunks = [
        chunk(role="assistant"),
        chunk(content="Well"),
        chunk(content=":"),
        chunk(tool_calls=[CALL]),
        chunk("tool_calls", USAGE),
    ]
    events = list(to_events(chunks, "m"))
    for event in events:
        EVENT.validate_python(event)
    assert [event["type"].removeprefix("content_") for event in events] == [
        "message_start", "block_start", "block_delta", "block_delta", "block_stop",
        "block_start", "block_delta", "block_stop", "message_delta", "message_stop",
    ]  # fmt: skip
    assert [event["index"] for event in events[1:8]] == [0, 0, 0, 0, 1, 1, 1]
    assert json.loads(events[6]["delta"]["partial_json"]) == {"a": 1}
    assert events[5]["content_block"]["input"] == {}
    assert events[8]["delta"]["stop_reason"] == "tool_use"
    assert events[8]["usage"] == {"input_tokens": 7, "output_tokens": 2}


def test_a_stream_of_text_closes_its_block():
    events = list(to_events([chunk(content="Hi"), chunk("length", USAGE)], "m"))
    kinds = [event["type"] for event in events]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert events[-2]["delta"]["stop_reason"] == "max_tokens"


@pytest.mark.parametrize(
    ("chunks", "said"),
    [
        ([], "broke off"),
        ([chunk(content="Hi")], "broke off"),
        ([chunk(content="Hi"), {"error": "no memory"}], "no memory"),
    ],
)
def test_a_stream_that_fails_ends_in_an_error_and_not_in_a_stop(chunks, said):
    events = list(to_events(chunks, "m"))
    assert events[-1]["type"] == "error" and said in events[-1]["error"]["message"]
    assert not any(event["type"] in ("message_delta", "message_stop") for event in events)


def test_the_least_that_is_allowed_and_what_may_be_left_out():
    assert to_chat(LEAST | {"max_tokens": 1})["max_completion_tokens"] == 1
    tool = {"name": "add", "input_schema": {}}
    assert to_chat(LEAST | {"tools": [tool]})["tools"][0]["function"]["description"] == ""
    result = [{"type": "tool_result", "tool_use_id": "t1"}]
    turns = [{"role": "user", "content": result}, {"role": "user", "content": []}]
    assert to_chat(LEAST | {"messages": turns})["messages"] == [
        {"role": "tool", "tool_call_id": "t1", "content": ""}
    ]


def test_a_message_has_the_name_the_model_and_the_counts_of_its_completion():
    found = to_message(completion(content="Hi"))
    assert (found["id"], found["model"], found["role"]) == ("msg_1", "m", "assistant")
    assert found["type"] == "message" and found["stop_sequence"] is None
    start, *_ = to_events([chunk(content="Hi"), chunk("stop", USAGE)], "m")
    message = start["message"]
    assert (message["id"], message["model"], message["content"]) == ("msg_1", "m", [])
    assert message["usage"] == {"input_tokens": 0, "output_tokens": 0}  # not yet known


def test_each_call_of_a_stream_is_a_block_of_its_own():
    events = list(to_events([chunk(tool_calls=[CALL, CALL]), chunk("tool_calls")], "m"))
    assert [event["index"] for event in events if "index" in event] == [0, 0, 0, 1, 1, 1]
    assert events[-2]["usage"] == {"input_tokens": 0, "output_tokens": 0}  # as nobody counted
    [error] = to_events([{"error": "x"}, chunk("stop")], "m")
    assert error["error"]["type"] == "api_error"


def test_a_text_after_a_call_is_another_block():
    pieces = [chunk(tool_calls=[CALL]), chunk(content="a"), chunk("stop")]
    events = list(to_events(pieces, "m"))
    starts = [(e["index"], e["content_block"]["type"]) for e in events if "content_block" in e]
    assert starts == [(0, "tool_use"), (1, "text")]
