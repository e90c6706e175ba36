"""Pages that speak of all chapters say what these say, and what the build found out."""

import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import markdown
import pytest

from pagekit.course.lists import begin, cards, line, verse, ways
from pagekit.course.pictures import _wordless
from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import parse_page
from pagekit.render.rendering import Rendering
from pagekit.run.results import Result, Segment

MAP = """---
title: Map
question: Where to?
ways:
  - {name: Briefly, to: further/three.md}
  - {name: All of it}
lessons:
  - title: Beginning
    covers: ones & twos
    pages: [basics/one.md, basics/two.md]
  - title: Ending
    covers: the rest
    meanwhile: "[Two](basics/two.md) says a little"
topics:
  Numbers:
    one: basics/one.md
    many:
---

# Map

"""
HOME = """# Home

```python title="The verse"
print("ROMEO:\\n'Tis *one* & two;\\nand so --\\n\\nJULIET:\\nBut three?")
```

"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first build leaves what its blocks and diagrams came to; the next ones render."""
    return tmp_path_factory.mktemp("recorded") / "build"


@pytest.fixture
def built(course: Project, pagekit: Callable, recorded: Path) -> Callable[..., str]:
    """Builds the course with a text on its front page, or on the map; returns the page's HTML."""

    def build(text: str, page: str = "index", **environment: str) -> str:
        settings = course.root / "mkdocs.yml"
        settings.write_text(settings.read_text().replace("  - index.md\n  - B", "  - index.md\n"
                                                         "  - map.md\n  - B"))  # fmt: skip
        texts = {"index": HOME, "map": MAP}
        texts[page] += text
        for name, whole in texts.items():
            (course.docs / f"{name}.md").write_text(whole)
        if recorded.exists():
            shutil.copytree(recorded, course.build, dirs_exist_ok=True)
        done = pagekit("build.site", **environment)
        if not recorded.exists():
            shutil.copytree(course.build, recorded)
        if done.returncode:
            return str(done.stderr)
        return (course.root / "site" / f"{page}.html").read_text()

    return build


def words(html: str) -> str:
    """What a reader sees of it, roughly."""
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_each_chapter_has_its_card(built: Callable[..., str]) -> None:
    html = built("<!-- pagekit:cards map.md -->\n")
    cards = re.findall(r"<li>.*?</li>", html.partition('class="pk-chapters"')[2], re.DOTALL)
    said = [words(card) for card in cards[:4]]
    assert said == [
        "1 · Basics One Why is one *not* none? 40 min",
        "2 · Basics Two What comes after one? 35 min",
        "3 · Further on Three And then? 50 min",
        "Map Where to?",
    ]
    assert ['href="basics/one.html"' in card for card in cards[:2]] == [True, False]
    parts = re.findall(r"<h3[^>]*>(.*?)</h3>", html.partition('class="pk-chapters"')[2])
    assert [words(part) for part in parts] == ["Basics", "Further on", "The whole course"]


def test_a_card_shows_the_marked_figure_or_a_diagram_without_its_text(
    built: Callable[..., str],
) -> None:
    html = built("<!-- pagekit:cards -->\n").partition('class="pk-chapters"')[2]
    one, two, three = re.findall(r"<li>.*?</li>", html, re.DOTALL)[:3]
    assert 'id="card-0' in one and "<svg" in one  # the square, which needs a clip path
    assert "<svg" in two and "<svg" not in three
    assert not re.search(r"<text|<figure|title>", one + two)


def test_a_line_holds_numbers_and_drops_what_nobody_knows(built: Callable[..., str]) -> None:
    row = "<!-- pagekit:line {chapters} chapters, {hours} h · [{tests} tests](map.md) · {day} -->"
    shown = re.search(r'<p class="pk-line">(.*?)</p>', built(f"{row}\n"))
    assert shown and shown[1] == "3 chapters, 2 h"
    html = built(f"{row}\n", SOURCE_DATE_EPOCH="86400")
    shown = re.search(r'<p class="pk-line">(.*?)</p>', html)
    assert shown and words(shown[1]) == "3 chapters, 2 h · 2 January 1970"


def test_a_single_brace_in_a_line_stays(course: Project) -> None:
    rendering: Any = SimpleNamespace(project=course)
    assert line("{chapters} in {", rendering) == "3 in {\n{: .pk-line }"


def test_an_empty_text_takes_nothing_else_away() -> None:
    svg = '<svg><text x="1" /><path d="M0" /><text>a</text></svg>'
    assert _wordless(svg) == '<svg><path d="M0" /></svg>'


