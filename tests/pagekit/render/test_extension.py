"""What the Markdown extension makes of a page whose blocks have run."""

import re
from html import unescape
from pathlib import Path

import markdown
import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.render.origin import find_page
from pagekit.run.session import run_blocks

EXTENSIONS = [
    "admonition",
    "attr_list",
    "def_list",
    "tables",
    "pymdownx.highlight",
    "pymdownx.superfences",
    "pymdownx.arithmatex",
    "pymdownx.tabbed",
    "pagekit.render.extension",
]
SETTINGS = {
    "pymdownx.highlight": {"pygments_lang_class": True},
    "pymdownx.arithmatex": {"generic": True},
    "pymdownx.tabbed": {"alternate_style": True},
}


def html_of(project: Project, text: str, run: bool = True) -> str:
    path = project.docs / "page.md"
    path.write_text(text, encoding="utf-8")
    if run:
        run_blocks(project, [path], stale_only=True)
    page = find_page(text.partition("---\n\n")[2] or text, project)
    assert page is not None
    return markdown.markdown(page.body, extensions=EXTENSIONS, extension_configs=SETTINGS)


def test_a_cell_is_code_output_figure_and_value(project: Project) -> None:
    html = html_of(
        project,
        "# T\n\n"
        '```python title="one.py" alt="A line." caption="A *line*, $x^2$."\n'
        "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nprint('<1>')\n```\n\n"
        "It is `{python} 6 * 7`.\n",
    )
    assert '<span class="filename">one.py</span>' in html
    assert "<samp>&lt;1&gt;</samp>" in html
    assert html.count("<svg") == 2  # for two widths
    assert '<figcaption>A <em>line</em>, <span class="pk-whole"><math>' in html
    assert '<p>It is <span class="pk-value">42</span>.</p>' in html


def test_what_is_copied_is_a_program_that_runs(project: Project) -> None:
    """The page's script joins the code of the cells that carry the same number."""
    html = html_of(
        project,
        "# T\n\n```python\nx = 'a & \"b\"'\n```\n\n<!--pytest-codeblocks:cont-->\n"
        "```python\nprint(x)\n```\n\n```python\nprint(2)\n```\n",
    )
    first, second, other = re.findall(r'data-chain="(\d+)".*?<code[^>]*>(.*?)</code>', html, re.S)
    assert first[0] == second[0] != other[0]
    codes = [unescape(re.sub(r"<[^>]+>", "", code)) for _, code in (first, second)]
    assert codes == ["x = 'a & \"b\"'\n", "print(x)\n"]
    exec(compile("\n".join(codes), "copy", "exec"), {})
    assert html.count("pk-continues") == 1


@pytest.mark.parametrize(
    ("fence", "inside"),
    [
        ("!!! note\n    ```python\n    print(1)\n    ```", "admonition"),
        ('=== "Tab"\n\n    ~~~py\n    print(1)\n    ~~~', "tabbed-block"),
        ("> ```python\n> print(1)\n> ```", "<blockquote>"),
        ("1. item\n\n    ```python\n    print(1)\n    ```", "<li>"),
    ],
)
def test_cells_stay_where_they_stand(project: Project, fence: str, inside: str) -> None:
    html = html_of(project, f"# T\n\n{fence}\n\nAfter.\n")
    before, _, after = html.partition('<div class="pk-cell" data-run="ok">')
    assert inside in before
    assert "<samp>1</samp>" in after
    assert html.rstrip().endswith("<p>After.</p>")
    assert "pkblock" not in html


def test_a_block_that_must_not_run_says_why(project: Project) -> None:
    html = html_of(
        project, '# T\n\n<!--pytest.mark.skip(reason="needs a GPU")-->\n```python\nx\n```\n'
    )
    assert '<p class="pk-not-run">Not run: needs a GPU</p>' in html


