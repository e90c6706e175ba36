"""A page, read once for both the runner and the renderer: its fences, chains and inline values."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from pathlib import Path

import pytest_codeblocks

from pagekit.errors import PageError
from pagekit.includes import Line, expand
from pagekit.project import Project

PYTHON = {"python", "py", "python3"}
SHELL = {"sh", "bash", "shell"}
OPTIONS = {"title", "hl_lines", "linenums", "alt", "caption", "timeout"}
DEFAULT_TIMEOUT = 120.0

# A fence may stand in a list, an admonition or a tab (indented) and in a quote (`> `).
_OPENING = re.compile(r"^(?P<prefix>(?:[ \t]*>)*[ \t]*)(?P<ticks>`{3,}|~{3,})(?P<info>.*)$")
_OPTION = re.compile(r"""(?P<name>[\w-]+)=(?P<quote>["'])(?P<value>.*?)(?P=quote)""")
_KEYWORD = re.compile(r"^[>\s]*<!--[-\s]*pytest-codeblocks:(?P<keyword>.*?)[-\s]*-->\s*$")
_MARK = re.compile(r"^[>\s]*<!--[-\s]*(?P<mark>pytest\.mark\..*?)\s*-->\s*$")
_REASON = re.compile(r"""reason\s*=\s*(?P<quote>["'])(?P<reason>.+?)(?P=quote)""")
CODE_SPAN = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)(?P<body>.+?)(?<!`)(?P=ticks)(?!`)")
_VALUE = re.compile(r"^\{python\}\s+(?P<expression>.+)$")


@dataclass(frozen=True)
class Fence:
    """A fenced block of a page."""

    line: int
    end_line: int
    prefix: str
    language: str
    options: dict[str, str]
    lines: tuple[Line, ...]
    continues: bool = False
    mark: str | None = None

    @property
    def kind(self) -> str:
        """``python``, ``shell``, ``mermaid`` or ``text`` (whatever is only shown)."""
        if self.language in PYTHON:
            return "python"
        if self.language in SHELL:
            return "shell"
        return "mermaid" if self.language == "mermaid" else "text"

    @property
    def runs(self) -> bool:
        """Whether this is code that is run."""
        return self.kind in {"python", "shell"}

    @cached_property
    def code(self) -> str:
        """The code with its includes expanded."""
        return "".join(f"{line.text}\n" for line in self.lines)

    @property
    def not_run(self) -> str | None:
        """The reason why this fence may stay unrun, where a mark gives one."""
        reason = _REASON.search(self.mark or "")
        return reason["reason"] if reason else None


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
    def code(self) -> str:
        """The whole chain as a reader copies it."""
        return "\n".join(fence.code.strip("\n") + "\n" for fence in self.fences)

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
        fences = tuple(_fences(lines, body_start, project.root))
        chains = tuple(_chains(lines, fences, body_start))
    except UnicodeDecodeError as error:
        raise PageError(f"not UTF-8 text: {error.reason}", name, 1) from error
    except PageError as error:
        raise error.at(name, error.line or 1) from error.__cause__
    return Page(path, name, lines, body_start, fences, chains)


def normalised(page: Page) -> str:
    """The page's runnable blocks as plain Markdown, in the dialect that pytest-codeblocks reads.

    Includes are expanded and info strings reduced to the language, so that titles, line
    highlights, tildes, tabs and quotes no longer keep a block from being found.
    """
    parts = []
    for chain in page.chains:
        for position, fence in enumerate(chain.fences):
            ticks = "`" * max(3, 1 + max(map(len, re.findall(r"`+", fence.code)), default=0))
            if position:
                parts.append("<!--pytest-codeblocks:cont-->")
            elif fence.mark:
                parts.append(f"<!--{fence.mark}-->")
            syntax = "python" if fence.kind == "python" else "bash"
            parts.append(f"{ticks}{syntax}\n{fence.code}{ticks}\n")
    return "\n".join(parts)


def code_blocks(page: Page) -> list[pytest_codeblocks.CodeBlock]:
    """One pytest-codeblocks block a chain, in the order of ``page.chains``."""
    blocks = pytest_codeblocks.extract_from_buffer(StringIO(normalised(page)), 1_000_000)
    if len(blocks) != len(page.chains):
        raise PageError(
            f"{len(page.chains)} chains were read, pytest-codeblocks sees {len(blocks)}", page.name
        )
    for block, chain in zip(blocks, page.chains, strict=True):
        block.lineno = chain.line
    return blocks


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


