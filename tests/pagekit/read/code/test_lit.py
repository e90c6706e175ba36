"""The mark that lights a line, and remarks to checkers: seen and copied by nobody, and not run."""

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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x = f(1)  # type: ignore", "x = f(1)"),
        ("x = f(1)  # type: ignore[call-arg, arg-type]", "x = f(1)"),
        ("    return d.keys()  # noqa: SIM118", "    return d.keys()"),
        ("x = open(y)  # noqa: SIM115, B023 (stop closes it)", "x = open(y)"),
        (")  # fmt: skip", ")"),
        ("x = y  # (B, T)  # type: ignore[misc]", "x = y  # (B, T)"),
    ],
)
def test_a_remark_to_a_checker_is_not_shown(text: str, shown: str) -> None:
    assert without_mark(Line(text, 7)) == Line(shown, 7)


def test_a_remark_hides_no_mark() -> None:
    assert without_mark(Line("x = 1  # (!)  # fmt: skip", 7)) == Line("x = 1", 7, lit=True)


@pytest.mark.parametrize(
    "text",
    ["x = '  # noqa'", "x = 1  # noqa is a remark", "# type: ignore", "x = 1  # type: int", "#"],
)
def test_what_only_looks_like_a_remark_stays(text: str) -> None:
    assert without_mark(Line(text, 7)).text == text


def test_an_included_remark_is_neither_shown_nor_run(project: Project) -> None:
    (project.root / "sums.py").write_text("def one(\n):  # fmt: skip\n    return 1\n")
    [fence] = page_of(project, '# T\n\n```python\n--8<-- "sums.py:one"\n```\n').fences
    assert fence.code == "def one(\n):\n    return 1\n"


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
