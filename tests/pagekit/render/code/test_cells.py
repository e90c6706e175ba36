"""A cell: its code with its settings, what it printed and drew, and why it did not run."""

import re
from typing import Any

import markdown
import pytest

from pagekit.project import Project
from pagekit.read.blocks import Chain, parse_page
from pagekit.render import faults
from pagekit.render.code.cells import CONTINUES, STALE, WIDTH, cell_html
from pagekit.run.results import Segment

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt"><g id="a"/></svg>'


@pytest.fixture
def chain(project: Project) -> Any:
    def chain(text: str) -> Chain:
        return parse_page(text, project.docs / "page.md", project).chains[0]

    return chain


def shown(chain: Chain, segment: Segment | None, number: int = 0, **settings: Any) -> str:
    md = markdown.Markdown(
        extensions=["pymdownx.highlight"], extension_configs={"pymdownx.highlight": settings}
    )
    return cell_html(md, chain.fences[number], chain, segment, "fig-7")


def test_code_is_highlighted_in_its_language(chain) -> None:
    html = shown(chain("\n```py\nx = None  # why\n\n\n```\n"), Segment())
    assert '<div class="pk-cell" data-run="ok">' in html
    assert 'data-chain="2"' in html
    assert "language-python" in html
    assert '<span class="c1"># why</span>' in html
    assert '<span class="n">' not in html  # names have the colour of the text
    assert re.sub(r"<[^>]*>", "", html).strip("\n") == "x = None  # why"
    assert "pk-output" not in html and "pk-continues" not in html and "pk-not-run" not in html
    assert "language-bash" in shown(chain("```sh\nls\n```\n"), Segment())


def test_options_of_a_fence_are_shown(chain) -> None:
    html = shown(
        chain('```python title="one.py" linenums="5"\n\nx = 1\ny = 2  # (!)\n```\n'), Segment()
    )
    assert '<span class="filename">one.py</span>' in html
    (marked,) = re.findall(r'<span class="hll">(.*?)\n', html)
    assert re.sub(r"<[^>]*>", "", marked) == "y = 2"
    assert re.search(r">\s*5\b.*?>\s*6\b", html, re.S)
    long = shown(chain('```python title="parts/a_part.py"\nx = 1\n```\n'), Segment())
    assert '<span class="filename">parts/<wbr>a_<wbr>part.py</span>' in long, "may break there"
    plain = shown(chain("```python\nx = 1\n```\n"), Segment())
    assert "filename" not in plain and "hll" not in plain and "linenos" not in plain


def test_settings_of_the_site_are_heeded(chain) -> None:
    html = shown(
        chain("```python\nx = 1\ny = 2\n```\n"),
        Segment(),
        anchor_linenums=True,
        line_spans="__span",
        css_class="theirs",
    )
    assert 'id="__span-0-1"' in html and 'id="__span-0-2"' in html
    assert "theirs" not in html


def test_what_was_printed_is_shown_as_it_is(chain) -> None:
    html = shown(chain("```python\nx\n```\n"), Segment('  a <b> "c"\n\n'))
    assert '<span class="pk-output__label">Output</span>' in html
    assert '<samp>  a &lt;b&gt; "c"</samp>' in html
    assert "pk-output" not in shown(chain("```python\nx\n```\n"), Segment("\n\n"))


@pytest.mark.parametrize(
    ("printed", "columns"),
    [
        ("one      1.0\nthree    3.0", True),
        ("one      1.0\nthree and no column", False),
        ("two words\nand three more", False),
        ("··l·t·\n·ll·t·\nelly t", True),  # each letter below the one that it was
        ("·ll·t·\nelly t", False),
        (f"one      1.0\nthree    3.0{'0' * 100}", False),  # which is cut even on a desktop
    ],
)
def test_what_stands_under_one_another_stays_so(chain, printed: str, columns: bool) -> None:
    html = shown(chain("```python\nx\n```\n"), Segment(printed))
    assert ("data-columns" in html) is columns


def test_the_caption_stands_under_the_last_figure(chain) -> None:
    fence = '```python alt="Two lines." caption="*A*, $x$"\nx\n```\n'
    html = shown(chain(fence), Segment("", [SVG, SVG]))
    assert html.count("<svg") == 2 and html.count('aria-label="Two lines."') == 4
    assert html.count("<figcaption>") == 1
    assert html.index("<figcaption>") > html.rindex("<svg")
    assert '<figcaption><em>A</em>, <span class="arithmatex">\\(x\\)</span></figcaption>' in html
    assert "figcaption" not in shown(chain('```python alt="A"\nx\n```\n'), Segment("", [SVG]))


def test_a_cell_that_goes_on_says_so(chain) -> None:
    found = chain("```python\nx\n```\n<!--pytest-codeblocks:cont-->\n```python\ny\n```\n")
    assert CONTINUES not in shown(found, Segment(), 0)
    assert CONTINUES in shown(found, Segment(), 1)
    assert 'data-chain="1"' in shown(found, Segment(), 1)


