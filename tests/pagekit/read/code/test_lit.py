"""The mark that lights a line: seen by nobody, copied by nobody, and no part of what is run."""

from pathlib import Path

import pytest

from pagekit.errors import PageError
from pagekit.labs.source import read_lab
from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.read.code.lit import without_mark
from pagekit.read.includes import Line


def page_of(project: Project, text: str) -> Page:
    path = project.docs / "page.md"
    path.write_text(text, encoding="utf-8")
    return read_page(path, project)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x = 1  # (!)", "x = 1"),
        ("x = 1 # (!)  ", "x = 1"),
        ("    x = 1  # (B, T) (!)", "    x = 1  # (B, T)"),
        ("x = 1  # one # two (!)", "x = 1  # one # two"),
        ('x = "#1"  # (!)', 'x = "#1"'),
        ('x = "#1"  # one (!)', 'x = "#1"  # one'),
    ],
)
def test_a_marked_line_is_lit(text: str, shown: str) -> None:
    assert without_mark(Line(text, 7)) == Line(shown, 7, lit=True)


@pytest.mark.parametrize(
    "text", ["", "x = 1", "x = 1  # (!) so", "x != (!)", "x = 1  # !", "# ( ! )"]
)
def test_any_other_line_stays_as_it_is(text: str) -> None:
    line = Line(text, 7, "a.py", 3)
    assert without_mark(line) is line


def test_a_mark_lights_something() -> None:
    with pytest.raises(PageError, match="that line is empty") as caught:
        without_mark(Line("    # (!)", 7))
    assert caught.value.line == 7


def test_included_lines_are_lit_by_their_own_marks(project: Project) -> None:
    (project.root / "sums.py").write_text("def add(a, b):\n    return a + b  # (!)\n")
    page = page_of(project, '# T\n\n```python\nx = 1\n--8<-- "sums.py:add"\ny = 2  # (!)\n```\n')
    [fence] = page.fences
    assert fence.code == "x = 1\ndef add(a, b):\n    return a + b\ny = 2\n"
    assert fence.lit == [3, 4]
    assert page.chains[0].code == fence.code


def test_in_what_is_only_shown_the_mark_is_text(project: Project) -> None:
    [fence] = page_of(project, "# T\n\n```text\nx = 1  # (!)\n```\n").fences
    assert fence.code == "x = 1  # (!)\n" and fence.lit == []


def test_a_shell_line_is_lit_too(project: Project) -> None:
    [fence] = page_of(project, "# T\n\n```sh\nls  # (!)\npwd\n```\n").fences
    assert (fence.code, fence.lit) == ("ls\npwd\n", [1])


def test_a_cell_of_a_lab_is_lit_and_its_notebook_has_no_mark(project: Project) -> None:
    folder = project.docs / "labs"
    folder.mkdir(exist_ok=True)
    lab: Path = folder / "sums.py"
    lab.write_text("# %%\n# title: A sum\nx = 1\nx += 1  # (!)\n", encoding="utf-8")
    [cell] = read_lab(lab, project).code
    assert (cell.source, cell.lit) == ("x = 1\nx += 1", (2,))
