"""The text of a page between its fences: passages of prose, and what in them is no prose.

A term, a citation or an inline value may be broken by the end of a line, as all prose here is; so
prose is read passage by passage, and a place in a passage knows its line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pagekit.errors import PageError
from pagekit.read.code.fences import Fence
from pagekit.read.comments import end_of_comment, opens_comment
from pagekit.read.includes import Line, expand

CODE_SPAN = re.compile(
    r"(?<![`\\])(?P<ticks>`+)(?!`)(?P<body>(?:(?!\n[ \t>]*\n).)+?)(?<!`)(?P=ticks)(?!`)", re.DOTALL
)
# As pymdownx.arithmatex reads them.
FORMULA = re.compile(
    r"(?<!\\)(?:\$\$(?P<block>.+?)\$\$|\$(?!\s)(?P<inline>(?:\\.|[^\\$])+?)(?<!\s)\$"
    r"|\\\((?P<round>.+?)\\\)|\\\[(?P<square>.+?)\\\]"
    r"|(?P<named>\\begin\{(?P<env>[a-z]+\*?)\}.+?\\end\{(?P=env)\}))",
    re.DOTALL,
)
_OTHER_CODE = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<tag>code|kbd|samp|pre|script|style)\b.*?(?:</(?P=tag)>|\Z)", re.DOTALL
)
_BREAK = re.compile(r"\s*\n[ \t>]*")

# A line that begins a block of its own, even right below another; an item only below another item.
_BEGINS = re.compile(r"#|<!--|[|]|:\s|!!!|\?\?\?|===[!+]*\s|\[\^")
_ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s")
# A line that ends with itself.
_ALONE = re.compile(r"#|<!--\s*pagekit")
# What the lines that follow are indented under.
_HOLDS = re.compile(rf":\s|!!!|\?\?\?|===[!+]*\s|\[\^[^\]]*\]:|{_ITEM.pattern}")


@dataclass(frozen=True)
class Passage:
    """Lines of a page without a fence, and without a blank line unless all are blank."""

    lines: tuple[Line, ...]
    is_prose: bool = True

    @property
    def line(self) -> int:
        """The line of the page on which it begins."""
        return self.lines[0].page_line

    @cached_property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(line.text for line in self.lines)

    @cached_property
    def masked(self) -> str:
        """The text with blanks for code, comments and formulas, each place where it was."""
        return FORMULA.sub(_blank, self._without_code)

    @cached_property
    def formulas(self) -> list[tuple[int, str]]:
        """(line of the page, TeX) of each formula."""
        found = FORMULA.finditer(self._without_code)
        return [(self.line_at(m.start()), next(filter(None, m.groups()))) for m in found]

    @cached_property
    def _without_code(self) -> str:
        if not self.is_prose:
            return _blank(self.text)
        return CODE_SPAN.sub(_blank, _OTHER_CODE.sub(_blank, self.text))

    def line_at(self, place: int) -> int:
        """The line of the page for a place in the text."""
        return self.lines[self.text.count("\n", 0, place)].page_line

    def code_spans(self) -> Iterator[re.Match[str]]:
        """The pieces of inline code; none within a comment."""
        return CODE_SPAN.finditer(_OTHER_CODE.sub(_blank, self.text) if self.is_prose else "")


def unbroken(text: str) -> str:
    """A piece of prose on one line, without the signs of a quote at the beginning of the others."""
    return _BREAK.sub(" ", text).strip()


def passages(
    lines: Sequence[str], start: int, fences: Sequence[Fence], root: Path
) -> Iterator[Passage]:
    """The text of a page between its fences, whole: blank lines and comments too.

    Raises:
        PageError: an include or a comment that can't be read, with its line.
    """
    holders = _Holders()
    fenced = {fence.line - 1: fence.end_line for fence in fences}
    kept: list[Line] = []
    index = start
    while index < len(lines):
        if end := fenced.get(index):
            yield from _split(kept, holders)
            kept, index = [], end
            continue
        if opens_comment(lines[index]):
            last = end_of_comment(lines, index)
            if lines[index].lstrip(" \t>").startswith("<!--"):
                yield from _split(kept, holders)
                kept, first = [], index
            else:
                kept.append(Line(lines[index], index + 1))
                yield from _split(kept, holders)
                kept, first = [], index + 1
            rows = enumerate(lines[first : last + 1], first + 1)
            yield Passage(tuple(Line(row, number) for number, row in rows), is_prose=False)
            index = last + 1
            continue
        kept += _expanded(lines[index], index + 1, root)
        index += 1
    yield from _split(kept, holders)


def _expanded(row: str, number: int, root: Path) -> list[Line]:
    lines = expand([row], number, root)
    for line in lines:
        if line.source and re.match(r"[\s>]*(`{3}|~{3})", line.text):
            raise PageError(
                f"{line.source}:{line.source_line} is a fence; what prose includes is prose, and "
                "code stands on the page itself",
                line=number,
            )
    return lines


class _Holders:
    """Knows whether an indented text belongs to a list, a remark or a tab above, or is code."""

    def __init__(self) -> None:
        self.open: dict[int, bool] = {}

    def is_code(self, passage: Sequence[Line]) -> bool:
        level = _level(passage[0].text)
        if level and not self.open.get(level - 1):
            return True
        self.open = {above: held for above, held in self.open.items() if above < level}
        self.open[level] = bool(_HOLDS.match(passage[0].text.lstrip(" \t>")))
        return False


def _level(text: str) -> int:
    """How deep a line is indented, four blanks a step; a list may be indented by less."""
    text = re.sub(r"^(?:[ \t]{0,3}>[ ]?)+", "", text).expandtabs(4)
    return (len(text) - len(text.lstrip(" "))) // 4


def _split(lines: list[Line], holders: _Holders) -> Iterator[Passage]:
    """Passages out of lines without a fence."""
    kept: list[Line] = []

    def done() -> Iterator[Passage]:
        if kept:
            blank = not kept[0].text.strip(" \t>")
            yield Passage(tuple(kept), is_prose=blank or not holders.is_code(kept))
            kept.clear()

    alone = False
    for line in lines:
        bare = line.text.strip(" \t>")
        blank_above = bool(kept) and not kept[-1].text.strip(" \t>")
        begins = bool(_BEGINS.match(bare)) and not _is_table_row(bare, kept)
        if kept and _ITEM.match(kept[0].text.strip(" \t>")):
            begins = begins or bool(_ITEM.match(bare))
        if kept and (alone or begins or (not bare) != blank_above):
            yield from done()
        alone = bool(_ALONE.match(bare))
        kept.append(line)
    yield from done()


def _is_table_row(bare: str, above: list[Line]) -> bool:
    """Whether a row goes on with a table: tables stay whole."""
    return bare.startswith("|") and bool(above) and above[-1].text.strip(" \t>").startswith("|")


def _blank(found: re.Match[str] | str) -> str:
    return re.sub(r"[^\n]", " ", found if isinstance(found, str) else found[0])
