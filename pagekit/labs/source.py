"""A lab, read: a notebook in py:percent form, whose every line keeps its number.

``# %%`` begins a cell of code, ``# %% [markdown]`` one of prose, written as comments. A cell of
code may open with options, as a fence of a page carries them, each a comment of its own that may
go on in further lines::

    # %%
    # alt: Two falling curves,
    #   the lower one dashed.
    # caption: Loss over 300 steps.
    # fold: Solution
    # timeout: 300

``fold`` closes the cell behind its title, and a folded remark of the same title right below it
(``# ??? success "Solution"``) goes on within that fold; the others are those of a fence.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import DEFAULT_TIMEOUT, Page, parse_page
from pagekit.read.code.lit import without_mark
from pagekit.read.includes import Line
from pagekit.read.settings import front_matter
from pagekit.read.settings.front_matter import names_of_artefacts

OPTIONS = ("title", "alt", "caption", "fold", "timeout")

_MARKER = re.compile(r"^# %%(?P<rest>.*)$")
_OPTION = re.compile(rf"^# (?P<name>{'|'.join(OPTIONS)}): *(?P<value>.*)$")
_GOES_ON = re.compile(r"^#  +(?P<value>\S.*)$")


@dataclass(frozen=True)
class Cell:
    """One cell; its source's first line is line ``line`` of the lab."""

    kind: str  # "markdown" or "code"
    line: int
    source: str
    options: dict[str, str] = field(default_factory=dict)
    lit: tuple[int, ...] = ()  # the lines of its source that matter, from 1 on

    @property
    def timeout(self) -> float:
        """Seconds after which the cell counts as hanging."""
        return float(self.options.get("timeout", DEFAULT_TIMEOUT))


@dataclass(frozen=True)
class Lab:
    """A lab: where it lies, what its front matter says, and its cells."""

    path: Path
    name: str
    lines: tuple[str, ...]
    meta: dict[str, Any]
    cells: tuple[Cell, ...]

    @property
    def notebook(self) -> Path:
        """The file that the executed lab is written to."""
        return self.path.with_suffix(".ipynb")

    @property
    def code(self) -> list[Cell]:
        """The cells that run."""
        return [cell for cell in self.cells if cell.kind == "code"]

    @property
    def artefacts(self) -> tuple[str, ...]:
        """The names of the artefacts that the lab says it reads."""
        return names_of_artefacts(self.meta, self.lines, self.name)

    @cached_property
    def page(self) -> Page:
        """The prose as a page whose lines are the lab's; empty where the lab has code.

        Raises:
            PageError: a fence is at fault, or holds code that nobody would run.
        """
        lines = [""] * len(self.lines)
        for cell in self.cells:
            if cell.kind == "markdown":
                for offset, text in enumerate(cell.source.split("\n")):
                    lines[cell.line - 1 + offset] = text
        root = self.path.parents[self.name.count("/")]
        page = parse_page("\n".join(lines), self.path, Project(root))
        if page.chains:
            raise PageError(
                "code in the prose of a lab would not run; give it a cell of its own, or call the "
                "fence `text`",
                self.name,
                page.chains[0].line,
            )
        return replace(page, lines=tuple(lines))


def labs(project: Project) -> list[Path]:
    """Every lab, in a fixed order."""
    return sorted((project.docs / "labs").glob("*.py"))


def read_lab(path: Path, project: Project) -> Lab:
    """Read a lab.

    Raises:
        PageError: whatever is wrong with its cells, with ``docs/labs/NAME.py:LINE``.
    """
    name = project.relative(path)
    try:
        lines = tuple(path.read_text(encoding="utf-8").splitlines())
        start, meta = _front_matter(lines)
        cells = tuple(_cells(lines, start))
    except UnicodeDecodeError as error:
        raise PageError(f"not UTF-8 text: {error.reason}", name, 1) from error
    except PageError as error:
        raise error.at(name, 1) from error.__cause__
    return Lab(path, name, lines, meta, cells)


def check_figure(lab: Lab, cell: Cell, outputs: list[Any]) -> None:
    """Refuse a figure that nobody described, a description without a figure, and a doubled one."""
    figures = [o for o in outputs if "image/svg+xml" in o.get("data", {})]
    described = bool(cell.options.get("alt"))
    if any(o["output_type"] == "execute_result" for o in figures):
        what = "the last line is a figure, which shows twice; write `figure = …`"
    elif figures and not described:
        what = "this cell draws a figure without alt text; say what it shows with `# alt: …`"
    elif described and not figures:
        what = "this cell has alt text but draws no figure"
    else:
        return
    raise PageError(what, lab.name, cell.line)


def _front_matter(lines: tuple[str, ...]) -> tuple[int, dict[str, Any]]:
    if not lines or lines[0] != "# ---":
        return 0, {}
    if "# ---" not in lines[1:]:
        raise PageError("the front matter is not closed; end it with a line `# ---`", line=1)
    end = lines.index("# ---", 1)
    return end + 1, front_matter.read([line.removeprefix("# ") for line in lines[: end + 1]])


def _cells(lines: tuple[str, ...], start: int) -> list[Cell]:
    marks = [n for n in range(start, len(lines)) if _MARKER.match(lines[n])]
    before = next((n for n in range(start, marks[0] if marks else len(lines)) if lines[n]), None)
    if before is not None:
        raise PageError("this stands in no cell; begin one with `# %%` above it", line=before + 1)
    return [_cell(lines, mark, end) for mark, end in pairwise([*marks, len(lines)])]


def _cell(lines: tuple[str, ...], mark: int, end: int) -> Cell:
    match = _MARKER.match(lines[mark])
    rest = match["rest"].strip() if match else ""
    if rest not in {"", "[markdown]"}:
        raise PageError(
            f"`# %% {rest}`: a cell begins with `# %%` or `# %% [markdown]`", line=mark + 1
        )
    first = mark + 1
    while end > first and not lines[end - 1].strip():
        end -= 1
    while first < end and not lines[first].strip():
        first += 1
    if rest:
        return Cell("markdown", first + 1, _uncommented(lines, first, end))
    options: dict[str, str] = {}
    while first < end and (option := _OPTION.match(lines[first])):
        value = option["value"]
        first += 1
        while first < end and (more := _GOES_ON.match(lines[first])):
            value += f" {more['value']}"
            first += 1
        options[option["name"]] = value.strip()
    if not re.fullmatch(r"[1-9]\d*", options.get("timeout", "1")):
        raise PageError(f"timeout: {options['timeout']} is not a number of seconds", line=mark + 2)
    rows = [without_mark(Line(lines[n], n + 1)) for n in range(first, end)]
    lit = tuple(n for n, row in enumerate(rows, 1) if row.lit)
    return Cell("code", first + 1, "\n".join(row.text for row in rows), options, lit)


def _uncommented(lines: tuple[str, ...], first: int, end: int) -> str:
    for number in range(first, end):
        if lines[number] and not re.match(r"#( |$)", lines[number]):
            raise PageError("prose of a lab is written as comments: `# text`", line=number + 1)
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[first:end])
