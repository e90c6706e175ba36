"""A page on its way to HTML: tokens, recorded results, and what is refused of them."""

import re
from typing import Any

import markdown
import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import parse_page
from pagekit.render.rendering import Rendering
from pagekit.run import results
from pagekit.run.results import Result, Segment

TEXT = "# T\n\n```python\nx = 1\n```\n\nIs `{python} x`,\nnot `{python} x + 1`.\n"


@pytest.fixture
def rendering(project: Project, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("PAGEKIT_LENIENT", raising=False)

    def rendering(text: str = TEXT, **result: Any) -> Rendering:
        page = parse_page(text, project.docs / "page.md", project)
        for chain in page.chains if result else ():
            results.save(Result(**result), page, chain, project)
        return Rendering(page, project, markdown.Markdown(extensions=["pymdownx.highlight"]))

    return rendering


GOOD = {"segments": [Segment("one\n")], "values": {"x": "1", "x + 1": "<2>"}}


def test_values_are_those_of_their_line(rendering: Any) -> None:
    made = rendering(**GOOD)
    assert made.value_of("x", 7) == "1" and made.value_of("x + 1", 8) == "<2>"
    for expression, line in (("x", 8), ("y", 7)):
        with pytest.raises(PageError, match=f"no block computes `{expression}`") as caught:
            made.value_of(expression, line)
        assert (caught.value.path, caught.value.line) == ("docs/page.md", line)


def test_a_block_of_code_is_reached_by_key_whether_it_runs_or_not(rendering: Any) -> None:
    made = rendering(f"{TEXT}\n    indented\n\nAnd `--inline`.\n", **GOOD)
    html = made.html(markdown.markdown("\n".join(made.lines())))
    blocks = re.findall(r"<pre[^>]*>(?:<span></span>)?<code[^>]*>", html)
    assert len(blocks) == 2, "a cell's and an indented one"
    assert all('tabindex="0"' in block for block in blocks)
    assert "tabindex" not in html.partition("And ")[2]


def test_the_page_has_tokens_and_its_html_what_they_stand_for(rendering: Any) -> None:
    made = rendering(**GOOD)
    text = "\n".join(made.lines())
    assert made.blocks[0].startswith('<div class="pk-cell" data-run="ok">')
    assert f"{made.token}b0x" in text and "```" not in text and "{python}" not in text
    html = made.html(markdown.markdown(text))
    assert '<p>Is <span class="pk-value">1</span>,\nnot <span' in html
    assert '<span class="pk-value">&lt;2&gt;</span>' in html
    assert "<p><div" not in html and made.token not in html


def test_many_tokens_are_told_apart(rendering: Any) -> None:
    made = rendering("# T\n")
    tokens = [made.inline(f"<{n}>") for n in range(12)]
    blocks = [made.block(f"[{n}]") for n in range(12)]
    assert made.html(" ".join(tokens)) == " ".join(f"<{n}>" for n in range(12))
    assert made.html(f"<p>{blocks[11]}</p>a {blocks[1]}") == "[11]a [1]"


def test_a_token_is_a_word_that_the_page_lacks(rendering: Any) -> None:
    assert rendering("# T\n").token == "pktoken0x"
    assert rendering("# T\n\npktoken0x and pktoken1x\n").token == "pktoken2x"


def test_without_a_result_nothing_is_shown_but_in_a_preview(
    rendering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PageError, match="missing or stale") as caught:
        rendering().lines()
    assert (caught.value.path, caught.value.line) == ("docs/page.md", 3)
    monkeypatch.setenv("PAGEKIT_LENIENT", "1")
    made = rendering()
    html = made.html("\n".join(made.lines()))
    assert '<span class="pk-value">…</span>' in html and 'data-run="not-run"' in html


def test_a_block_that_is_not_to_run_needs_no_result(rendering: Any) -> None:
    made = rendering('# T\n\n<!--pytest.mark.skip(reason="slow")-->\n```python\nx\n```\n')
    made.lines()
    assert "Not run: slow" in made.blocks[0]


@pytest.mark.parametrize(
    "result",
    [
        {**GOOD, "values": {"x": "1"}},
        {**GOOD, "values": {"x": "1", "x + 1": 2}},
        {**GOOD, "segments": [Segment(None)]},  # type: ignore[arg-type]
        {**GOOD, "segments": [Segment("", [3])]},  # type: ignore[list-item]
    ],
)
def test_a_result_that_lacks_something_is_damaged(
    rendering: Any, project: Project, result: dict[str, Any]
) -> None:
    with pytest.raises(PageError, match=r"is damaged; remove build/results/page/\w+\.json") as c:
        rendering(**result).lines()
    assert c.value.line == 3


def test_a_recorded_figure_needs_its_description(rendering: Any) -> None:
    segment = Segment("", ["<svg xmlns='http://www.w3.org/2000/svg'/>"])
    with pytest.raises(PageError, match="without alt text") as caught:
        rendering("# T\n\n```python\nx\n```\n", segments=[segment], values={}).lines()
    assert (caught.value.path, caught.value.line) == ("docs/page.md", 3)
    bad = Segment("", ["no svg"])
    with pytest.raises(PageError, match="is no SVG") as caught:
        rendering('\n```python alt="a"\nx\n```\n', segments=[bad], values={}).lines()
    assert (caught.value.path, caught.value.line) == ("docs/page.md", 2)


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("minutes: 5", "5 minutes"),
        ("prerequisites: a pencil", "You need a pencil"),
        ("minutes: 5\nprerequisites: [a, b]", "5 minutes · You need a and b"),
    ],
)
def test_what_reading_takes_stands_under_the_title(rendering: Any, front: str, said: str) -> None:
    lines = rendering(f"---\n{front}\n---\n\nOne.\n\n# T\n\nText.\n").lines()
    place = lines.index(said)
    assert lines[place - 2] == "# T" and lines[place + 1] == "{: .pk-terms }"
    lines = rendering(f"---\n{front}\n---\n\nText.\n").lines()
    assert lines[:3] == [said, "{: .pk-terms }", ""]
    assert rendering("# T\n\nText.\n").lines().count("") >= 1


