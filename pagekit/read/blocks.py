"""A page, read once for both the runner and the renderer: its fences, chains and inline values."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.code.fences import Fence, find_fences
from pagekit.read.passages import CODE_SPAN, Passage, passages
from pagekit.read.settings import front_matter
from pagekit.read.settings.front_matter import names_of_artefacts
from pagekit.read.text import read_text, split_lines
from pagekit.read.values import Value, block_of, values_of

__all__ = ["CODE_SPAN", "Chain", "Fence", "Page", "Value", "prose", "read_page"]

DEFAULT_TIMEOUT = 120.0


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
        """Seconds after which the chain counts as hanging; a fence that continues it may add."""
        first = float(self.fences[0].options.get("timeout", DEFAULT_TIMEOUT))
        return max([first, *(float(f.options.get("timeout", 0)) for f in self.fences[1:])])


@dataclass(frozen=True)
class Page:
    """A page, read."""

    path: Path
    name: str
    lines: tuple[str, ...]
    body_start: int
    fences: tuple[Fence, ...]
    chains: tuple[Chain, ...]
    passages: tuple[Passage, ...] = ()

    @cached_property
    def body(self) -> str:
        """The text after the front matter, as the builders hand it to Markdown."""
        return "\n".join(self.lines[self.body_start :])

    @cached_property
    def front_matter(self) -> dict[str, Any]:
        """What the page says of itself above its text."""
        return front_matter.read(self.lines[: self.body_start])

    @cached_property
    def artefacts(self) -> tuple[str, ...]:
        """The names of the artefacts that the page says it reads."""
        return names_of_artefacts(self.front_matter, self.lines, self.name)

    @cached_property
    def title_line(self) -> int:
        """The line of the first heading, 0 if there is none."""
        prose = (passage for passage in self.passages if passage.is_prose)
        return next((p.line for p in prose if re.match(r"#(?!#)", p.text)), 0)

    @property
    def parts(self) -> list[Fence | Passage]:
        """Fences and what stands between them, in the page's order."""
        parts: list[Fence | Passage] = [*self.fences, *self.passages]
        return sorted(parts, key=lambda part: part.line)

    @property
    def sources(self) -> set[str]:
        """The files that the page includes, relative to the project."""
        return {line.source for part in self.parts for line in part.lines if line.source}

    def chain_of(self, fence: Fence) -> Chain:
        """The chain that a fence is part of."""
        return next(chain for chain in self.chains if fence in chain.fences)


def read_page(path: Path, project: Project) -> Page:
    """Read a page; one that is as it was, with all that it includes, is not read again.

    Raises:
        PageError: whatever is wrong with it, with ``docs/page.md:LINE``.
    """
    known = _read.get((path, project.root))
    text = read_text(path, project.relative(path))
    if known is not None and known[0] == _texts(text, known[1], project):
        return known[1]
    page = parse_page(text, path, project)
    _read[path, project.root] = _texts(text, page, project), page
    return page


# By content, not by time: a file that is saved twice within one tick of the clock is read twice.
_read: dict[tuple[Path, Path], tuple[list[str], Page]] = {}


def _texts(text: str, page: Page, project: Project) -> list[str]:
    """The texts that a page was read from."""
    try:
        return [text, *(read_text(project.root / name, name) for name in sorted(page.sources))]
    except PageError:
        return []  # an included file has gone: reading the page says so, and where


def parse_page(text: str, path: Path, project: Project) -> Page:
    """A page out of its text; see ``read_page``."""
    name = project.relative(path)
    lines = split_lines(text)
    try:
        body_start = front_matter.end_of(lines)
        front_matter.read(lines[:body_start])
        fences = tuple(find_fences(lines, body_start, project.root))
        between = tuple(passages(lines, body_start, fences, project.root))
        chains = tuple(_chains(fences, between))
    except PageError as error:
        raise error.at(name, error.line or 1) from error.__cause__
    return Page(path, name, lines, body_start, fences, chains, between)


def prose(page: Page) -> list[tuple[int, str]]:
    """The lines outside of code and comments: (index into ``page.lines``, text)."""
    lines = (line for passage in page.passages if passage.is_prose for line in passage.lines)
    return [(line.page_line - 1, line.text) for line in lines]


def _chains(fences: tuple[Fence, ...], between: tuple[Passage, ...]) -> list[Chain]:
    chains: list[Chain] = []
    for fence in fences:
        if not fence.runs:
            continue
        if not fence.continues:
            chains.append(Chain([fence]))
            continue
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
        _check_timeout(chains[-1], fence)
        chains[-1].fences.append(fence)
    python = [(f.line, chain) for chain in chains if chain.kind == "python" for f in chain.fences]
    for value in values_of(between):
        python[block_of(value, [line for line, _ in python])][1].values.append(value)
    return chains


def _check_timeout(chain: Chain, fence: Fence) -> None:
    asked = fence.options.get("timeout")
    if asked is not None and float(asked) < chain.timeout:
        raise PageError(
            f"the chain that this block continues has {chain.timeout:g} s for all of its blocks; "
            "set a shorter timeout at its first block, and only a longer one here",
            line=fence.line,
        )