def test_formulas_become_mathml(project: Project) -> None:
    html = html_of(project, "# T\n\nInline $a < b$.\n\n$$\n\\frac{1}{2}\n$$\n", run=False)
    assert "<math><mi>a</mi><mo>&lt;</mo><mi>b</mi></math>" in html
    assert re.search(r'<div class="pk-math[^>]*><math display="block"><mfrac>', html)
    assert "arithmatex" not in html


def test_tables_scroll_within_themselves(project: Project) -> None:
    html = html_of(project, "# T\n\n| a | b |\n|---|---|\n| 1 | $x$ |\n", run=False)
    assert re.search(r'<div class="pk-scroll pk-table" tabindex="0">\s*<table>', html)
    assert "<td><math>" in html


def test_names_in_code_are_left_alone(project: Project) -> None:
    html = html_of(
        project, "# T\n\n`[@nobody]` and `[[nothing]]` and `` `{python} x` ``\n", run=False
    )
    assert "<code>[@nobody]</code> and <code>[[nothing]]</code>" in html
    assert "<code>`{python} x`</code>" in html


def test_citations_terms_and_the_list_of_works(project: Project) -> None:
    html = html_of(
        project,
        "# T\n\nShown [@smith2020, page 3], a [[Fixture|base]].\n\n<!-- pagekit:references -->\n",
        run=False,
    )
    assert 'href="reference/bibliography.md#ref-smith2020"' in html
    assert ">Smith, 2020</a>, page\N{NO-BREAK SPACE}3)" in html
    assert 'title="Something that a test stands on."' in html
    assert "<em>On fixtures</em>" in html


def test_the_page_says_how_long_it_takes(project: Project) -> None:
    text = "---\nminutes: 5\nprerequisites: a pencil\n---\n\n# T\n\nText.\n"
    html = html_of(project, text, run=False)
    assert '<p class="pk-terms">5 minutes · You need a pencil</p>' in html


def convert(text: str) -> str:
    return markdown.markdown(text, extensions=EXTENSIONS, extension_configs=SETTINGS)


def test_a_text_that_is_no_page_is_left_alone(project: Project) -> None:
    assert find_page("# Other\n\nText.\n", project) is None
    assert convert("# Other\n\n*Text*.\n") == "<h1>Other</h1>\n<p><em>Text</em>.</p>"


@pytest.mark.parametrize("ours", ["```python\nx\n```", "A [[fixture]].", "See [@smith2020]."])
def test_a_text_that_is_no_page_must_hold_nothing_of_ours(project: Project, ours: str) -> None:
    with pytest.raises(PageError, match="begins with '# Other"):
        convert(f"# Other\n\n{ours}\n")


def test_lenient_rendering_shows_that_a_block_is_stale(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "# T\n\n```python\nprint(1)\n```\n"
    with pytest.raises(PageError, match=r"docs/page.md:3: .*missing or stale"):
        html_of(project, text, run=False)
    monkeypatch.setenv("PAGEKIT_LENIENT", "1")
    assert "has not run yet" in html_of(project, text, run=False)


def test_of_a_preview_only_its_page_and_the_lists_are_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = [project.docs / "reference" / f"{name}.md" for name in ("bibliography", "glossary")]
    text = "# T\n\n```python\nprint(1)\n```\n\nA [[fixture]].\n"
    for only, shown in (("docs/page.md", True), ("docs/index.md", False)):
        monkeypatch.setenv("PAGEKIT_ONLY", only)
        html = html_of(project, text)
        assert ("<samp>1</samp>" in html, "[[fixture]]" in html) == (shown, not shown)
        assert "print(1)" not in html or shown
        works, terms = (convert(path.read_text()) for path in lists)
        assert 'id="ref-smith2020"' in works
        assert 'id="term-fixture"' in terms


def test_every_page_of_the_course_is_found_by_its_text() -> None:
    course = Project(Path(__file__).resolve().parents[3])
    for path in course.pages():
        body = path.read_text(encoding="utf-8").split("---\n", 2)[-1].lstrip("\n")
        page = find_page(body, course)
        assert page is not None, path
        assert page.path == path
