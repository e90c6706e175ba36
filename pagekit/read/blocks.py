"""A page, read once for both the runner and the renderer: its fences, chains and inline values."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.fences import Fence, find_fences
from pagekit.read.front_matter import names_of_artefacts

DEFAULT_TIMEOUT = 120.0

CODE_SPAN = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)(?P<body>.+?)(?<!`)(?P=ticks)(?!`)")
_VALUE = re.compile(r"^\{python\}\s+(?P<expression>.+)$")


@dataclass(frozen=True)
class Value:
    """An inline value: ``{python} expression`` in the prose."""

    line: int
    expression: str


@dataclass
class Chain:
    """Fences that run one after the other in one process, and the values asked of them."""

    fences: list[Fence]
    values: list[Value] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """``python`` or ``shell``."""
        return self.fences[0].kind

    @property
    def line(self) -> int:
        """The line of the page on which the chain begins."""
        return self.fences[0].line

    @property
    def not_run(self) -> str | None:
        """Why the chain does not run; ``None`` where it does."""
        return self.fences[0].not_run

    @property
    def code(self) -> str:
        """The whole chain as a reader copies it."""
        return "\n".join(fence.code.strip("\n") + "\n" for fence in self.fences)

    @property
    def alone(self) -> bool:
        """Whether nothing may run beside it: it measures time, or needs all cores."""
        return any("alone" in fence.options for fence in self.fences)

    @property
    def timeout(self) -> float:
        """Seconds after which the chain counts as hanging."""
        return max(float(f.options.get("timeout", DEFAULT_TIMEOUT)) for f in self.fences)


@dataclass(frozen=True)
class Page:
    """A page, read."""

    path: Path
    name: str
    lines: tuple[str, ...]
    body_start: int
    fences: tuple[Fence, ...]
    chains: tuple[Chain, ...]

    @cached_property
    def body(self) -> str:
        """The text after the front matter, as the builders hand it to Markdown."""
        return "\n".join(self.lines[self.body_start :])

    @cached_property
    def front_matter(self) -> dict[str, Any]:
        """What the page says of itself above its text."""
        found = yaml.safe_load("\n".join(self.lines[: self.body_start]).strip("-. \n"))
        return found if isinstance(found, dict) else {}

    @cached_property
    def artefacts(self) -> tuple[str, ...]:
        """The names of the artefacts that the page says it reads."""
        return names_of_artefacts(self.front_matter, self.lines, self.name)

    @cached_property
    def title_line(self) -> int:
        """The line of the first heading, 0 if there is none."""
        lines = enumerate(self.lines[self.body_start :], self.body_start + 1)
        return next((number for number, line in lines if line.startswith("# ")), 0)

    def chain_of(self, fence: Fence) -> Chain:
        """The chain that a fence is part of."""
        return next(chain for chain in self.chains if fence in chain.fences)


def read_page(path: Path, project: Project) -> Page:
    """Read a page.

    Raises:
        PageError: whatever is wrong with its fences, with ``docs/page.md:LINE``.
    """
    name = project.relative(path)
    try:
        text = path.read_text(encoding="utf-8")
        lines = tuple(text.splitlines())
        body_start = _end_of_front_matter(lines)
        fences = tuple(find_fences(lines, body_start, project.root))
        chains = tuple(_chains(lines, fences, body_start))
    except UnicodeDecodeError as error:
        raise PageError(f"not UTF-8 text: {error.reason}", name, 1) from error
    except PageError as error:
        raise error.at(name, error.line or 1) from error.__cause__
    return Page(path, name, lines, body_start, fences, chains)


def prose(page: Page) -> list[tuple[int, str]]:
    """The lines outside of fences: (index into ``page.lines``, text)."""
    inside: set[int] = set()
    for fence in page.fences:
        inside.update(range(fence.line - 1, fence.end_line))
    return [
        (index, line)
        for index, line in enumerate(page.lines)
        if index >= page.body_start and index not in inside
    ]


def value_expression(code_span: str) -> str | None:
    """The expression of an inline value, or ``None`` for any other code span."""
    match = _VALUE.match(code_span.strip())
    return match["expression"].strip() if match else None


def _end_of_front_matter(lines: tuple[str, ...]) -> int:
    if not lines or lines[0].strip() != "---":
        return 0
    for index, line in enumerate(lines[1:], start=1):
        if line.strip() in {"---", "..."}:
            # The builders strip the blank lines that follow.
            index += 1
            while index < len(lines) and not lines[index].strip():
                index += 1
            return index
    raise PageError("the front matter is not closed; end it with a line `---`", line=1)


def _chains(lines: tuple[str, ...], fences: tuple[Fence, ...], start: int) -> list[Chain]:
    chains: list[Chain] = []
    for fence in fences:
        if not fence.runs:
            continue
        if fence.continues:
            if not chains:
                raise PageError(
                    "there is no block above that this one could continue", None, fence.line
                )
            if not chains[-1].kind == fence.kind == "python":
                raise PageError(
                    "only a Python block right after another can continue it", line=fence.line
                )
            if fence.mark:
                raise PageError("mark the first block of the chain, not this one", line=fence.line)
            chains[-1].fences.append(fence)
        else:
            chains.append(Chain([fence]))
    inside = {k for f in fences for k in range(f.line - 1, f.end_line)}
    for index, line in enumerate(lines):
        if index < start or index in inside or "{python}" not in line:
            continue
        for span in CODE_SPAN.finditer(line):
            expression = value_expression(span["body"])
            if expression is None:
                continue
            above = [c for c in chains if c.kind == "python" and c.line <= index]
            if not above:
                raise PageError(
                    f"`{expression}` is to be computed, but no Python block stands above it",
                    line=index + 1,
                )
            above[-1].values.append(Value(index + 1, expression))
    return chains
