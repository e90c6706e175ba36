"""The code fences of a page: how they are written, what they hold, where each line came from."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pagekit.errors import PageError
from pagekit.read.code.languages import PYTHON, SHELL, check_language, kind_of
from pagekit.read.code.lit import without_mark
from pagekit.read.code.marks import directive, reason_of
from pagekit.read.code.options import check_values
from pagekit.read.comments import end_of_comment, opens_comment
from pagekit.read.includes import Line, expand

OPTIONS = {"title", "linenums", "alt", "caption", "timeout", "alone", "holds"}
WORDS = {"alone", "card"}  # options that are a mere word

# A fence may stand in a list, an admonition or a tab (indented) and in a quote (`> `).
_OPENING = re.compile(r"^(?P<prefix>(?:[ \t]*>)*[ \t]*)(?P<ticks>`{3,}|~{3,})(?P<info>.*)$")
_OPTION = re.compile(r"""(?P<name>[\w-]+)=(?P<quote>["'])(?P<value>.*?)(?P=quote)""")


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
    card: bool = False
    """Whether its figure stands for the page elsewhere; no option, for no run depends on it."""

    @property
    def kind(self) -> str:
        """``python``, ``shell``, ``mermaid`` or ``text`` (whatever is only shown)."""
        return kind_of(self.language)

    @property
    def runs(self) -> bool:
        """Whether this is code that is run."""
        return self.kind in {"python", "shell"}

    @cached_property
    def code(self) -> str:
        """The code with its includes expanded."""
        return "".join(f"{line.text}\n" for line in self.lines)

    @property
    def lit(self) -> list[int]:
        """The numbers of the lines that matter, from 1 on."""
        return [n for n, line in enumerate(self.lines, 1) if line.lit]

    @property
    def not_run(self) -> str | None:
        """The reason why this fence may stay unrun, where a mark gives one."""
        return reason_of(self.mark, self.line) if self.mark else None

    @property
    def claim(self) -> str:
        """What is to be true of what it measured, a Python expression; empty without a claim."""
        return self.options.get("holds", "").strip()

    def check_figures(self, drawn: int) -> None:
        """Refuse a figure that nobody described, and a description without a figure.

        Raises:
            PageError: ``drawn`` figures and ``alt`` do not go together.
        """
        described = bool(self.options.get("alt", "").strip())
        if drawn and not described:
            raise PageError(
                'this block draws a figure without alt text; say what it shows with alt="…"',
                line=self.line,
            )
        if described and not drawn:
            raise PageError("this block has alt text but draws no figure", line=self.line)


def find_fences(lines: tuple[str, ...], start: int, root: Path) -> list[Fence]:
    """Every fence of a page, from the line with index ``start`` on.

    Raises:
        PageError: with the line, for a fence, an include or a comment that can't be read.
    """
    fences: list[Fence] = []
    continues, mark, pending = False, None, 0
    index = start
    while index < len(lines):
        line = lines[index]
        if said := directive(line, index + 1):
            continues, mark = (True, mark) if said == "cont" else (continues, said)
            pending = index + 1
        elif (opening := _OPENING.match(line)) and _is_opening(opening, index + 1):
            fence = _fence(lines, index, opening, root, continues, mark)
            if pending and not fence.runs:
                raise PageError("this comment belongs before a Python or shell fence", line=pending)
            fences.append(fence)
            continues, mark, pending = False, None, 0
            index = fence.end_line - 1
        elif line.strip(" >\t") and pending:
            raise PageError("this comment must stand right above a code fence", line=pending)
        elif opens_comment(line):
            index = end_of_comment(lines, index)
        index += 1
    if pending:
        raise PageError("no code fence follows this comment", line=pending)
    return fences


def _is_opening(opening: re.Match[str], line: int) -> bool:
    """Whether these ticks open a fence; they may be inline code that a line begins with."""
    ticks = opening["ticks"]
    # Markdown for readers allows a tick in an option: a caption may well name some code.
    if ticks[0] == "~" or "`" not in _OPTION.sub("", opening["info"]):
        return True
    if ticks in opening["info"]:
        return False
    allowed = 'within an option of a fence, as in title="The `x` axis"'
    raise PageError(f"a backtick may stand only {allowed}", line=line)


def _fence(
    lines: tuple[str, ...],
    index: int,
    opening: re.Match[str],
    root: Path,
    continues: bool,
    mark: str | None,
) -> Fence:
    ticks, prefix, line = opening["ticks"], opening["prefix"], index + 1
    closing = re.compile(rf"^[>\s]*{re.escape(ticks[0])}{{{len(ticks)},}}\s*$")
    end = next((k for k in range(index + 1, len(lines)) if closing.match(lines[k])), None)
    if end is None:
        raise PageError(f"this fence is never closed; end it with {ticks}", line=line)
    language, options = _info(opening["info"], line)
    check_language(language, line)
    card = options.pop("card", None) is not None
    if card and not (options.get("alt") or kind_of(language) == "mermaid"):
        raise PageError("`card` marks a figure, so the fence needs alt text too", line=line)
    _check_options(options, line)
    check_values(options, kind_of(language), line)
    code = [_strip_prefix(row, prefix) for row in lines[index + 1 : end]]
    expanded = expand(code, index + 2, root)
    if language in PYTHON | SHELL:
        expanded = [without_mark(row) for row in expanded]
    return Fence(line, end + 1, prefix, language, options, tuple(expanded), continues, mark, card)


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
    options |= {word: "" for word in words[1:] if word in WORDS}
    unread = [word for word in words[1:] if word not in WORDS]
    if language in PYTHON | SHELL and unread:
        raise PageError(
            f"cannot read {' '.join(unread)!r} behind the language; options look like "
            f'title="…", or are one of {", ".join(sorted(WORDS))}',
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
