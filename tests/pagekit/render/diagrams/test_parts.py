"""Parts of a diagram without its engine: colours, texts for those who don't see, the SVG itself."""

import math
import re
import xml.etree.ElementTree as ET
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest

from pagekit.project import Project
from pagekit.render.diagrams import ahead, drawing
from pagekit.render.diagrams.colours import DiagramError, recolour
from pagekit.render.diagrams.drawing import kept, render
from pagekit.render.diagrams.svg import inline_svg
from pagekit.render.diagrams.theme import COLOURS, CONFIG, EDGES, FILLS, INK, LINE, PAPER

NAMED = "flowchart LR\n    accTitle: T\n    accDescr: D\n    A --> B\n"


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        (f"fill:{INK.upper()};", "fill:currentColor;"),
        ("fill:#000;stroke: #333333", "fill:currentColor;stroke: currentColor"),
        ("color:black;", "color:currentColor;"),
        ("fill:#999", f"fill:var(--fig-{LINE[1:]}, {LINE})"),
        ("fill: white !important", f"fill: var(--fig-{PAPER[1:]}, {PAPER}) !important"),
        (f"fill:{FILLS['good']}", f"fill:var(--fig-{FILLS['good'][1:]}, {FILLS['good']})"),
        ("fill:rgb(92, 104, 119)", f"fill:var(--fig-{LINE[1:]}, {LINE})"),
        ("fill:rgb(91.6, 104.4, 119)", f"fill:var(--fig-{LINE[1:]}, {LINE})"),
        ("fill:rgba(1, 2, 3, 0.5)", "fill:rgba(1, 2, 3, 0.5)"),
        ("fill:rgb(1 2 3 / 50%)", "fill:rgb(1 2 3 / 50%)"),
        ("class:blackboard", "class:blackboard"),
        ("#id-1{fill:none}", "#id-1{fill:none}"),
    ],
)
def test_each_colour_becomes_its_variable(css: str, expected: str) -> None:
    assert recolour(css) == expected


@pytest.mark.parametrize(
    ("shade", "nearest"),
    [
        ("hsl(0, 0%, 100%)", PAPER),
        ("hsl(360, 0%, 99.9%)", PAPER),
        ("hsl(213.3, 28.6%, 15%)", INK),
        ("hsl(150, 47.8%, 33%)", EDGES["good"]),
        ("hsl(-210, 47.8%, 33%)", EDGES["good"]),
        ("hsl(34.8, 73.2%, 38%)", EDGES["accent"]),
    ],
)
def test_a_shade_becomes_the_nearest_of_our_colours(shade: str, nearest: str) -> None:
    expected = "currentColor" if nearest == INK else f"var(--fig-{nearest[1:]}, {nearest})"
    assert recolour(f"fill:{shade}") == f"fill:{expected}"


def test_the_nearest_colour_is_that_of_what_css_makes_of_a_shade() -> None:
    def reference(hue: float, saturation: float, light: float) -> str:
        """As CSS Color 4, section 7.1, has it."""
        turns = [(n + hue / 30) % 12 for n in (0, 8, 4)]
        most = saturation * min(light, 1 - light)
        shade = [light - most * max(-1, min(k - 3, 9 - k, 1)) for k in turns]
        return min(sorted(COLOURS), key=lambda colour: math.dist(_parts(colour), shade))

    for hue, saturation, light in product(range(0, 360, 7), range(3, 100, 8), range(3, 100, 4)):
        nearest = reference(hue, saturation / 100, light / 100)
        expected = "currentColor" if nearest == INK else f"var(--fig-{nearest[1:]}, {nearest})"
        assert recolour(f"fill:hsl({hue}, {saturation}%, {light}%)") == f"fill:{expected}"


def _parts(colour: str) -> list[float]:
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


@pytest.mark.parametrize("colour", ["#123456", "#abc", "rgb(1, 2, 3)"])
def test_a_colour_without_a_twin_is_refused(colour: str) -> None:
    with pytest.raises(DiagramError, match="has no dark twin"):
        recolour(f"fill:{colour}")


def test_mermaid_is_told_our_colours_only() -> None:
    variables = CONFIG["themeVariables"]
    assert isinstance(variables, dict)
    used = {v for v in variables.values() if isinstance(v, str) and v.startswith("#")}
    assert used <= COLOURS
    for index in range(12):
        assert variables[f"cScale{index}"] == list(FILLS.values())[index % 4]
        assert variables[f"cScalePeer{index}"] == list(EDGES.values())[index % 4]
        assert variables[f"cScaleInv{index}"] == list(EDGES.values())[index % 4]
    assert "cScale12" not in variables
    assert variables["darkMode"] is False


