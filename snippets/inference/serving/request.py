"""What is asked of a server, and what a step does about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from snippets.inference.stopping import Stop


class QueueFull(Exception):
    """The queue has no place left: try again later, or ask another server."""


@dataclass(eq=False)
class Request:
    """One text: what was asked for, how far it is, and how it ended."""

    ids: list[int]  # the prompt, then the answer as it grows
    prompt_length: int
    max_new_tokens: int
    over: Stop  # a rule of `stopping`
    generator: torch.Generator | None
    pages: list[int] = field(default_factory=list)
    read: int = 0  # how many of the ids have their keys and values in the pages
    ended: str | None = None  # "stop", "length" or "cancelled"

    @property
    def answer(self) -> list[int]:
        """The ids after the prompt."""
        return self.ids[self.prompt_length :]

    @property
    def unread(self) -> int:
        """How many ids the model has still to read: one, its newest, of a text being written."""
        return len(self.ids) - self.read

    def add(self, token: int) -> str | None:
        """Goes on with this token. Says why the text has ended, if it has."""
        self.ids.append(token)
        if self.over(self.answer):
            return "stop"
        if len(self.ids) - self.prompt_length == self.max_new_tokens:
            return "length"
        return None


Plan = Sequence[tuple[Request, int]]  # what a step reads: so many tokens of each text
Work = tuple[int, int]  # what a step does: tokens read, and keys looked at


def work_of(reads: Sequence[tuple[int, int]]) -> Work:
    """The work of a pass over texts, of each the tokens it has in the cache and those it reads.

    Every token looks at as many keys as the longest text has: what a rectangle of them holds.
    """
    tokens = sum(more for _, more in reads)
    return tokens, tokens * max((past + more for past, more in reads), default=0)
