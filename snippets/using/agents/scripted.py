"""Policies that only play a model's part, so that a loop can be tested: they understand nothing."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from snippets.using.agents.agent import CLOSE, OPEN, Message


def call(name: str, **arguments: Any) -> str:
    """A reply that asks for a tool."""
    return f"{OPEN}{json.dumps({'name': name, 'arguments': arguments})}{CLOSE}"


class Scripted:
    """Gives its replies in turn, whatever it reads; the last one again and again."""

    def __init__(self, *replies: str) -> None:
        if not replies:
            raise ValueError("a script needs at least one reply")
        self.replies, self.turn = replies, -1

    def __call__(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> str:
        """The next reply; "{}" in it stands for the last message."""
        self.turn = min(self.turn + 1, len(self.replies) - 1)
        return self.replies[self.turn].replace("{}", messages[-1]["content"])


class Gullible(Scripted):
    """Plays its script, but does whatever a tool's text tells it: `Call NAME with {JSON}`.

    It stands for the worst case: a model that an attacker has won over.
    """

    def __call__(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> str:
        """The order in the last message, where it came from a tool and has one; else the script."""
        last = messages[-1]
        order = re.search(r"Call (\w+) with (\{.*?\})", last["content"])
        if last["role"] == "tool" and order:
            return call(order[1], **json.loads(order[2]))
        return super().__call__(messages, tools)
