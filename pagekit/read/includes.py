"""Expands ``--8<-- "file.py:name"`` on a page, and knows where each line came from.

The syntax is that of ``pymdownx.snippets``. We expand it ourselves, in fences and in prose, because
the same text must reach the runner and the page, an error must name the line it stands on, a name
may be that of a function, and upstream accepts what is a mistake here: a section without an end, a
section name used twice, a file outside the project, and line numbers, which rot.
"""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pagekit.errors import PageError
from pagekit.read.sections import MARKER, NAME, extents, find_section, sections
from pagekit.read.text import read_text, split_lines

__all__ = ["Line", "expand", "sections"]

DIRECTIVE = re.compile(
    r"""^(?P<indent>[ \t]*)-+8<-+[ \t]+(?P<quote>["'])(?P<target>.+?)(?P=quote)\s*$"""
)
_OTHER_DIRECTIVE = re.compile(r"^[ \t]*-+8<-+(?![ \t]*\[)")


@dataclass(frozen=True)
class Line:
    """One line of expanded text and its origin.

    Attributes:
        text: the line, without its end.
        page_line: the line of the page that it stands on, or that includes it.
        source: the included file, relative to the project, or ``None`` for the page itself.
        source_line: the line within that file.
        lit: whether it is one of the lines that matter, and shown so.
    """

    text: str
    page_line: int
    source: str | None = None
    source_line: int | None = None
    lit: bool = False


def expand(rows: Sequence[str], first_line: int, root: Path) -> list[Line]:
    """Replace each include directive in some lines by what it includes.

    Args:
        rows: the lines, those of a fence dedented.
        first_line: the line of the page on which ``rows[0]`` stands.
        root: the folder that include paths start from; none may lead out of it.

    Raises:
        PageError: with the line of the page and what to do.
    """
    lines: list[Line] = []
    for number, text in enumerate(rows, start=first_line):
        if "8<" not in text:
            lines.append(Line(text, number))
        elif directive := DIRECTIVE.match(text):
            try:
                lines += _include(directive["target"], directive["indent"], number, root)
            except PageError as error:
                raise PageError(error.message, line=number) from error
        elif _OTHER_DIRECTIVE.match(text):
            raise PageError('write one include a line, as `--8<-- "file.py:section"`', line=number)
        else:
            lines.append(Line(text, number))
    return lines


def _include(target: str, indent: str, page_line: int, root: Path) -> list[Line]:
    name, _, section = target.partition(":")
    if section and not NAME.fullmatch(section):
        raise PageError(f"{target!r} includes by line numbers; include a named section instead")
    text = _text_of(name, root)
    rows = split_lines(text)
    try:
        extents(text, False)  # a marker at fault is one in a whole file too
        start, end = find_section(text, section, name) if section else (1, len(rows))
    except PageError as error:
        raise PageError(f"cannot include from {name}: {error.message}") from error
    kept = _without_markers([(number, rows[number - 1]) for number in range(start, end + 1)])
    if not kept:
        raise PageError(f"{target!r} includes nothing: there is no text in it")
    # A method, or a section within a class, is shown as if it stood alone.
    texts = textwrap.dedent("\n".join(row for _, row in kept)).split("\n")
    return [
        Line(indent + row if row else row, page_line, name, number)
        for (number, _), row in zip(kept, texts, strict=True)
    ]


def _text_of(name: str, root: Path) -> str:
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()):
        raise PageError(f"{name!r} lies outside the project and is not included")
    if not path.is_file():
        raise PageError(f"the included file {name!r} does not exist; paths start at the project")
    try:
        return read_text(path, name)
    except PageError as error:
        raise PageError(f"cannot include {error}") from error


def _without_markers(rows: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The rows without those of markers; of the blank ones around a marker, one side remains.

    At both ends none does: formatters put blank lines beside markers, and they are not shown.
    """
    kept: list[tuple[int, str]] = []
    runs: list[list[tuple[int, str]]] = [[]]  # blank rows, a list between any two markers
    for number, row in rows:
        if MARKER.search(row):
            runs.append([])
        elif not row.strip():
            runs[-1].append((number, row))
        else:
            kept += [*(max(runs, key=len) if kept else ()), (number, row)]
            runs = [[]]
    return kept
