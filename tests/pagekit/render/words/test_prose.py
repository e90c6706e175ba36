"""Prose as it is shown: across the ends of lines, in tables and quotes, never as it is typed."""

import re

import markdown
import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import parse_page, read_page
from pagekit.render.figures.svg import inline_svg
from pagekit.render.words import bibliography, glossary
from pagekit.render.words.prose import Prose
from tests.pagekit.render.test_extension import EXTENSIONS, SETTINGS, html_of

GLOSSARY = """# Glossary

causal mask
:   Hides what is *to come*: `a|b`, $x_1$ and [an *older* page](../index.md){ .x } [@smith2020].

注意
:   One.

模型
:   Two.

C
:   A language.

C++
:   Another.
"""


def shown(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", html).split())


@pytest.mark.parametrize(
    "text",
    [
        "A [[causal\nmask]] of [@smith2020,\nsection 4].",
        "> A [[causal\n> mask]] of [@smith2020,\n> section 4].",
        "- A [[causal\n  mask]] of [@smith2020,\n  section 4].",
        "- An item.\n\n    A [[causal\n    mask]] of [@smith2020,\n    section 4].",
        "!!! note\n    A [[causal\n    mask]] of [@smith2020,\n    section 4].",
        "| a | b |\n|---|---|\n| A [[causal mask|causal mask]] of | [@smith2020, section 4]. |",
    ],
)
def test_terms_and_citations_where_prose_may_stand(project: Project, text: str) -> None:
    (project.root / glossary.SOURCE).write_text(GLOSSARY)
    html = html_of(project, f"# T\n\n{text}\n", run=False)
    assert "A causal mask of (Smith, 2020, section 4)." in shown(html).replace(" . ", ". ")
    assert html.count('class="pk-term"') == html.count('class="pk-cite"') == 1
    title = re.search(r'title="(Hides[^"]*)"', html)
    assert title
    assert title[1].replace("&#124;", "|").replace("&#95;", "_") == (
        "Hides what is to come: a|b, x_1 and an older page."
    )


@pytest.mark.parametrize(
    "text",
    [
        "A span `[[causal\nmask]] [@a;\n@b]`.",
        "Text.\n\n    [[causal mask]] [@a]",
        "- item\n\nText.\n\n    [[causal mask]] [@a]",
        "As <code>[[causal mask]] [@a]</code>.",
        "Not <!-- [[causal mask]] [@a] --> shown.",
        "<!--\n[[causal mask]]\n\n[@a]\n-->",
        "It is $[[1, 2], [3, 4]]$ and [[a link](index.md)], x@y.org.",
    ],
)
def test_code_comments_and_formulas_are_left_alone(project: Project, text: str) -> None:
    html = html_of(project, f"# T\n\n{text}\n", run=False)
    assert "pk-term" not in html
    assert "pk-cite" not in html


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("One\ntwo [[fixtur]].", 4, "no term 'fixtur'"),
        ("One [[Fixture|]].", 3, "write [[term]]"),
        ("One [[]].", 3, "write [[term]]"),
        ("One\n[[Fixture.", 4, "write [[term]]"),
        ("See [see @smith2020].", 3, "write [@key]"),
        ("One\n[-@smith2020].", 4, "write [@key]"),
        ("One [@smith2020; see also @smith2020].", 3, "write [@key]"),
        ("One (see\n[@smith2020]).", 4, "within round brackets, write @key"),
        ("One (see @smith2021).", 3, "no work 'smith2021'"),
        ("One [@smith2020;\n@nobody].", 3, "no work 'nobody'"),
        ("<!-- pagekit: refs -->", 3, "none of `references`"),
        ("<!-- pagekit references -->\n<!-- pagekit -->", 4, "none of `references`"),
        ("<div>\nA [[Fixture]].\n</div>", 4, "no Markdown is read here"),
        ("`$\\frac{1$`\n\n```text\n$\\frac{1$\n```\n\nNow $\\frac{1$.", 9, "this TeX"),
        ("One\n\n$$\n\\nosuch{1}\n$$", 6, "this TeX"),
    ],
)
def test_what_cannot_be_read_is_a_fault_with_its_line(
    project: Project, text: str, line: int, says: str
) -> None:
    with pytest.raises(PageError) as caught:
        html_of(project, f"# T\n\n{text}\n", run=False)
    assert (caught.value.path, caught.value.line) == ("docs/page.md", line)
    assert says in str(caught.value)


