"""A lab as a page of the site: the same cells, figures, formulas and remarks as any chapter."""

import json
import os
import re
from dataclasses import replace
from html import escape
from typing import Any

import markdown

from pagekit.errors import PageError
from pagekit.labs.figures import PHONE
from pagekit.labs.notebooks import check_figures, load, read_notebook
from pagekit.labs.source import Cell, Lab
from pagekit.project import Project
from pagekit.read.blocks import Chain, Fence
from pagekit.read.includes import Line
from pagekit.read.passages import passages
from pagekit.read.settings.package import first_line
from pagekit.render.code.cells import cell_html
from pagekit.render.rendering import Rendering
from pagekit.render.words.questions import FORM, lines_of_questions
from pagekit.run.results import Segment

# A title, and what it says under it of minutes and prerequisites.
_HEAD = re.compile(r'.*?</h1>(?:\s*<p class="pk-terms">.*?</p>)?', re.DOTALL)
_QUESTION = re.compile(r'<div class="admonition (?:predict|quiz)\b(?P<turned>[^"]*pk-ask)?')
DOWNLOAD = (
    "The cells of this lab build on each other, so work through it as a notebook: each copy button "
    "takes one cell, the download takes them all, with what they printed here."
)


class LabPage:
    """One lab on its way to HTML.

    ``text`` is what the site's Markdown is to convert; ``html`` finishes what it made of that.

    Raises:
        PageError: the notebook is missing or stale, or the prose is at fault.
    """

    def __init__(self, lab: Lab, project: Project, md: markdown.Markdown) -> None:
        self.lab = lab
        self.rendering = Rendering(lab.page, project, md, lab.meta)
        shown = _segments(lab, project, self.rendering.lenient)
        lines = list(lab.page.lines)
        for number, cell in enumerate(lab.code):
            if cell.source:
                token = self.rendering.block(self._cell(cell, shown[number], f"fig-{number}"))
                _place(token, cell, lines)
        between = passages(lines, 0, lab.page.fences, project.root)
        self.rendering.page = replace(lab.page, lines=tuple(lines), passages=tuple(between))
        self.text = "\n".join(self.rendering.lines())

    def source(self) -> str:
        """The page as MkDocs reads it: front matter and Markdown."""
        # JSON is YAML, and keeps a colon in a title from meaning anything.
        return f"---\n{json.dumps(self.lab.meta)}\n---\n\n{self.text}\n"

    def html(self, content: str) -> str:
        """The finished page: cells and formulas in place, and the download under the title.

        Raises:
            PageError: a question has not the form of one.
        """
        for number, question in enumerate(_QUESTION.finditer(content)):
            if not question["turned"]:
                line = lines_of_questions(self.rendering.page)[number]
                raise PageError(FORM, self.lab.name, line)
        name = escape(self.lab.notebook.name)
        link = (
            f'<p class="pk-download"><a class="md-button" href="{name}" download>Download the '
            f"notebook</a></p>\n<p>{DOWNLOAD}</p>"
        )
        html = self.rendering.html(content)
        head = _HEAD.match(html)
        end = head.end() if head else 0
        return f"{html[:end]}\n{link}\n{html[end:]}"

    def _cell(self, cell: Cell, segment: Segment | None, cell_id: str) -> str:
        rows = cell.source.split("\n")
        lines = tuple(
            Line(text, cell.line + n, lit=n + 1 in cell.lit) for n, text in enumerate(rows)
        )
        end = cell.line + len(rows)
        fence = Fence(cell.line, end, "", "python", cell.options, lines)
        first = first_line(fence.code, self.rendering.project)
        return cell_html(self.rendering.md, fence, Chain([fence]), segment, cell_id, first)


def _place(token: str, cell: Cell, lines: list[str]) -> None:
    """Put a cell's token where the cell stands, behind a fold where it has one.

    A remark right below that is folded under the same title goes on within that fold. The marker
    above leaves a blank line, and so does the one of what follows, or the end of the lab.
    """
    row = cell.line - 1
    if "fold" not in cell.options:
        lines[row] = token
        return
    head = f'??? success "{cell.options["fold"]}"'
    lines += [""] * 2
    lines[row : row + 2] = [head, f"    {token}"]
    below = next((n for n in range(row + 2, len(lines)) if lines[n].strip()), None)
    if below is not None and lines[below] == head:
        lines[below] = ""


def _segments(lab: Lab, project: Project, lenient: bool) -> list[Segment | None]:
    """What each code cell printed and drew; ``None`` for one that has not run as it stands."""
    recorded = load(lab, project)
    if recorded is not None:
        check_figures(lab, recorded[0])
        return [_segment(outputs) for outputs in recorded[0]]
    if not lenient:
        raise PageError(
            "this lab's notebook is missing or stale; run `make site`, which runs what has changed",
            lab.name,
            1,
        )
    ran = {
        cell["source"]: cell["outputs"]
        for cell in read_notebook(lab).get("cells", [])
        if cell["cell_type"] == "code" and cell["execution_count"]
    }
    return [_segment(ran[c.source]) if c.source in ran else None for c in lab.code]


def _segment(outputs: list[dict[str, Any]]) -> Segment:
    segment = Segment()
    for output in outputs:
        data = output.get("data", {})
        if "image/svg+xml" in data:
            segment.figures.append(data["image/svg+xml"])
            segment.phone.append(data.get(PHONE, ""))
            continue
        if segment.output and not segment.output.endswith("\n"):
            segment.output += "\n"
        segment.output += output.get("text", "") or data.get("text/plain", "")
    return segment


def read_markdown(config: Any) -> markdown.Markdown:
    """A converter with the site's own extensions, for the settings that cells ask of it."""
    return markdown.Markdown(
        extensions=config["markdown_extensions"], extension_configs=config["mdx_configs"]
    )


def is_lab(source: str) -> bool:
    """Whether a file of the docs is a lab's notebook."""
    folder, name = os.path.split(source)
    return folder == "labs" and name.endswith(".ipynb")
