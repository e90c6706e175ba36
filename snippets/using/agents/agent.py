"""A loop that lets a model use tools: it asks for one, the program runs it, the model reads on.

Whatever a tool or a model does wrong becomes text for the model to read, and the program goes on;
what a tool may do is decided here, by the program, and not by the model.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

OPEN, CLOSE = "<tool_call>", "</tool_call>"
# --8<-- [start:exchanged]
Message = dict[str, str]
Policy = Callable[[Sequence[Message], Sequence[Mapping[str, Any]]], str]
"""What answers: given the messages so far and the tools' declarations, the next reply."""
# --8<-- [end:exchanged]

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


@dataclass(frozen=True)
class Tool:
    """A function that a model may ask for.

    Attributes:
        parameters: a JSON schema of its arguments, an object.
        run: takes them by name and gives text.
        acts: it changes something, or sends something out.
        untrusted: its text may have been written by strangers.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    run: Callable[..., str]
    acts: bool = False
    untrusted: bool = False

    def declaration(self) -> dict[str, Any]:
        """What the model is told of it, in the form of chat interfaces."""
        about = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": about}


class ToolCall(NamedTuple):
    """What a reply asks for."""

    name: str
    arguments: dict[str, Any]


def read_call(reply: str) -> ToolCall | None:
    """The tool call in a reply; None where it has none, or an empty list of them.

    ValueError where there is one that can't be read, or more than one.
    """
    _, opened, rest = reply.partition(OPEN)
    if not opened:
        return None
    try:
        said = json.loads(rest.partition(CLOSE)[0])  # (!)
    except json.JSONDecodeError as error:
        raise ValueError(f"the call is no JSON: {error}") from error
    calls = said if isinstance(said, list) else [said]
    if not calls:
        return None
    if len(calls) > 1:
        raise ValueError(f"{len(calls)} calls in one reply; make one at a time")
    call = calls[0]
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        raise ValueError("a call is an object with a name and arguments")
    arguments = call.get("arguments", {})
    if not isinstance(arguments, dict):
        raise ValueError(f"arguments={arguments!r} is no object")
    return ToolCall(call["name"], arguments)


def check_arguments(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    """ValueError where arguments don't fit a flat schema: missing, unknown, or of another type."""
    known = schema.get("properties", {})
    if missing := [name for name in schema.get("required", ()) if name not in arguments]:
        raise ValueError(f"the argument {missing[0]!r} is missing")
    for name, value in arguments.items():
        if name not in known:
            raise ValueError(f"there is no argument {name!r}; there are {sorted(known)}")
        kind = known[name].get("type", "string")
        right = isinstance(value, TYPES[kind]) and (
            kind == "boolean" or not isinstance(value, bool)
        )
        if not right:
            raise ValueError(f"{name}={value!r} is no {kind}")


# --8<-- [start:record]
class Step(NamedTuple):
    """One turn of the loop: what the model said, and what it read in return."""

    reply: str
    observation: str
    failed: bool


@dataclass
class Run:
    """What came out: the answer, or None; why it ended; and every step."""

    answer: str | None = None
    why: str = ""
    steps: list[Step] = field(default_factory=list)


def refuse(call: ToolCall) -> bool:
    """Nobody is there to be asked, so nothing is allowed."""
    return False


# --8<-- [end:record]


def perform(
    call: ToolCall, tools: Mapping[str, Tool], longest: int, allowed: Callable[[ToolCall], bool]
) -> str:
    """A tool's text, cut where it is too long; ValueError for whatever goes wrong."""
    if call.name not in tools:
        raise ValueError(f"there is no tool {call.name!r}; there are {sorted(tools)}")
    tool = tools[call.name]
    check_arguments(tool.parameters, call.arguments)  # (!)
    if tool.acts and not allowed(call):
        raise ValueError(f"the user has not allowed {call.name}")
    try:
        text = tool.run(**call.arguments)  # (!)
    except Exception as error:  # whatever it is, the model can read it and try something else
        raise ValueError(f"{call.name} failed: {type(error).__name__}: {error}") from error
    if not isinstance(text, str):
        raise ValueError(f"{call.name} gave a {type(text).__name__} instead of text")
    return text if len(text) <= longest else f"{text[:longest]} [cut, {len(text):,} characters]"


def run_agent(
    policy: Policy,
    tools: Sequence[Tool],
    task: str,
    *,
    max_steps: int = 6,
    longest: int = 1000,
    approve: Callable[[ToolCall], bool] = refuse,
) -> Run:
    """Lets a policy work on a task until it answers, repeats itself, or has had its steps.

    Once an untrusted tool was called, one that acts needs approval. ValueError for wrong limits.
    """
    by_name = {tool.name: tool for tool in tools}
    if max_steps < 1 or longest < 1 or len(by_name) < len(tools):
        raise ValueError(f"limits {max_steps}, {longest}; tools {[tool.name for tool in tools]}")
    messages: list[Message] = [{"role": "user", "content": task}]
    declarations = [tool.declaration() for tool in tools]
    run, tainted = Run(), False
    for _ in range(max_steps):
        reply = policy(messages, declarations)  # (!)
        try:
            call = read_call(reply)
            if call is None:
                run.answer, run.why = reply.strip(), "answered"
                return run
            allowed = approve if tainted else lambda _: True
            tainted |= any(t.untrusted for t in tools if t.name == call.name)  # also if it fails
            observation, failed = perform(call, by_name, longest, allowed), False  # (!)
        except ValueError as error:
            observation, failed = f"error: {error}", True
        step = Step(reply, observation, failed)
        if step in run.steps:  # the same question had the same answer before
            run.why = "repeated itself"
            return run
        run.steps.append(step)
        messages.append({"role": "assistant", "content": reply})
        messages.append({"role": "tool", "content": observation})  # (!)
    run.why = "step limit"
    return run
