"""Text that is shown as it stands, and signs of ours that nobody may see."""

from html import unescape
from pathlib import Path

import markdown
import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Page, parse_page
from pagekit.render.leftovers import check_all_read
from pagekit.render.tex.formulas import replace_formulas
from pagekit.render.words.inline import attribute, escaped
from pagekit.render.words.prose import cited_on, title_of

SIGNS = "a*b* _c_ `d` [e](f) <g> & {h} $i$ | j \\ k"


def page_of(text: str, name: str = "page.md") -> Page:
    root = Path("/nowhere")
    return parse_page(text, root / "docs" / name, Project(root))


def test_markdown_shows_what_is_escaped_as_it_stands() -> None:
    html = markdown.markdown(escaped(SIGNS), extensions=["tables"])
    assert unescape(html) == f"<p>{SIGNS}</p>"
    assert "|" not in escaped(SIGNS)  # it would split a cell of a table
    assert escaped("plain, text.") == "plain, text."


def test_an_attribute_holds_any_text_on_one_line() -> None:
    text = 'a "b"\n  c} | `d` <e> & 100 %, (f); g\'s?'
    html = markdown.markdown(f'[x](y){{ title="{attribute(text)}" }}', extensions=["attr_list"])
    title = "a “b” c} | `d` <e> & 100 %, (f); g’s?"  # with true quotes, as the text has them
    assert unescape(html) == f'<p><a href="y" title="{title}">x</a></p>'
    assert attribute('"<&>') == "&quot;&lt;&amp;&gt;"
    assert attribute("Is it, (or) not? 100 %!") == "Is it, (or) not? 100 %!"
    assert attribute("ä*{~") == "ä&#42;&#123;&#126;"


@pytest.mark.parametrize(
    ("html", "typed"),
    [
        ("<p>A [[mask]].</p>", "[[mask]]"),
        ("<p>See [@smith2020, page 3].</p>", "[@smith2020, page 3]"),
        ("<p>Is {python} x + 1</p>", "{python} x + 1"),
        ("<p>A [mask](../reference/glossary.md#term-mask){ .pk-term }</p>", "mask"),
        ("<p>A [Smith](b.md#ref-smith2020){ .pk-cite }</p>", "@smith2020"),
        ("<p>A [[<b>mask</b>]].</p>", "[[mask]]"),
        ("<p>A [[a &amp; b]].</p>", "[[a & b]]"),
    ],
)
def test_what_is_left_as_it_was_typed_is_a_fault(html: str, typed: str) -> None:
    page = page_of("# A mask\n\nText [1].\n\n    [ TYPED ]\n".replace("TYPED", typed))
    with pytest.raises(PageError) as caught:
        check_all_read(f"<p>Text.</p>{html}", page)
    assert f"`{typed}` is shown as it is typed" in str(caught.value)
    assert (caught.value.path, caught.value.line) == ("docs/page.md", 5)


def test_what_is_left_from_nowhere_has_the_first_line_of_the_text() -> None:
    with pytest.raises(PageError) as caught:
        check_all_read("[[mask]]", page_of("---\ntitle: T\n---\n\n# T\n"))
    assert caught.value.line == 5


@pytest.mark.parametrize(
    "html",
    [
        "<p>Text [1] and a[0] and x@y.org.</p>",
        "<p><code>[[mask]]</code> <pre>\n[@smith2020]\n</pre></p>",
        "<!-- [[mask]] --><script>[[1]]</script>",
        '<span class="arithmatex">\\([[1]]\\)</span>',
        '<a href="[[mask]]">link</a>',
    ],
)
def test_what_is_code_or_no_sign_of_ours_is_fine(html: str) -> None:
    check_all_read(html, page_of("# T\n"))


def test_formulas_become_mathml_each_in_its_place() -> None:
    html = (
        '<p>One <span class="arithmatex">\\(a &lt; b\\)</span> two</p>'
        '<div class="arithmatex">\\[c\\]</div>'
    )
    shown = replace_formulas(html, page_of("# T\n"))
    assert shown.startswith("<p>One <math><mi>a</mi><mo>&lt;</mo>")
    assert '<div class="pk-math pk-scroll" tabindex="0"><math display="block">' in shown
    assert "arithmatex" not in shown


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# T\n\nOne $x$\nand $\\frac{1$.\n", 4),
        ("# T\n\n$$\n\n\\frac{1\n$$\n", 1),  # a blank line ends a passage, and so no formula
        ("# T\n\n$$\n\\frac{1\n$$\n", 4),
        ('# T\n\n```python alt="a" caption="Of $\\frac{1$"\nx\n```\n', 3),
        ("---\ntitle: T\n---\n\nText.\n", 5),
    ],
)
def test_tex_that_cannot_be_read_names_its_line(text: str, line: int) -> None:
    html = '<span class="arithmatex">\\( \\frac{1 \\)</span>'
    with pytest.raises(PageError, match="this TeX can't be read") as caught:
        replace_formulas(html, page_of(text))
    assert (caught.value.path, caught.value.line) == ("docs/page.md", line)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: A\n---\n\n# B\n", "A"),
        ("---\nminutes: 3\n---\n\n# B\n", "B"),
        ("#  B c\n", "B c"),
        ("Text.\n", "page"),
    ],
)
def test_a_page_has_a_title(text: str, title: str) -> None:
    assert title_of(page_of(text)) == title


def test_works_are_cited_in_their_order_once() -> None:
    page = page_of("# T\n\nA [@b; @a, page 3].\n\nAnd [@a] `[@c]` [@d].\n")
    assert cited_on(page) == ["b", "a", "d"]
