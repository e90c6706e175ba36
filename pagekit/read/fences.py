"""The code fences of a page: how they are written, what they hold, where each line came from."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pagekit.errors import PageError
from pagekit.read.includes import Line, expand

PYTHON = {"python", "py", "python3"}
SHELL = {"sh", "bash", "shell"}
OPTIONS = {"title", "hl_lines", "linenums", "alt", "caption", "timeout", "alone"}
WORDS = {"alone"}  # options that are a mere word

# A fence may stand in a list, an admonition or a tab (indented) and in a quote (`> `).
_OPENING = re.compile(r"^(?P<prefix>(?:[ \t]*>)*[ \t]*)(?P<ticks>`{3,}|~{3,})(?P<info>.*)$")
_OPTION = re.compile(r"""(?P<name>[\w-]+)=(?P<quote>["'])(?P<value>.*?)(?P=quote)""")
_KEYWORD = re.compile(r"^[>\s]*<!--[-\s]*pytest-codeblocks:(?P<keyword>.*?)[-\s]*-->\s*$")
_MARK = re.compile(r"^[>\s]*<!--[-\s]*(?P<mark>pytest\.mark\..*?)\s*-->\s*$")
_REASON = re.compile(r"""reason\s*=\s*(?P<quote>["'])(?P<reason>.+?)(?P=quote)""")


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