def test_a_verse_is_what_a_block_printed(built: Callable[..., str]) -> None:
    html = built("<!-- pagekit:verse The verse -->\n")
    assert (
        '<blockquote class="pk-verse"><p><span><b>ROMEO:</b><br></span>'
        "<span>’Tis *one* &amp; two;<br></span><span>and so —<br></span></p>"
        "<p><span><b>JULIET:</b><br></span><span>But three?<br></span></p></blockquote>"
    ) in html


def test_the_first_button_leads_to_the_first_chapter(built: Callable[..., str]) -> None:
    html = built("<!-- pagekit:begin [The map](map.md){ .md-button } -->\n")
    [shown] = re.findall(r'<p class="pk-hero__actions">(.*?)</p>', html)
    assert words(shown) == "Begin: One, 40 min The map"
    assert re.findall(r'href="(.*?)"', shown) == ["basics/one.html", "map.html"]


def test_ways_take_what_their_pages_take(built: Callable[..., str]) -> None:
    html = built("<!-- pagekit:ways -->\n", "map")
    [shown] = re.findall(r'<div class="pk-ways">(.*?)</div>', html, re.DOTALL)
    assert words(shown) == (
        "Briefly 1 h 30 min: One → Three "
        "All of it 2 h 5 min: part by part Basics : One → Two Further on : Three"
    )


def test_lessons_and_topics_are_drawn_and_listed_with_links(built: Callable[..., str]) -> None:
    html = built("<!-- pagekit:lessons -->\n\n<!-- pagekit:topics Everything -->\n", "map")
    drawn = re.findall(r"<svg.*?</svg>", html.partition("<h1")[2], re.DOTALL)
    anchors = [re.findall(r'<a href="(.*?)"><text.*?</a>', svg) for svg in drawn if "aria-d" in svg]
    assert anchors == [["basics/one.html"], ["basics/one.html"]]
    assert "in preparation" in words(html) and "says a little" in words(html)
    assert "ones &amp; twos" in html
    listed = html.partition('class="pk-topics"')[2]
    assert '<a href="basics/one.html">one</a>' in listed and "<li>many</li>" in listed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<!-- pagekit:line {pages} -->", "{pages} is none of blocks, chapters, day,"),
        ("<!-- pagekit:verse Another -->", "no block of this page has the title 'Another'"),
        ("<!-- pagekit:cards nowhere.md -->", "there is no page 'nowhere.md'"),
        ("<!-- pagekit:ways -->", "the front matter has no list `ways`"),
        ("<!-- pagekit:lessons -->", "the front matter has no list `lessons`"),
        ("<!-- pagekit:topics A -->", "the front matter has no map `topics`"),
        ("<!-- pagekit:carts -->", "`pagekit:carts` is none of"),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_line(
    built: Callable[..., str], text: str, says: str
) -> None:
    said = built(f"{text}\n")
    assert f"docs/index.md:7: {says}" in said


def test_two_marks_on_one_page_are_refused(course: Project, built: Callable[..., str]) -> None:
    page = course.docs / "basics/one.md"
    page.write_text(page.read_text().replace('title="A line"', 'card title="A line"'))
    said = built("<!-- pagekit:cards -->\n")
    assert "is marked `card` already" in said


def rendering(course: Project, text: str = "# T\n", name: str = "map.md", **meta: Any) -> Rendering:
    page = parse_page(text, course.docs / name, course)
    return Rendering(page, course, markdown.Markdown(), meta)


