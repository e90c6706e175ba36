"""Anthropic's Messages protocol in terms of chat completions: requests one way, answers the other.

Only what a chat with tools needs. What can't be passed on is refused by name, never dropped.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]
PASSED_ON = {"model", "messages", "max_tokens", "system", "stop_sequences", "stream", "tools"}
STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def to_chat(request: Json) -> Json:
    """A request to `/v1/messages` as one to `/v1/chat/completions`.

    Raises:
        ValueError: model, messages or max_tokens is missing, or something can't be passed on.
    """
    if unknown := sorted(request.keys() - PASSED_ON):
        raise ValueError(f"{', '.join(unknown)}: not supported by this translator")
    limit, turns = request.get("max_tokens"), request.get("messages")
    if not isinstance(limit, int) or limit < 1:
        raise ValueError(f"max_tokens: {limit!r} is no number of tokens; it is required")
    if not isinstance(request.get("model"), str) or not isinstance(turns, list) or not turns:
        raise ValueError("model, a name, and messages, a list, are required")
    messages = [one for turn in turns for one in chat_messages(turn)]
    if system := request.get("system"):
        messages.insert(0, {"role": "system", "content": text_of(system)})
    chat: Json = {"model": request["model"], "messages": messages, "max_completion_tokens": limit}
    if stops := request.get("stop_sequences"):
        chat["stop"] = stops
    if tools := request.get("tools"):
        chat["tools"] = [{"type": "function", "function": function(tool)} for tool in tools]
    if request.get("stream"):
        chat["stream"] = True
    return chat


def function(tool: Json) -> Json:
    """A tool in the other protocol: the schema of its arguments has another name there."""
    if not tool.get("name") or "input_schema" not in tool:
        raise ValueError(f"tools: {tool!r} needs a name and an input_schema")
    described = {"name": tool["name"], "description": tool.get("description", "")}
    return {**described, "parameters": tool["input_schema"]}


def text_of(content: Any) -> str:
    """The text of a string, or of blocks that are all text; ValueError for other blocks."""
    if isinstance(content, str):
        return content
    for block in content:
        if block.get("type") != "text":
            raise ValueError(f"a block of type {block.get('type')!r} can't be passed on")
    return "\n".join(block["text"] for block in content)


def chat_messages(turn: Json) -> Iterator[Json]:
    """One turn, whose blocks may hold texts, calls and results, as one or several messages."""
    role, content = turn.get("role"), turn.get("content", "")
    if role not in ("user", "assistant"):
        raise ValueError(f"role {role!r}: neither 'user' nor 'assistant'")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    for block in blocks:
        if block.get("type") == "tool_result":
            result = text_of(block.get("content", ""))
            yield {"role": "tool", "tool_call_id": block["tool_use_id"], "content": result}
    calls = [block for block in blocks if block.get("type") == "tool_use"]
    rest = [block for block in blocks if block.get("type") not in ("tool_use", "tool_result")]
    if calls:
        called = [
            {
                "id": call["id"],
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["input"])},
            }
            for call in calls
        ]
        yield {"role": role, "content": text_of(rest), "tool_calls": called}
    elif rest:
        yield {"role": role, "content": text_of(rest)}


def to_message(completion: Json) -> Json:
    """A chat completion as a message: its text and its calls become blocks.

    A chat completion does not say whether a stop sequence or the model itself ended it; both are
    `end_turn` here. ValueError where the arguments of a call are no JSON object.
    """
    choice = completion["choices"][0]
    said = choice["message"]
    text = said.get("content")
    content: list[Json] = [{"type": "text", "text": text}] if text else []
    for call in said.get("tool_calls") or []:
        content.append(tool_use(call["id"], call["function"]))
    usage = completion["usage"]
    return {
        **opened(completion["id"], completion["model"], usage["prompt_tokens"]),
        "content": content,
        "stop_reason": STOP_REASONS[choice["finish_reason"]],
        "usage": counted(usage),
    }


def opened(name: str, model: str, tokens: int = 0) -> Json:
    """A message of which nothing has been said yet."""
    usage = {"input_tokens": tokens, "output_tokens": 0}
    message = {"id": f"msg_{name}", "type": "message", "role": "assistant", "model": model}
    return {**message, "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}


def counted(usage: Json) -> Json:
    """The counts of tokens, under the names of the other protocol."""
    return {"input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"]}


def tool_use(name: str, call: Json) -> Json:
    """The block of a call; ValueError where its arguments are no JSON object."""
    arguments = json.loads(call["arguments"])
    if not isinstance(arguments, dict):
        raise ValueError(f"the arguments {call['arguments']!r} are no JSON object")
    return {"type": "tool_use", "id": name, "name": call["name"], "input": arguments}


def to_events(chunks: Iterable[Json], model: str) -> Iterator[Json]:
    """The chunks of a streamed chat completion as the events of a streamed message.

    A stream that ends without a reason, or says that something failed, ends in an `error`.
    """
    index, reason, writing = 0, None, False
    usage = {"input_tokens": 0, "output_tokens": 0}
    for number, chunk in enumerate(chunks):
        if "error" in chunk:
            yield failure("api_error", str(chunk["error"]))
            return
        if number == 0:
            yield {"type": "message_start", "message": opened(chunk["id"], model)}
        choice = chunk["choices"][0]
        if text := choice["delta"].get("content"):
            if not writing:
                yield begin(index, {"type": "text", "text": ""})
                writing = True
            yield delta(index, {"type": "text_delta", "text": text})
        for call in choice["delta"].get("tool_calls") or []:
            if writing:
                yield {"type": "content_block_stop", "index": index}
                index, writing = index + 1, False
            block = tool_use(call["id"], call["function"])
            yield begin(index, {**block, "input": {}})
            whole = json.dumps(block["input"])
            yield delta(index, {"type": "input_json_delta", "partial_json": whole})
            yield {"type": "content_block_stop", "index": index}
            index += 1
        reason = choice.get("finish_reason") or reason
        usage = counted(chunk["usage"]) if chunk.get("usage") else usage
    if reason is None:
        yield failure("api_error", "the stream of the model server broke off")
        return
    if writing:
        yield {"type": "content_block_stop", "index": index}
    ended = {"stop_reason": STOP_REASONS[reason], "stop_sequence": None}
    yield {"type": "message_delta", "delta": ended, "usage": usage}
    yield {"type": "message_stop"}


def begin(index: int, block: Json) -> Json:
    """The event that opens a block."""
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, part: Json) -> Json:
    """The event that brings a part of a block."""
    return {"type": "content_block_delta", "index": index, "delta": part}


def failure(kind: str, message: str) -> Json:
    """An error, in the form that clients of this protocol expect."""
    return {"type": "error", "error": {"type": kind, "message": message}}