def test_a_cell_that_did_not_run_says_why(chain) -> None:
    skipped = chain('<!--pytest.mark.skip(reason="needs <GPU>")-->\n```python\nx\n```\n')
    assert '<p class="pk-not-run">Not run: needs &lt;GPU&gt;</p>' in shown(skipped, None)
    found = chain("```python\nx\n```\n\nIs `{python} x`.\n")
    assert 'data-run="not-run"' in shown(found, None)
    assert f"Not run: {STALE}" in shown(found, None)
    faults.note(found, "docs/page.md:1: it fails")
    assert "Not run: docs/page.md:1: it fails" in shown(found, None)
    other = chain("```python\nx\n```\n\nIs `{python} x + 1`.\n")
    assert faults.why(other) is None, "another value is asked of it"
    faults.forget(found)
    faults.forget(found)
    assert faults.why(found) is None


def test_a_page_with_faults_lists_them() -> None:
    html = faults.fault_html("docs/a.md:1: <b>\ndocs/a.md:2: c")
    assert "<h1>This page has a fault</h1>" in html
    assert html.count("<li>") == 2 and "<code>docs/a.md:1: &lt;b&gt;</code>" in html


def test_lines_of_two_cells_of_a_page_have_ids_of_their_own(chain) -> None:
    settings = {"pymdownx.highlight": {"anchor_linenums": True, "line_spans": "__span"}}
    md = markdown.Markdown(extensions=["pymdownx.highlight"], extension_configs=settings)
    found = chain("```python\nx = 1\n```\n")
    html = "".join(cell_html(md, found.fences[0], found, Segment(), "f") for _ in range(3))
    ids = re.findall(r'id="__span-(\d+)-1"', html)
    assert len(set(ids)) == 3


def test_a_cell_that_only_draws_shows_its_figure_first(chain) -> None:
    """The code, and what it printed, stand below; what continues a block says so at its code."""
    found = chain('```python title="A line" alt="A"\nx = 1\ny = 2\n```\n')
    html = shown(found, Segment("out\n", [SVG]))
    places = [html.index(part) for part in ("<svg", "pk-output", "pk-bar", "<pre><span>")]
    assert places == sorted(places)
    assert 'aria-label="A line · 2 lines of code"' in html
    assert 'aria-label="1 line of code"' in shown(
        chain('```python alt="A"\nx\n```\n'), Segment("", [SVG])
    )
    assert "pk-bar" not in shown(found, None) and "pk-bar" not in shown(found, Segment("out\n"))


def test_a_cell_that_shows_a_part_of_a_snippet_shows_it_first(chain, project: Project) -> None:
    (project.root / "sums.py").write_text("def add(a, b):\n    return a + b\n")
    found = chain('```python alt="A"\n--8<-- "sums.py:add"\nx = 1\n```\n')
    html = shown(found, Segment("out\n", [SVG]))
    places = [html.index(part) for part in ("<pre><span>", "pk-output", "<svg")]
    assert places == sorted(places) and "pk-bar" not in html


def test_a_listing_says_how_high_it_is_with_its_folds_closed_and_open(chain) -> None:
    code = 'import a\nimport b\nimport c\n\ndef f():\n    """A.\n\n    B.\n    """\n'
    html = shown(chain(f"```python\n{code}```\n"), Segment())
    assert "--pk-lines: 9; --pk-shown: 5" in html and html.count("pk-folded") == 2
    assert "--pk-lines: 2; --pk-shown: 2" in shown(chain("```sh\nls\npwd\n```\n"), Segment())


@pytest.mark.parametrize(("longest", "columns"), [(WIDTH, True), (WIDTH + 1, False)])
def test_columns_are_no_wider_than_a_desktop(chain, longest: int, columns: bool) -> None:
    printed = f"a  b\n{'c':<{longest - 1}}d"
    assert ("data-columns" in shown(chain("```python\nx\n```\n"), Segment(printed))) is columns


def test_a_figure_may_have_a_drawing_for_phones(chain) -> None:
    phone = SVG.replace("9pt", "6pt")
    html = shown(chain('```python alt="A" caption="C"\nx\n```\n'), Segment("", [SVG, SVG], [phone]))
    first, second = html.split("<figure")[1:]
    assert 'class="pk-for-phone"' in first and "pk-for-phone" not in second
    assert "width: 8px" in first and "width: 8px" not in second
    assert "figcaption" not in first and "<figcaption>C</figcaption>" in second


def test_the_comment_that_a_copy_begins_with_is_told(chain) -> None:
    md = markdown.Markdown(extensions=["pymdownx.highlight"])
    found = chain("```python\nx = 1\n```\n")
    html = cell_html(md, found.fences[0], found, Segment(), "f", '# pip install "a"')
    assert ' data-first="# pip install &quot;a&quot;"' in html
    assert "data-first" not in shown(found, Segment())
