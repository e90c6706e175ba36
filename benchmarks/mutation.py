"""Mutants: copies of a module with one small fault each, which its tests ought to notice.

A mutant differs in one place: a comparison, an operator, a number, a condition, a slice, an
argument, a result or a whole statement. Only code is changed, never what people read: docstrings,
messages and type hints stay. See Jia and Harman, "An Analysis and Survey of the Development of
Mutation Testing" (2011).
"""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.changes import changes


@dataclass(frozen=True)
class Mutant:
    """A module with one place changed: the line, how it read and how it reads, the whole text."""

    path: str
    line: int
    before: str
    after: str
    text: str


def mutants(path: str, root: Path) -> list[Mutant]:
    """Every mutant of the module ``path`` (relative to ``root``), in the order of its lines."""
    source = (root / path).read_bytes()
    found = {}
    for start, end, new in changes(source):
        text = source[:start] + new.encode() + source[end:]
        first = source.rfind(b"\n", 0, start) + 1
        last = (source.find(b"\n", end) + 1 or len(source) + 1) - 1
        before = _one_line(source[first:last])
        after = _one_line(source[first:start] + new.encode() + source[end:last])
        line = source.count(b"\n", 0, start) + 1
        found[start, end, new] = Mutant(path, line, before, after, text.decode())
    return [found[place] for place in sorted(found)]


def _one_line(source: bytes) -> str:
    return " ".join(source.decode().split())