def _fences(lines: tuple[str, ...], start: int, root: Path) -> list[Fence]:
    fences: list[Fence] = []
    continues, mark, pending = False, None, 0
    index = start
    while index < len(lines):
        line = lines[index]
        if keyword := _KEYWORD.match(line):
            if keyword["keyword"].strip() != "cont":
                raise PageError(
                    f"`pytest-codeblocks:{keyword['keyword'].strip()}` is not used here: output is "
                    "recorded, not typed, and a fence that must not run carries "
                    '<!--pytest.mark.skip(reason="…")-->',
                    line=index + 1,
                )
            continues, pending = True, index + 1
        elif found := _MARK.match(line):
            mark, pending = _checked_mark(found["mark"], index + 1), index + 1
        elif (opening := _OPENING.match(line)) and _is_opening(opening):
            fence = _fence(lines, index, opening, root, continues, mark)
            if pending and not fence.runs:
                raise PageError("this comment belongs before a Python or shell fence", line=pending)
            fences.append(fence)
            continues, mark, pending = False, None, 0
            index = fence.end_line - 1
        elif line.strip(" >\t") and pending:
            raise PageError("this comment must stand right above a code fence", line=pending)
        index += 1
    if pending:
        raise PageError("no code fence follows this comment", line=pending)
    return fences


def _is_opening(opening: re.Match[str]) -> bool:
    return not (opening["ticks"][0] == "`" and "`" in opening["info"])


def _fence(
    lines: tuple[str, ...],
    index: int,
    opening: re.Match[str],
    root: Path,
    continues: bool,
    mark: str | None,
) -> Fence:
    ticks, prefix = opening["ticks"], opening["prefix"]
    closing = re.compile(rf"^[>\s]*{re.escape(ticks[0])}{{{len(ticks)},}}\s*$")
    end = next((k for k in range(index + 1, len(lines)) if closing.match(lines[k])), None)
    if end is None:
        raise PageError(f"this fence is never closed; end it with {ticks}", line=index + 1)
    language, options = _info(opening["info"], index + 1)
    code = [_strip_prefix(row, prefix) for row in lines[index + 1 : end]]
    first = Fence(index + 1, end + 1, prefix, language, options, (), continues, mark)
    if first.runs:
        _check_options(options, index + 1)
        expanded = expand(code, index + 2, root)
    else:
        expanded = [Line(text, number) for number, text in enumerate(code, start=index + 2)]
    return Fence(index + 1, end + 1, prefix, language, options, tuple(expanded), continues, mark)


def _strip_prefix(row: str, prefix: str) -> str:
    if row.startswith(prefix):
        return row[len(prefix) :]
    # A blank line in a quote or an indented block may lack the blanks of the prefix.
    return row.lstrip(" >\t") if not row.strip(" >\t") else row[len(row) - len(row.lstrip()) :]


def _info(info: str, line: int) -> tuple[str, dict[str, str]]:
    text = info.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1].strip()
    options = {m["name"]: m["value"] for m in _OPTION.finditer(text)}
    words = _OPTION.sub(" ", text).split()
    language = words[0].lstrip(".").lower() if words else ""
    if language in PYTHON | SHELL and len(words) > 1:
        raise PageError(
            f"cannot read {' '.join(words[1:])!r} behind the language; options look like "
            'title="…"',
            line=line,
        )
    return language, options


def _check_options(options: dict[str, str], line: int) -> None:
    unknown = sorted(set(options) - OPTIONS)
    if unknown:
        raise PageError(
            f"unknown fence option {unknown[0]!r}; known are {', '.join(sorted(OPTIONS))}",
            line=line,
        )
    timeout = options.get("timeout", "1")
    if not re.fullmatch(r"\d+(\.\d+)?", timeout) or float(timeout) <= 0:
        raise PageError(f"timeout={timeout!r} is not a number of seconds", line=line)
    if "caption" in options and "alt" not in options:
        raise PageError('a figure needs alt="…" beside its caption', line=line)


def _checked_mark(mark: str, line: int) -> str:
    if not re.match(r"pytest\.mark\.(skip|skipif)\(", mark):
        raise PageError(
            f"`{mark}` is not used here; a fence that must not run carries "
            '<!--pytest.mark.skip(reason="…")-->, an expected error is shown with try/except',
            line=line,
        )
    if not _REASON.search(mark):
        raise PageError(f'`{mark}` gives no reason; write reason="…", the page shows it', line=line)
    return mark


def _chains(lines: tuple[str, ...], fences: tuple[Fence, ...], start: int) -> list[Chain]:
    chains: list[Chain] = []
    for fence in fences:
        if not fence.runs:
            continue
        if fence.continues:
            if not chains:
                raise PageError("there is no block above that this one could continue", None, fence.line)
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