def test_a_bar_in_a_formula_does_not_split_a_cell(project: Project) -> None:
    html = html_of(project, "# T\n\n| a | b |\n|---|---|\n| $P(a|b)$ | $\\|x\\|$ |\n", run=False)
    assert html.count("<td><math>") == 2
    assert html.count("<td>") == 2
    assert re.search(r"<mo[^>]*>\|</mo>", html)


def test_words_that_look_like_our_tokens_are_words(project: Project) -> None:
    words = "pktoken0xb0x pktoken1xi99x pkblockx99x"
    assert words in html_of(project, f"# T\n\n{words}\n\nA [[Fixture]].\n", run=False)


def test_two_pages_of_one_text_are_told_apart(project: Project) -> None:
    text = "# Soon\n\nSee [@smith2020].\n"
    (project.docs / "part").mkdir()
    for name in ("soon.md", "part/soon.md"):
        (project.docs / name).write_text(text)
    with pytest.raises(PageError, match=r"docs/part/soon.md and docs/soon.md have the same text"):
        markdown.markdown(text, extensions=EXTENSIONS, extension_configs=SETTINGS)


def test_minutes_are_shown_whatever_stands_above_the_title(project: Project) -> None:
    text = "---\nminutes: 5\n---\n\n```text\n# no title\n```\n\n# T\n\nText.\n"
    html = html_of(project, text, run=False)
    assert html.index("<h1") < html.index("5 minutes") < html.index("Text.")
    assert "5 minutes" in html_of(project, "---\nminutes: 5\n---\n\nText.\n", run=False)


def test_a_definition_ends_with_the_pages_that_use_it(project: Project) -> None:
    (project.root / glossary.SOURCE).write_text(GLOSSARY)
    (project.docs / "part").mkdir()
    (project.docs / "part/one.md").write_text("# One\n\nA [[causal\nmask]], a [[causal mask]].\n")
    page = read_page(project.root / glossary.SOURCE, project)
    prose = Prose(page, project, lambda expression, line: "")
    text = "\n".join(prose.text(passage) for passage in page.passages)
    assert text.count("pk-used") == 1
    under = r'\}\)\. <span class="pk-used">Used in \[One\]\(\.\./part/one\.md\)\.</span>\n\n注意'
    assert re.search(under, text), "at the end of the definition"


def test_terms_that_differ_in_signs_have_ids_of_their_own(project: Project) -> None:
    (project.root / glossary.SOURCE).write_text(GLOSSARY)
    terms = glossary.read_glossary(project.root)
    assert len({term.anchor for term in terms.values()}) == len(terms)
    assert terms["注意"].anchor == "term-注意"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("- a\n- b\n", 1, "must hold works by their keys"),
        ("a2020:\n  title: T\na2020:\n  title: U\n", 3, "'a2020' stands twice"),
        ("2020:\n  title: T\n", 1, "must be a word"),
        ("a2020: text\n", 1, "must hold fields"),
        ("a2020:\n  title: T\n  title: U\n", 3, "stands twice"),
        ('a2020:\n  authors: [""]\n  title: T\n  year: 2020\n', 1, "is no name"),
        ("a2020:\n  authors: [A]\n  title: T\n  year: 2020\n  url: javascript:x\n", 1, "https://"),
        ("a2020:\n  authors: [A]\n  title: T\n  year: 2020\n  doi: [1]\n", 1, "doi must be"),
        ("a2020:\n  authors: [A]\n  title: T\n  year: true\n", 1, "needs year"),
    ],
)
def test_a_faulty_bibliography(project: Project, text: str, line: int, says: str) -> None:
    (project.root / bibliography.SOURCE).write_text(text)
    with pytest.raises(PageError, match=says) as caught:
        bibliography.read_bibliography(project.root)
    assert (caught.value.path, caught.value.line) == (bibliography.SOURCE, line)


def test_a_work_that_stands_twice_is_refused(project: Project) -> None:
    work = "s2020:\n  authors: [A B]\n  title: T\n  year: 2020\n"
    (project.root / bibliography.SOURCE).write_text(work * 2)
    with pytest.raises(PageError, match="'s2020' stands twice") as caught:
        bibliography.read_bibliography(project.root)
    assert caught.value.line == 5


