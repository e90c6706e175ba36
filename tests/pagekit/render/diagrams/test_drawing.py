"""Diagrams: fit to stand inline, many to a page, in both schemes, readable without eyes."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pagekit.project import Project
from pagekit.render.diagrams import drawing
from pagekit.render.diagrams.drawing import DiagramError, kept, render
from pagekit.render.diagrams.svg import inline_svg
from pagekit.render.diagrams.theme import COLOURS, INK, PAPER
from pagekit.run.session import run_blocks
from tests.pagekit.conftest import REPOSITORY

CSS = Path(__file__).resolve().parents[4] / "docs/assets/css/diagrams.css"
TEXT = (
    "    accTitle: From text to <logits>\n    accDescr {\n      Ids, then\n      blocks.\n    }\n"
)
BODIES = {
    "flowchart": "flowchart LR\n{}    A[ids] -- yes --> B(block):::accent\n    B -.-> A\n",
    "sequence": "sequenceDiagram\n{}    autonumber\n    A->>B: ids\n    Note over A,B: once\n",
    "gantt": "gantt\n{}    dateFormat YYYY-MM-DD\n    section S\n    One :done, 2026-01-01, 3d\n",
    "timeline": "timeline\n{}    2017 : Transformer\n    2018 : GPT : BERT\n",
    "mindmap": "mindmap\n{}  root((LLMs))\n    Attention\n    Training\n",
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    cache = tmp_path_factory.mktemp("diagrams")
    return {kind: render(body.format(TEXT), cache) for kind, body in BODIES.items()}


def svg_of(html: str) -> ET.Element:
    return ET.fromstring(html[html.index("<svg") : html.index("</svg>") + len("</svg>")])


@pytest.mark.parametrize("kind", BODIES)
def test_it_has_a_name_and_a_description(drawn: dict[str, str], kind: str) -> None:
    svg = svg_of(drawn[kind])
    texts = {element.get("id"): element.text for element in svg.iter()}
    assert svg.get("role") == "img"
    assert texts[svg.get("aria-labelledby")] == "From text to <logits>"
    assert texts[svg.get("aria-describedby")] == "Ids, then blocks."
    if "pk-scroll" in drawn[kind]:  # what can be scrolled can be reached by key, and has a name
        assert 'aria-label="Diagram: From text to &lt;logits&gt;"' in drawn[kind]


@pytest.mark.parametrize("kind", BODIES)
def test_it_asks_for_nothing_and_runs_nothing(drawn: dict[str, str], kind: str) -> None:
    assert not re.search(r"<script|<image|@import|@font-face|https?:|\son\w+=", drawn[kind])
    assert "\n" not in drawn[kind]  # an empty line would end a block of HTML in Markdown


@pytest.mark.parametrize("kind", BODIES)
def test_every_colour_has_a_dark_twin(drawn: dict[str, str], kind: str) -> None:
    bare = re.sub(r"var\(--fig-([0-9a-f]{6}), #\1\)", "", drawn[kind])
    bare = re.sub(r':where\([^)]*\)|\s(?:fill|stroke)="[^"]*"', "", bare)  # under the rules
    bare = re.sub(r"#pk-[\w-]+", "", bare)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", bare)
    assert set(re.findall(r"--fig-([0-9a-f]{6})", drawn[kind])) <= {c[1:] for c in COLOURS}
    assert "currentColor" in drawn[kind]


def test_the_css_names_every_colour_and_no_other() -> None:
    named = {f"#{digits}" for digits in re.findall(r"--fig-([0-9a-f]{6})\s*:", CSS.read_text())}
    assert named == COLOURS - {INK}
    assert PAPER in named


def test_ids_of_two_diagrams_differ_and_every_reference_resolves(drawn: dict[str, str]) -> None:
    seen: set[str] = set()
    for html in drawn.values():
        identifiers = re.findall(r'\sid="([^"]*)"', html)
        assert len(set(identifiers)) == len(identifiers)
        assert seen.isdisjoint(identifiers)
        seen.update(identifiers)
        assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(identifiers)
        assert "my-svg" not in html


def test_equal_diagrams_on_one_page_are_told_apart(tmp_path: Path) -> None:
    source = BODIES["mindmap"].format(TEXT)
    one, other = (set(re.findall(r'\sid="([^"]*)"', render(source, tmp_path, k))) for k in "ab")
    assert one and one.isdisjoint(other)


def test_a_gantt_does_not_depend_on_the_day(drawn: dict[str, str]) -> None:
    assert 'class="today"' not in drawn["gantt"]


def test_it_is_drawn_once_and_a_damaged_copy_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    raw = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><g id="my-svg-a"/></svg>'

    def draw(source: str) -> str:
        calls.append(source)
        return raw

    monkeypatch.setattr(drawing, "_draw", draw)
    source = BODIES["flowchart"].format(TEXT)
    first = render(source, tmp_path)
    assert render(source, tmp_path) == first
    assert len(calls) == 1
    for damage in (b"", b"half of", b"\xff\xfe"):
        next(tmp_path.iterdir()).write_bytes(damage)
        assert render(source, tmp_path) == first
    assert len(calls) == 4
    assert [path.suffix for path in tmp_path.iterdir()] == [".svg"]


def test_diagrams_are_drawn_while_blocks_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They begin first, since they take long: one core alone has drawn them before it runs any."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("PAGEKIT_WORKERS", "1")
    good, bad = BODIES["gantt"].format(TEXT), f"flowchart LR\n{TEXT}    A -- B[[\n"
    block = f"import os\nassert os.listdir({str(project.diagrams)!r})"
    (project.docs / "index.md").write_text(
        f'# T\n\n```python timeout="500"\n{block}\n```\n\n```mermaid\n{good}```\n\n'
        f"```mermaid\n{bad}```\n"
    )
    assert run_blocks(project, stale_only=True, beside=("pagekit.render.diagrams.ahead",)) == 2
    render(good, elsewhere := project.build / "elsewhere")
    there = {path.name for path in project.diagrams.iterdir()}
    assert there == {path.name for path in elsewhere.iterdir()}, "the good one, for each width"
    assert kept(good, project.diagrams).name in there
    monkeypatch.setattr(drawing, "_draw", pytest.fail)
    assert "<svg" in render(good, project.diagrams)


@pytest.mark.parametrize("missing", ["accTitle", "accDescr"])
def test_without_words_for_it_it_is_refused(tmp_path: Path, missing: str) -> None:
    given = {"accTitle": "    accTitle: a\n", "accDescr": "    accDescr: b\n"}
    del given[missing]
    with pytest.raises(DiagramError, match=f"no {missing}: add a line"):
        render(BODIES["flowchart"].format(*given.values()), tmp_path)


@pytest.mark.parametrize(
    ("source", "line", "says"),
    [
        ("sequenceDiagram\n{}%% a comment\n\n    A->>B: x\n    A->>\n    B->>A: y\n", 10, "got"),
        ("no such kind\n{}", None, "No diagram type"),
        ("", None, "empty"),
    ],
)
def test_mermaids_own_message_and_the_line(
    tmp_path: Path, source: str, line: int | None, says: str
) -> None:
    with pytest.raises(DiagramError, match=says) as caught:
        render(source.format(TEXT), tmp_path)
    assert caught.value.line == line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ('<a href="https://example.org"/>', "relative link"),
        ("<script>1</script>", "<script>"),
        ('<path style="fill: #123456"/>', "#123456.*:::accent"),
    ],
)
def test_what_may_not_reach_a_page(inside: str, says: str) -> None:
    raw = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{inside}</svg>'
    with pytest.raises(DiagramError, match=says):
        inline_svg(raw, "p", "title", "description")


def test_attributes_of_scripts_go() -> None:
    raw = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">'
        '<g id="a" data-look="neo" onclick="go()" opacity="1">'
        '<path onload="go()" d="M0 0"/></g></svg>'
    )
    root = svg_of(inline_svg(raw, "p", "title", "description"))
    left = {name for element in root.iter() for name in element.attrib}
    assert {"opacity", "d", "id"} <= left
    assert not {name for name in left if name.startswith(("data-", "on"))}


def test_it_is_as_large_as_drawn_at_most_and_says_its_width() -> None:
    raw = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200" class="flowchart">'
        "<title>old</title><desc>old</desc></svg>"
    )
    root = svg_of(inline_svg(raw, "p", "new", "described"))
    assert (root.get("width"), root.get("height")) == ("400", "200")
    assert root.get("viewBox") == "0 0 400 200"
    assert root.get("class") == "flowchart"
    assert root.get("role") == "img"
    style = root.get("style", "")
    assert "max-width:400px" in style and "--pk-w:400px" in style and "min-width" not in style
    assert [element.text for element in root][:2] == ["new", "described"]
    linked = raw.replace("<title>", '<a href="page.html"/><title>')
    assert svg_of(inline_svg(linked, "p", "t", "d")).get("role") == "group"


def test_what_nothing_refers_to_and_second_ids_are_left_out() -> None:
    raw = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><defs>'
        '<marker id="used"/><marker id="used-not"/><marker id="used"/></defs>'
        '<path id="twice" marker-end="url(#used)"/><path id="twice"/></svg>'
    )
    root = svg_of(inline_svg(raw, "p", "t", "d"))
    assert [e.get("id") for e in root.iter() if e.tag.endswith("marker")] == ["p-used"]
    paths = [e for e in root.iter() if e.tag.endswith("path")]
    assert [e.get("id") is None for e in paths] == [False, True]
    assert paths[0].get("marker-end") == "url(#p-used)"
