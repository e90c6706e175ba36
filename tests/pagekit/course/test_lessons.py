"""Lessons and topics: what is drawn, where its labels lead, and the same as a list.

What mermaid makes of it is looked at elsewhere: here it writes each label as a text, and no more.
"""

import re
import xml.etree.ElementTree as ET
from datetime import date
from html import escape
from itertools import combinations
from typing import Any

import markdown
import pytest

from pagekit.course.lessons import gantt, lessons
from pagekit.course.linking import address_from, link_labels
from pagekit.course.mind_map import mind_map
from pagekit.course.topics import topics
from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import parse_page
from pagekit.render.rendering import Rendering

LESSONS: list[dict[str, Any]] = [
    {"title": "Beginning", "covers": "ones & twos", "pages": ["basics/one.md", "basics/two.md"]},
    {"title": "Going on", "covers": "the *rest*", "meanwhile": "[Two](basics/two.md) says some"},
    {"title": "Ending", "covers": "three", "pages": ["further/three.md"]},
]
TOPICS: dict[str, dict[str, Any]] = {
    "Numbers": {"one": "basics/one.md#one", "many": None},
    "Signs": {"a_b": "index.md"},
}


@pytest.fixture
def rendering(course: Project, monkeypatch: pytest.MonkeyPatch) -> Any:
    def render(source: str, *_: object, key: str, phones: bool) -> str:
        labels = [line.strip().partition(" :")[0] for line in source.split("\n")]
        texts = "".join(f"<text>{escape(label)}</text>" for label in labels)
        assert not phones, "on a phone the list alone is shown"
        return f'<div><svg id="{key}" role="img">{texts}</svg></div>'

    monkeypatch.setattr("pagekit.render.diagrams.drawing.render", render)

    def rendering(**meta: Any) -> Rendering:
        page = parse_page("# T\n", course.docs / "basics" / "map.md", course)
        return Rendering(page, course, markdown.Markdown(), meta)

    return rendering


def links(html: str) -> dict[str, str]:
    """Where the labels of a diagram lead."""
    found = re.findall(r'<a href="([^"]*)"><text[^>]*>(.*?)</text></a>', html)
    return {label: address for address, label in found}


def test_each_lesson_is_the_week_of_its_number() -> None:
    many = [LESSONS[0], *LESSONS[1:] * 10]
    rows = re.findall(r"^    (\d+) (.+) :(done, )?l(\d+), (\S+), 6d$", gantt(many), re.MULTILINE)
    assert [row[1] for row in rows] == [lesson["title"] for lesson in many]
    assert [bool(row[2]) for row in rows] == ["pages" in lesson for lesson in many]
    for number, (shown, _, _, name, begin) in enumerate(rows, 1):
        day = date.fromisoformat(begin)
        assert (int(shown), int(name), day.weekday()) == (number, number, 0)
        assert int(f"{day:%W}") == number, "as the axis counts"


def test_those_who_do_not_see_it_are_told_which_are_ready() -> None:
    told = gantt(LESSONS)
    assert "accTitle: The course in 3 lessons" in told
    assert "Ready are lessons 1, 3; the others" in told


def test_lessons_are_listed_with_links_to_their_pages(rendering: Any) -> None:
    page = rendering(lessons=LESSONS)
    token, _, *rows = lessons("", page).split("\n")
    assert token == f"{page.token}b0x"
    assert rows == [
        "1. **Beginning:** ones &amp; twos  ",
        "    [One](one.md)\N{NO-BREAK SPACE}· [Two](two.md)",
        "",
        "2. **Going on:** the &#42;rest&#42;  ",
        "    in preparation\N{NO-BREAK SPACE}· [Two](basics/two.md) says some",
        "",
        "3. **Ending:** three  ",
        "    [Three](../further/three.md)",
        "",
    ]
    assert links(page.blocks[0]) == {"1 Beginning": "one.html", "3 Ending": "../further/three.html"}


def test_topics_are_listed_with_links_to_where_they_are_taught(rendering: Any) -> None:
    page = rendering(topics=TOPICS)
    token, _, begin, _, *rows, _, end = topics("All", page).split("\n")
    assert token == f"{page.token}b0x"
    assert (begin, end) == ('<div class="pk-topics" markdown>', "</div>")
    assert [row for row in rows if row] == [
        "- **Numbers**",
        "    - [one](one.md#one)",
        "    - many",
        "- **Signs**",
        "    - [a&#95;b](../index.md)",
    ]
    assert links(page.blocks[0]) == {"one": "one.html#one", "a_b": "../index.html"}


def test_the_map_has_branches_on_both_sides_and_a_row_for_each_topic() -> None:
    branches = {"Numbers": ["one", "many", "none"], "Signs": ["a_b"], "Words": ["<b>", "c"]}
    told = mind_map("All & more", branches)
    svg = ET.fromstring(told[told.index("<svg") : told.index("</div>")])
    placed = {t.text: (float(t.get("x", "")), float(t.get("y", ""))) for t in svg.iter("text")}
    assert list(placed) == ["Numbers", "one", "many", "none", "Signs", "a_b", "Words", "<b>", "c",
                            "All & more"]  # fmt: skip
    assert {word: x > 0 for word, (x, _) in placed.items() if x} == {
        **dict.fromkeys(["Numbers", "one", "many", "none"], True),
        **dict.fromkeys(["Signs", "a_b", "Words", "<b>", "c"], False),
    }
    topics = [placed[topic] for of in branches.values() for topic in of]
    assert all(abs(y - other) > 15 for (x, y), (to, other) in combinations(topics, 2) if x == to)
    left, top, wide, tall = map(float, svg.get("viewBox", "").split())
    assert all(left < x < left + wide and top < y < top + tall for x, y in placed.values())
    assert "around them 3 branches: Numbers, Signs, Words." in told


@pytest.mark.parametrize("wrong", [None, "one", {}, ["one"], [{"title": "One"}], [{"covers": ""}]])
def test_what_is_no_list_of_lessons_is_refused(rendering: Any, wrong: Any) -> None:
    with pytest.raises(PageError, match="no list `lessons`"):
        lessons("", rendering(lessons=wrong))


@pytest.mark.parametrize("wrong", [None, "one", ["one"], {"Numbers": "one"}])
def test_what_is_no_map_of_topics_is_refused(rendering: Any, wrong: Any) -> None:
    with pytest.raises(PageError, match="no map `topics`"):
        topics("All", rendering(topics=wrong))


def test_labels_become_links_and_all_else_stays() -> None:
    svg = '<svg role="img"><g><text>a\n <tspan>b</tspan></text> and <text>c</text></g></svg>'
    assert link_labels(svg, {"a b": "x.html"}) == (
        '<svg role="group"><g><a href="x.html"><text>a\n <tspan>b</tspan></text></a> and '
        "<text>c</text></g></svg>"
    )
    assert link_labels(svg, {"d": "x.html"}) == svg


@pytest.mark.parametrize(
    ("page", "address"), [("index.md", "basics/one.md"), ("basics/map.md", "one.md")]
)
def test_an_address_is_written_as_the_page_links_to_it(
    course: Project, page: str, address: str
) -> None:
    parsed = parse_page("# T\n", course.docs / page, course)
    rendering = Rendering(parsed, course, markdown.Markdown())
    assert address_from(rendering, "basics/one.md") == address
