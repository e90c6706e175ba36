"""A lab's prose for its notebook: Markdown that any Jupyter shows, without the site around it."""

import os
import re
from posixpath import normpath
from string import ascii_uppercase

from pagekit.errors import PageError
from pagekit.labs.source import Cell, Lab
from pagekit.project import Project
from pagekit.read.code.fences import Fence
from pagekit.render.words.prose import Prose

# A link to another page, as authors write it or as citations and glossary terms become it.
_LINK = re.compile(
    r"\[(?P<text>[^\]]*)\]\((?P<target>(?!https?:)[^)#\s]*\.(?:md|ipynb))(?P<anchor>#[^)\s]*)?\)"
    r"(?:\{[^}]*\})?"
)
_ATTRIBUTES = re.compile(r"(?<=\))\{:?[^}]*\}|^\{:[^}]*\}$")
_REMARK = re.compile(r"^(?P<kind>!!!|\?\?\?\+?) +[\w ]+?(?: +\"(?P<title>[^\"]*)\")? *$")
_CHOICE = re.compile(r"^- \[(?P<mark>[ x])\] +(?P<text>.*)$")  # of a question
_REASON = re.compile(r"^ {4}- +(?P<text>.*)$")


def portable(cell: Cell, lab: Lab, project: Project) -> str:
    """A cell of prose with citations, terms, links and remarks in plain Markdown.

    A remark becomes a quote, a folded one HTML's own ``<details>``, and so do the reasons of a
    question's choices. A link to another page leads to
    the hosted site, if ``SITE_URL`` says where that is, and is plain text otherwise.

    Raises:
        PageError: an unknown work or term, with the lab's line.
    """
    prose = Prose(lab.page, project, _no_value)
    last = cell.line + cell.source.count("\n")
    lines: list[str] = []
    for part in lab.page.parts:
        if not cell.line <= part.line <= last:
            continue
        if isinstance(part, Fence):
            rows = lab.lines[part.line - 1 : part.end_line]
            lines += [row.removeprefix("#").removeprefix(" ") for row in rows]
        else:
            text = prose.text(part).split("\n")
            lines += [_ATTRIBUTES.sub("", _LINK.sub(_absolute, row)) for row in text]
    return "\n".join(_remarks(lines)).strip("\n")


def _no_value(expression: str, _line: int) -> str:
    raise PageError(f"a lab computes `{expression}` in a cell of its own, not in its prose")


def _absolute(link: re.Match[str]) -> str:
    site = os.environ.get("SITE_URL", "").rstrip("/")
    if not site:
        return link["text"]
    page = re.sub(r"\.\w+$", "/", normpath(f"labs/{link['target']}"))
    page = re.sub(r"(^|/)index/$", r"\1", page)
    return f"[{link['text']}]({site}/{page}{link['anchor'] or ''})"


def _remarks(lines: list[str]) -> list[str]:
    out: list[str] = []
    index = 0
    while index < len(lines):
        remark = _REMARK.match(lines[index])
        index += 1
        if remark is None:
            out.append(lines[index - 1])
            continue
        body = []
        while index < len(lines) and (lines[index].startswith("    ") or not lines[index].strip()):
            body.append(lines[index][4:])
            index += 1
        text = "\n".join(body).strip("\n").split("\n")
        title = remark["title"] or "Note"
        if remark["kind"] == "!!!":
            asked, answer = _question(text)
            out += [f"> {row}".rstrip() for row in (f"**{title}**", "", *asked)]
            out += ["", *_folded("The answer, and why", answer)] if answer else []
        else:
            out += _folded(title, text)
        out.append("")
    return out


def _folded(title: str, text: list[str]) -> list[str]:
    return ["<details>", f"<summary>{title}</summary>", "", *text, "", "</details>"]


def _question(rows: list[str]) -> tuple[list[str], list[str]]:
    """What a remark asks, with a letter for each choice, and what is to be said of each, if any."""
    asked: list[str] = []
    answer: list[str] = []
    for row in rows:
        if choice := _CHOICE.match(row):
            letter = ascii_uppercase[len(answer)]
            asked.append(f"- **{letter}** {choice['text']}")
            right = choice["mark"] == "x"
            answer.append(f"- **{letter} is right.**" if right else f"- Not {letter}.")
        elif answer and (reason := _REASON.match(row)):
            answer[-1] += f" {reason['text']}"
        elif answer and row.startswith(" " * 6):  # the reason goes on
            answer[-1] += f" {row.strip()}"
        else:
            asked.append(row)
    return asked, answer
