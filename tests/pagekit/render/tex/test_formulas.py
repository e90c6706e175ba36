"""Formulas where they stand: kept together with the signs beside them, or on lines of their own."""

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