def test_a_card_has_each_part_that_its_page_has(
    course: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def picture(entry: Any, project: Project, name: str) -> str:
        asked.append(name)
        return "<svg/>" if entry.title == "Two" else ""

    monkeypatch.setattr("pagekit.course.lists.picture", picture)
    (course.docs / "map.md").write_text("---\ntitle: A_b\n---\n# A\n")
    page = rendering(course)
    shown = page.inline('<span class="pk-chapters__picture" aria-hidden="true"><svg/></span>')
    assert cards("map.md", rendering(course)).replace("\n\n", "\n").split("\n") == [
        *('<div class="pk-chapters" markdown>', "### Basics"),
        *("- 1 · Basics", "    {: .pk-chapters__place }"),
        *("    [One](basics/one.md)", "    {: .pk-chapters__title }"),
        "    Why is one &#42;not&#42; none?",
        *("    40 min", "    {: .pk-chapters__time }"),
        *(f"- {shown}", "    2 · Basics", "    {: .pk-chapters__place }"),
        *("    [Two](basics/two.md)", "    {: .pk-chapters__title }"),
        "    What comes after one?",
        *("    35 min", "    {: .pk-chapters__time }", "### Further on"),
        *("- 3 · Further on", "    {: .pk-chapters__place }"),
        *("    [Three](further/three.md)", "    {: .pk-chapters__title }", "    And then?"),
        *("    50 min", "    {: .pk-chapters__time }", "### The whole course"),
        *("- [A&#95;b](map.md)", "    {: .pk-chapters__title }", "</div>"),
    ]
    assert asked == ["card-0", "card-1", "card-2", "card-3"]


def test_without_a_course_there_is_nowhere_to_begin(project: Project, course: Project) -> None:
    assert begin("[Map](map.md)", rendering(course, name="further/x.md")) == (
        "[Begin: One, 40 min](../basics/one.md){ .md-button .md-button--primary } [Map](map.md)\n"
        "{: .pk-hero__actions }"
    )
    settings = project.root / "mkdocs.yml"
    settings.write_text(settings.read_text().partition("\nnav:")[0] + "\nnav:\n  - index.md\n")
    assert begin("[Map](map.md)", rendering(project)) == "[Map](map.md)"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("{chapters} · {tests} · as of {day}", "3"),
        ("{tests} · {hours} h · {labs}", "2 h\N{NO-BREAK SPACE}· no\N{NO-BREAK SPACE}labs"),
        ("{tests} of {chapters}", ""),
        ("Nothing", "Nothing"),
    ],
)
def test_parts_of_a_line_go_with_their_number(
    course: Project, monkeypatch: pytest.MonkeyPatch, words: str, told: str
) -> None:
    for name in ("SOURCE_DATE_EPOCH", "GIT_DIR"):  # either would tell of a day
        monkeypatch.delenv(name, raising=False)
    assert line(words, rendering(course)) == f"{told}\n{{: .pk-line }}"
    with pytest.raises(PageError, match=r"^\{none\} is none of blocks, chapters, day, hours, "):
        line(f"{words} {{none}}", rendering(course))


def test_a_verse_of_a_block_that_has_not_run_is_still_to_come(
    course: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '```python title="A"\nx\n```\n<!--pytest-codeblocks:cont-->\n'
    text += '```python title="B"\ny\n```\n\n```text title="C"\nz\n```\n'
    page = rendering(course, text)
    ran = Result([Segment("no"), Segment("\n\nI AM: \n'Twas...\n\nME TOO:\n\n")], {})
    for result, shown in (
        (ran, "<p><span>I AM: <br></span><span>’Twas…<br></span></p>"
              "<p><span><b>ME TOO:</b><br></span></p>"),
        (None, "<p><span>…<br></span></p>"),
    ):  # fmt: skip
        monkeypatch.setattr(Rendering, "result_of", lambda *_, result=result: result)
        verse("B", page)
        assert page.blocks[-1] == f'<blockquote class="pk-verse">{shown}</blockquote>'
    with pytest.raises(PageError, match="no block of this page has the title 'C'"):
        verse("C", page)


def test_a_way_through_everything_goes_part_by_part(course: Project) -> None:
    listed = [{"name": "To *three*", "to": "further/three.md"}, {"name": "All"}, {"to": ""}]
    text = ways("", rendering(course, ways=listed))
    arrow = "\N{NO-BREAK SPACE}→ "
    parts = [
        f"    - *Basics*: [One](basics/one.md){arrow}[Two](basics/two.md)",
        "    - *Further on*: [Three](further/three.md)",
    ]
    assert [row for row in text.split("\n") if row] == [
        '<div class="pk-ways" markdown>',
        "- **To &#42;three&#42;**",
        f"    1 h 30 min: [One](basics/one.md){arrow}[Three](further/three.md)",
        *("- **All**", "    2 h 5 min: part by part", *parts),
        *("- ****", "    2 h 5 min: part by part", *parts),
        "</div>",
    ]


@pytest.mark.parametrize("wrong", [None, "one", {"name": "A"}, ["one"], [{}, "one"]])
def test_what_is_no_list_of_ways_is_refused(course: Project, wrong: Any) -> None:
    with pytest.raises(PageError, match="the front matter has no list `ways` of `name` and `to`"):
        ways("", rendering(course, ways=wrong))


def test_a_way_to_no_chapter_is_refused(course: Project) -> None:
    with pytest.raises(PageError, match=r"a way leads to 'map\.md', which is no chapter"):
        ways("", rendering(course, ways=[{"name": "A", "to": "map.md"}]))