@pytest.mark.parametrize(
    ("text", "title", "description"),
    [
        ("accTitle: T\naccDescr: D e", "T", "D e"),
        ("  accTitle :  T  \n  accDescr {\n  D\n  e }", "T", "D e"),
    ],
)
def test_what_a_diagram_says_to_those_who_do_not_see_it(
    text: str, title: str, description: str
) -> None:
    assert drawing._accessible(f"flowchart LR\n{text}\n    A --> B\n") == (title, description)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (" \n", "the diagram is empty"),
        ("flowchart LR\naccDescr: D\n", "has no accTitle"),
        ("flowchart LR\naccTitle:\naccDescr: D\n", "has no accTitle"),
        ("flowchart LR\naccTitle: T\n", "has no accDescr"),
        ("flowchart LR\naccTitle: T\naccDescr { }\n", "has no accDescr"),
    ],
)
def test_a_diagram_nobody_described_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DiagramError, match=says):
        render(text, tmp_path)


def test_mermaid_gets_what_it_can_read_and_lines_keep_their_numbers() -> None:
    source = "mindmap\n    accTitle: T\n    accDescr {\n    D\n    }\n\n  %% no\n  root\n    a\n"
    assert drawing._bare(source) == ("mindmap\n  root\n    a", [1, 8, 9])
    assert drawing._bare("%%{init: {}}%%\na")[0] == "%%{init: {}}%%\na"


def test_where_a_drawing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = kept("a", tmp_path)
    assert path.parent == tmp_path and path.suffix == ".svg"
    assert kept("a", tmp_path) == path != kept("b", tmp_path)
    monkeypatch.setattr(drawing, "version", lambda name: f"{name} 99")
    assert kept("a", tmp_path) != path


def test_only_what_is_missing_is_drawn(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.docs / "page.md").write_text(f"# T\n\n```mermaid\n{NAMED}```\n\n```text\nx\n```\n")
    (project.docs / "bad.md").write_text("```mermaid\n")
    assert ahead.missing(project) == [NAMED]
    monkeypatch.setattr(drawing, "_draw", lambda source: "<svg/>")
    assert drawing.drawn(NAMED, project.diagrams) == "<svg/>"
    assert ahead.missing(project) == []
    monkeypatch.setattr(ahead, "drawn", lambda *_: pytest.fail("it is there"))
    ahead.main()


SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 id="my-svg" viewBox="0 0 40.4 20.6" class="flow" width="1" onclick="x()" data-a="b">
<title>theirs</title><style>#my-svg .used{fill:#333;filter:brightness(2)} .unused{fill:red}
@keyframes dash{to{stroke:red}} #my-svg .gone, #my-svg .used{stroke:#999}</style>
<marker id="my-svg-a"/><marker id="my-svg-b"/>
<g class="used" id="my-svg-g" aria-labelledby="my-svg-g other" data-x="1">
<path style="fill:#000" marker-end="url(#my-svg-a)" fill="#666"/></g>
<g id="my-svg-g" style="stroke:black"/></svg>"""


@pytest.fixture
def drawn() -> ET.Element:
    return ET.fromstring(inline_svg(SVG, "pk-1", "A title", "A <text>"))


def test_the_root_has_a_name_a_size_and_nothing_that_runs(drawn: ET.Element) -> None:
    assert drawn.attrib == {
        "id": "pk-1",
        "viewBox": "0 0 40.4 20.6",
        "width": "40",
        "height": "21",
        "role": "img",
        "aria-labelledby": "pk-1-title",
        "aria-describedby": "pk-1-desc",
        "style": "width:100%;max-width:40px;height:auto;--pk-w:40px",
        "class": "flow",
    }
    title, description, style = list(drawn)[:3]
    assert (title.get("id"), title.text) == ("pk-1-title", "A title")
    assert (description.get("id"), description.text) == ("pk-1-desc", "A <text>")
    assert style.tag.endswith("style")
    for element in drawn.iter():
        assert not [name for name in element.attrib if name.startswith(("data-", "on"))]


def test_ids_begin_with_the_prefix_and_only_what_is_used_stays(drawn: ET.Element) -> None:
    ids = [e.get("id") for e in drawn.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert set(ids) == {"pk-1", "pk-1-title", "pk-1-desc", "pk-1-a", "pk-1-g"}
    group = next(e for e in drawn.iter() if e.get("id") == "pk-1-g")
    assert group.get("aria-labelledby") == "pk-1-g other"
    (path,) = (e for e in drawn.iter() if e.tag.endswith("path"))
    assert path.get("marker-end") == "url(#pk-1-a)"
    assert path.get("style") == "fill:currentColor"
    assert [e.get("style") for e in drawn if e.tag.endswith("g")][-1] == "stroke:currentColor"


def test_of_the_sheet_stays_what_something_uses(drawn: ET.Element) -> None:
    sheet = str(list(drawn)[2].text)
    assert "#pk-1 .used{fill:currentColor;}" in sheet.replace("currentColor}", "currentColor;}")
    assert "unused" not in sheet and "gone" not in sheet
    assert "filter" not in sheet and "keyframes" not in sheet and "red" not in sheet
    assert re.search(rf"#pk-1 \.used\{{stroke:var\(--fig-{LINE[1:]}, {LINE}\)", sheet)


def test_marked_nodes_and_only_those_get_the_paint_of_their_mark() -> None:
    for mark in ("accent", "good", "other"):
        node = f'<g class="node {mark}"><rect/></g>'
        text = SVG.replace('<g id="my-svg-g" style="stroke:black"/>', node)
        sheet = str(list(ET.fromstring(inline_svg(text, "p", "t", "d")))[2].text)
        rules = re.findall(r"#p \.node\.(\w+) [^{]*\brect\b[^{]*\{([^}]*)\}", sheet)
        assert rules == [(mark, recolour(f"fill:{FILLS[mark]};stroke:{EDGES[mark]}"))]


def test_apostrophes_in_labels_and_names_are_true_ones() -> None:
    label = "<text>T5's <tspan>isn't</tspan> 'it'</text>"
    text = SVG.replace('<g id="my-svg-g" style="stroke:black"/>', label)
    root = ET.fromstring(inline_svg(text, "p", "T5's bias", "d"))
    [found] = root.iter("text")
    assert "".join(found.itertext()) == "T5’s isn’t 'it'"
    assert root.findtext("title") == "T5’s bias"


def test_a_diagram_with_links_is_a_group() -> None:
    text = SVG.replace('<g id="my-svg-g" style="stroke:black"/>', '<a href="page.html"><g/></a>')
    assert ET.fromstring(inline_svg(text, "p", "t", "d")).get("role") == "group"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("<marker", "<script/><marker", "holds a <script>"),
        ("<marker", "<image/><marker", "holds a <image>"),
        ("<marker", '<a href="https://a.org"/><marker', "links to https://a.org"),
        ("<marker", '<a xlink:href="//a.org"/><marker', "links to //a.org"),
        ("filter:brightness(2)", "background:url(a.png)", "would fetch a file"),
        ("filter:brightness(2)", "@import 'a'", "would fetch a file"),
        ("filter:brightness(2)", "a:\\75rl(b)", "would fetch a file"),
        ('fill="#666"', 'fill="url(https://a.org)"', "would fetch a file"),
        ("fill:#333", "fill:#123456", "no dark twin"),
    ],
)
def test_what_a_diagram_must_not_hold(old: str, new: str, says: str) -> None:
    assert old in SVG
    with pytest.raises(DiagramError, match=says):
        inline_svg(SVG.replace(old, new, 1), "pk-1", "t", "d")


@pytest.mark.parametrize(
    ("said", "told", "line"),
    [
        ("Error: Parse error on line 2:\nbad", "mermaid can't read line 4 of this diagram: bad", 4),
        ("Lexical error on line 9. bad", "mermaid can't read line 4 of this diagram: bad", 4),
        ("Error: bad", "mermaid can't draw this diagram: bad", None),
    ],
)
def test_what_mermaid_cannot_read_is_told_with_the_line_of_the_source(
    monkeypatch: pytest.MonkeyPatch, said: str, told: str, line: int | None
) -> None:
    from mermaidx.engines.v8_engine import MermaidRenderError

    def render_svg(*_: object) -> None:
        raise MermaidRenderError(said)

    engine = SimpleNamespace(render_svg=render_svg)
    monkeypatch.setattr(drawing, "_engine", lambda: engine)
    with pytest.raises(DiagramError) as caught:
        drawing._draw(NAMED)
    assert (caught.value.message, caught.value.line) == (told, line)


def test_a_gantt_has_no_mark_of_the_day_unless_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple] = []

    def render_svg(*given: object) -> str:
        drawn.append(given)
        return "<svg/>"

    engine = SimpleNamespace(render_svg=render_svg)
    monkeypatch.setattr(drawing, "_engine", lambda: engine)
    for source in ("gantt\n a", "gantt\n todayMarker stroke\n a", "flowchart LR\n a --> b"):
        assert drawing._draw(source) == "<svg/>"
    assert [given[0].count("todayMarker") for given in drawn] == [1, 1, 0]
    assert drawn[0][0].endswith("\n    todayMarker off")
    assert drawn[0][2] is CONFIG


SPACE = 'xmlns="http://www.w3.org/2000/svg"'


def made(inside: str, sheet: str = "", box: str = "0 0 9 9") -> tuple[ET.Element, str]:
    """What becomes of an SVG with these elements, and its style sheet."""
    raw = f'<svg {SPACE} id="my-svg" viewBox="{box}"><style>{sheet}</style>{inside}</svg>'
    root = ET.fromstring(inline_svg(raw, "pk", "t", "d"))
    return root, str(root[2].text or "")


def test_a_selector_stays_where_all_that_it_names_is_there() -> None:
    inside = '<g class="a b" id="my-svg-c"/>'
    for selector, stays in (
        (".a .b", True),
        (".a .c", False),
        ("#my-svg .a", True),
        ("#c .a", False),
        ("#my-svg-c", True),
        (".a span", False),
        (".a [data-x]", False),
        (":root", False),
        ("g", True),
    ):
        sheet = made(inside, f"{selector}, .gone{{opacity:1}}")[1]
        renamed = selector.replace("#my-svg", "#pk")
        assert sheet == (f"{renamed}{{opacity:1}}" if stays else "")


def test_paint_in_attributes_is_themed_by_rules_that_weigh_nothing() -> None:
    inside = '<rect fill="#666" stroke="none"/><rect fill="#666" stroke="#000"/>'
    root, sheet = made(inside)
    assert sheet == (
        f':where(#pk [fill="#666"]){{{recolour("fill:#666")}}}'
        ':where(#pk [stroke="#000"]){stroke:currentColor}'
    )
    assert [e.get("fill") for e in root][3:] == ["#666", "#666"]


def test_mind_maps_have_labels_in_the_middle_and_edges_that_are_seen() -> None:
    node = (
        '<g class="mindmap-node"><g class="label" transform="translate(-12.5, -7)"/>'
        '<g class="other" transform="translate(-1, 2)"/></g>'
        '<g class="node"><g class="label" transform="translate(-3, 4)"/></g>'
    )
    root, sheet = made(f'{node}<path class="edge section-edge-0"/>')
    moved = [e.get("transform") for e in root.iter() if e.get("transform")]
    assert moved == ["translate(0, -7)", "translate(-1, 2)", "translate(-3, 4)"]
    assert "text{text-anchor:middle}" in sheet
    assert f'path[class*="section-edge-"]{{{recolour(f"stroke:{LINE}")}}}' in sheet
    plain = made('<g class="node"/><path class="edge"/>')[1]
    assert "text-anchor" not in plain and "section-edge" not in plain


def test_ids_are_renamed_wherever_they_are_referred_to() -> None:
    root, _ = made(
        '<g id="my-svg_a" aria-describedby="b my-svg_a"><a href="#b"/>'
        '<path id="b" style="marker-end:url(#b);stroke:#000" clip-path="url(#b)"/></g>'
    )
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert ids == ["pk", "pk-title", "pk-desc", "pk_a", "pk-b"]
    assert next(e.get("href") for e in root.iter() if e.get("href")) == "#pk-b"
    group = next(e for e in root.iter() if e.get("id") == "pk_a")
    assert group.get("aria-describedby") == "pk-b pk_a"
    path = next(e for e in root.iter() if e.get("id") == "pk-b")
    assert path.get("clip-path") == "url(#pk-b)"
    assert path.get("style") == "marker-end:url(#pk-b);stroke:currentColor"


def test_what_serves_nothing_else_goes_and_what_is_drawn_stays() -> None:
    kinds = ("marker", "symbol", "filter", "linearGradient", "clipPath", "g")
    inside = "".join(f'<{kind} id="{kind}-1"/><{kind} id="{kind}"/>' for kind in kinds)
    used = "".join(f'<path style="fill:url(#{kind}-1)"/>' for kind in kinds)
    root, _ = made(inside + used)
    left = [e.get("id") for e in root][3:-6]
    assert left == [*(f"pk-{kind}-1" for kind in kinds), "pk-g"]


def test_text_is_one_line_and_the_size_is_rounded() -> None:
    raw = f'<svg {SPACE} viewBox="-4 -8 99.6 20.4">\n <g>\n  <text>a\n  b</text>\n </g>\n</svg>'
    text = inline_svg(raw, "p", "t", "d")
    assert "\n" not in text and "xmlns=" not in text and "<text>a b</text>" in text
    root = ET.fromstring(text)
    assert (root.get("width"), root.get("height")) == ("100", "20")
    assert root.get("class") is None and root.get("viewBox") == "-4 -8 99.6 20.4"


def test_links_have_the_name_that_html_knows() -> None:
    raw = SVG.replace("<marker", '<a xlink:href="#my-svg-g"/><marker', 1)
    assert '<a xlink:href="#pk-1-g"' in inline_svg(raw, "pk-1", "t", "d")
