"""Expands ``--8<-- "file.py:section"`` inside code fences, and knows where each line came from.

The syntax is that of ``pymdownx.snippets``, which serves the prose. Inside fences we expand it
ourselves, because the same text must reach the runner and the page, an error must name the line
it stands on, and upstream accepts what is a mistake here: a section without an end, a section
name used twice, and line numbers, which rot.
"""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from pagekit.errors import PageError

DIRECTIVE = re.compile(
    r"""^(?P<indent>[ \t]*)-+8<-+[ \t]+(?P<quote>["'])(?P<target>.+?)(?P=quote)\s*$"""
)
_BLOCK_DIRECTIVE = re.compile(r"^[ \t]*-+8<-+[ \t]*$")
_MARKER = re.compile(
    r"(?<!;)-+8<-+[ \t]+\[[ \t]*(?P<kind>start|end)[ \t]*:[ \t]*(?P<name>[A-Za-z][-\w]*)[ \t]*\]"
)


@dataclass(frozen=True)
class Line:
    """One line of expanded code and its origin.

    Attributes:
        text: the line, without its end.
        page_line: the line of the page that it stands on, or that includes it.
        source: the included file, relative to the project, or ``None`` for the page itself.
        source_line: the line within that file.
    """

    text: str
    page_line: int
    source: str | None = None
    source_line: int | None = None


def sections(text: str) -> dict[str, tuple[int, int]]:
    """The named sections of a file: name -> (line of the start marker, line of the end marker).

    Raises:
        PageError: a section never ends, ends without a start, or has a name used before.
    """
    found: dict[str, tuple[int, int]] = {}
    open_at: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        marker = _MARKER.search(line)
        if marker is None:
            continue
        name = marker["name"]
        if marker["kind"] == "start":
            if name in found or name in open_at:
                raise PageError(
                    f"section {name!r} is started twice, the second time in line {number}; "
                    "give each section a name of its own"
                )
            open_at[name] = number
        elif name not in open_at:
            raise PageError(f"line {number} ends section {name!r}, which was not started")
        else:
            found[name] = (open_at.pop(name), number)
    for name, number in open_at.items():
        raise PageError(
            f"section {name!r} starts in line {number} and never ends; "
            f"add the marker `--8<-- [end:{name}]`"
        )
    return found


def expand(code: list[str], first_line: int, root: Path) -> list[Line]:
    """Replace each include directive in a fence's lines by what it includes.

    Args:
        code: the lines of the fence, dedented.
        first_line: the line of the page on which ``code[0]`` stands.
        root: the folder that include paths start from; none may lead out of it.

    Raises:
        PageError: with the line of the page and what to do.
    """
    lines: list[Line] = []
    for number, text in enumerate(code, start=first_line):
        directive = DIRECTIVE.match(text)
        if directive is not None:
            try:
                lines += _include(directive["target"], directive["indent"], number, root)
            except PageError as error:
                error.line = number
                raise
        elif _BLOCK_DIRECTIVE.match(text):
            raise PageError('write one include a line, as `--8<-- "file.py:section"`', line=number)
        else:
            lines.append(Line(text, number))
    return lines


def _include(target: str, indent: str, page_line: int, root: Path) -> list[Line]:
    name, _, section = target.partition(":")
    if section and not re.fullmatch(r"[A-Za-z][-\w]*", section):
        raise PageError(f"{target!r} includes by line numbers; include a named section instead")
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()):
        raise PageError(f"{name!r} lies outside the project and is not included")
    if not path.is_file():
        raise PageError(f"the included file {name!r} does not exist; paths start at the project")
    text = path.read_text(encoding="utf-8")
    try:
        named = sections(text)
    except PageError as error:
        raise PageError(f"cannot include from {name}: {error.message}") from error
    rows = text.splitlines()
    start, end = 1, len(rows)
    if section:
        if section not in named:
            known = ", ".join(sorted(named)) or "none"
            raise PageError(f"{name} has no section {section!r}; its sections: {known}")
        start, end = named[section][0] + 1, named[section][1] - 1
    kept = _without_markers([(number, rows[number - 1]) for number in range(start, end + 1)])
    # Formatters put blank lines beside the markers; they are no part of what is shown.
    while kept and not kept[0][1].strip():
        kept.pop(0)
    while kept and not kept[-1][1].strip():
        kept.pop()
    # A section within a class is shown as if it stood alone.
    texts = textwrap.dedent("\n".join(row for _, row in kept)).split("\n")
    return [
        Line(indent + row if row else row, page_line, name, number)
        for (number, _), row in zip(kept, texts, strict=True)
    ]


def _without_markers(rows: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The rows without those of markers; of the blank ones around a marker, one side remains."""
    kept: list[tuple[int, str]] = []
    runs: list[list[tuple[int, str]]] = [[]]  # blank rows, a list between any two markers
    for number, row in rows:
        if _MARKER.search(row):
            runs.append([])
        elif not row.strip():
            runs[-1].append((number, row))
        else:
            kept += [*max(runs, key=len), (number, row)]
            runs = [[]]
    return kept