@pytest.mark.parametrize(
    ("inside", "sound"),
    [
        ('<a href="page.html"><path d="M0"/></a>', True),
        ('<a xlink:href="https://example.org"><path d="M0"/></a>', True),
        ('<a xlink:href="javascript:alert(1)"><path d="M0"/></a>', False),
        ('<a href=" java&#10;script:alert(1)"><path d="M0"/></a>', False),
        ('<image xlink:href="data:image/png;base64,AA"/>', True),
        ('<image xlink:href="https://example.org/a.png"/>', False),
        ("<path", False),
    ],
)
def test_a_figure_refers_to_nothing_that_runs_or_is_fetched(inside: str, sound: bool) -> None:
    space = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    svg = f'<svg {space} width="10">{inside}</svg>'
    if sound:
        assert 'href="' in inline_svg(svg, "f", "alt")
        return
    with pytest.raises(PageError, match="this block's figure"):
        inline_svg(svg, "f", "alt")


def test_what_a_comment_stands_for_is_where_the_comment_is(project: Project) -> None:
    text = "# T\n\nSee [@smith2020].\n\n!!! note\n    <!-- pagekit:references -->\n\nAfter.\n"
    html = html_of(project, text, run=False)
    [remark] = re.findall(r'<div class="admonition note">.*?</div>', html, re.DOTALL)
    assert 'class="pk-ref"' in remark


def test_a_comment_of_several_lines_stands_for_nothing(project: Project) -> None:
    with pytest.raises(PageError, match="is one line") as caught:
        html_of(project, "# T\n\n<!-- pagekit:references\n-->\n", run=False)
    assert caught.value.line == 3


def prose_of(project: Project, text: str, name: str = "page.md", **lists: str) -> list[str]:
    """What becomes of each passage of a page, a value being shown as its line and expression."""
    page = parse_page(text, project.docs / name, project)
    made = {name: (lambda words, said=said: f"{said} {words}") for name, said in lists.items()}
    prose = Prose(page, project, lambda expression, line: f"<{line}: {expression}>", made)
    return [prose.text(passage) for passage in page.passages]


def test_all_of_a_passage_is_read_in_its_place(project: Project) -> None:
    text = "```python\nx\n```\n\nA [[Fixture]], `{python} x`,\n`{python}\ny` of [@smith2020].\n"
    [_, line] = prose_of(project, text)
    assert re.sub(r"\]\([^)]*\)\{[^}]*\}", "]", line) == (
        "A [Fixture], <5: x>,\n<6: y> of ([Smith, 2020])."
    )


def test_a_comment_that_only_hides_stays_but_for_the_code_in_it(project: Project) -> None:
    assert prose_of(project, "<!--\nText.\n-->\n") == ["<!--\nText.\n-->"]
    assert prose_of(project, "<!--\n```python\nx\n```\n-->\n") == [""]
    assert prose_of(project, "<!-- another: pagekit -->\n") == ["<!-- another: pagekit -->"]


def test_what_stands_for_something_is_indented_as_its_comment_was(project: Project) -> None:
    [text] = prose_of(project, "<!-- pagekit:cards a  b -->\n", cards="some")
    assert text == "\nsome a  b\n"
    item = prose_of(project, "- a\n\n    <!-- pagekit:cards -->\n", cards="some")[-1]
    assert item == "\n    some \n"
    with pytest.raises(PageError, match=r"`pagekit:card` is none of `references`.*`cards`$"):
        prose_of(project, "<!-- pagekit:card -->\n", cards="some")


def test_of_what_cannot_be_read_the_beginning_is_told(project: Project) -> None:
    with pytest.raises(PageError, match=r"`\[\[x{38}` can't be read; write \[\[term\]\]"):
        prose_of(project, f"Text [[{'x' * 80}\n")


def test_the_bibliography_says_who_cites_a_work(project: Project) -> None:
    (project.docs / "part").mkdir()
    for name in ("b", "a"):
        text = f"---\ntitle: Page {name}\n---\n\n[@smith2020] and [@smith2020].\n"
        (project.docs / "part" / f"{name}.md").write_text(text)
    listed = prose_of(project, "<!-- pagekit:bibliography -->\n", "reference/bibliography.md")[0]
    assert "<br>Cited in [Page a](../part/a.md), [Page b](../part/b.md)." in listed


def test_only_the_glossary_itself_gets_ids(project: Project) -> None:
    page = "# Glossary\n\nFixture\n:   Something that a test stands on.\n"
    assert "{: #term-fixture" in "".join(prose_of(project, page, "reference/glossary.md"))
    assert "{: #" not in "".join(prose_of(project, page))
