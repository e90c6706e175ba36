"""Formulas where they stand: kept together with the signs beside them, and found again by line."""

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Page, parse_page
from pagekit.render.tex.formulas import replace_formulas
from pagekit.render.tex.maths import to_mathml

INLINE = '<span class="arithmatex">\\({}\\)</span>'
DISPLAY = '<div class="arithmatex">\\[{}\\]</div>'


def page_of(project: Project, text: str) -> Page:
    return parse_page(text, project.docs / "page.md", project)


def test_signs_beside_a_formula_stay_with_it(project: Project) -> None:
    page, whole = page_of(project, "Text.\n"), f'<span class="pk-whole">({to_mathml("a", False)}),'
    assert replace_formulas(f"x {INLINE.format(' a ')} y", page) == f"x {to_mathml('a', False)} y"
    assert replace_formulas(f"x ({INLINE.format('a')}), y", page) == f"x {whole}</span> y"
    for before, after in (("(", ""), ("", ".")):
        html = replace_formulas(f"{before}{INLINE.format('a')}{after}", page)
        assert html == f'<span class="pk-whole">{before}{to_mathml("a", False)}{after}</span>'


def test_a_formula_on_lines_of_its_own_scrolls(project: Project) -> None:
    html = replace_formulas(DISPLAY.format("\na &lt; b\n"), page_of(project, "Text.\n"))
    shown = to_mathml("a < b", True)
    assert html == f'<div class="pk-math pk-scroll" tabindex="0">{shown}</div>'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\nminutes: 5\n---\n\nText.\n\nA $\\x{1}$.\n", 7),
        ("Text.\n\n$$\n\\x{1}\n$$\n", 4),
        ("$a$ and\n$b$, $\\x{1}$.\n", 2),
        ('Text.\n\n```python alt="a" caption="$\\x{1}$"\nx\n```\n', 3),
        ("---\nminutes: 5\n---\n\nText.\n", 5),  # it may come from elsewhere
    ],
)
def test_a_formula_at_fault_is_found_again(project: Project, text: str, line: int) -> None:
    with pytest.raises(PageError, match="this TeX can't be read") as caught:
        replace_formulas(INLINE.format("\\x{1}"), page_of(project, text))
    assert (caught.value.path, caught.value.line) == ("docs/page.md", line)