def test_a_shown_fence_holds_what_it_includes_and_no_include(
    rendering: Any, project: Project
) -> None:
    (project.root / "part.txt").write_text('  --8<-- "x"\n-8<- y\na\n')
    made = rendering('# T\n\n> ```text title="a"\n> --8<-- "part.txt"\n> ```\n')
    assert made.lines()[-5:] == [
        '> ```text title="a"',
        '>   ;--8<-- "x"',
        "> ;-8<- y",
        "> a",
        "> ```",
    ]


def test_a_cell_stands_where_its_fence_stood(rendering: Any) -> None:
    made = rendering("# T\n\n> a\n>\n> ```python\n> x\n> ```\n", segments=[Segment()], values={})
    lines = made.lines()
    place = lines.index(f"> {made.token}b0x")
    assert (lines[place - 1], lines[place + 1]) == (">", ">")


def test_a_bar_in_a_formula_splits_no_cell_and_comes_back(rendering: Any) -> None:
    made = rendering("# T\n\n| a |\n|---|\n| $b|c$ |\n\nIs $d|e$.\n")
    text = "\n".join(made.lines())
    assert "$b|c$" not in text and "$d|e$" in text
    assert made.html(text).count("|c$") == 1


def test_a_diagram_at_fault_names_its_line(rendering: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PageError, match="has no accTitle") as caught:
        rendering("# T\n\n```mermaid\nflowchart LR\n```\n").lines()
    assert (caught.value.path, caught.value.line) == ("docs/page.md", 3)


def test_what_a_reader_needs_is_a_list_in_words(rendering: Any) -> None:
    front = "---\nminutes: 5\nprerequisites: [a, b, c]\n---\n\n# T\n"
    made = rendering(front)
    assert "5 minutes · You need a, b and c" in made.lines()
    told = Rendering(made.page, made.project, made.md, {"prerequisites": ["a lab"]}).lines()
    assert "You need a lab" in told, "what is said of a lab goes before"
    assert not any("minutes" in line for line in told)


def test_a_chapter_has_its_number(rendering: Any, project: Project) -> None:
    settings = project.root / "mkdocs.yml"
    settings.write_text(f"{settings.read_text()}\nnav: [a/one.md, a/two.md, a/six.md]\n")
    (project.docs / "a").mkdir()
    made = rendering("# T\n\nText.\n")
    chapter = parse_page("# T\n\nText.\n", project.docs / "a/two.md", project)
    lines = Rendering(chapter, project, made.md).lines()
    assert lines[:5] == ["# T", "", "Chapter 2 of 3 · 5 minutes", "{: .pk-terms }", ""]
    assert "{: .pk-terms }" not in made.lines()


def test_a_comment_is_given_its_words_and_what_is_being_rendered(rendering: Any) -> None:
    made = rendering("# T\n\n<!-- pagekit:cards  of all -->\n")
    given: list[tuple[str, Rendering]] = []

    def cards(words: str, of: Rendering) -> str:
        given.append((words, of))
        return "Some *cards*."

    other = Rendering(made.page, made.project, made.md, lists={"cards": cards})
    assert "Some *cards*." in other.lines()
    assert given == [("of all", other)]
    with pytest.raises(PageError, match="`pagekit:cards  of all` is none of"):
        made.lines()


def test_figures_of_a_page_have_ids_of_their_own(rendering: Any) -> None:
    shape = '<path id="a" d="M0"/><use href="#a"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{shape}</svg>'
    block = '```python alt="a"\nx\n```\n'
    made = rendering(f"# T\n\n{block}\n{block}", segments=[Segment("", [svg, svg])], values={})
    made.lines()
    ids = re.findall(r' id="([^"]+)"', "".join(made.blocks))
    assert len(made.blocks) == 2 and len(ids) == len(set(ids)) == 4


def test_a_line_of_a_diagram_is_told_as_a_line_of_the_page(
    rendering: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(source: str, folder: object, key: str) -> str:
        raise PageError(f"no {key}", line=2)

    monkeypatch.setattr("pagekit.render.rendering.drawing.render", render)
    with pytest.raises(PageError, match=r"^docs/page\.md:5: no 0$"):
        rendering("# T\n\n```mermaid\na\nb\n```\n").lines()


def test_a_damaged_drawing_for_phones_is_damage_too(rendering: Any) -> None:
    bad = Segment("", ["<svg/>"], [3])  # type: ignore[list-item]
    with pytest.raises(PageError, match="is damaged"):
        rendering('# T\n\n```python alt="a"\nx\n```\n', segments=[bad], values={}).lines()


def test_a_result_is_read_once(rendering: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = rendering(**GOOD)
    [chain] = made.page.chains
    first = made.result_of(chain)
    monkeypatch.setattr(results, "load", lambda *_: pytest.fail("it is known"))
    assert made.result_of(chain) is first is not None
