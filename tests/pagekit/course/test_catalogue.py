"""What pages say of chapters is what these say of themselves."""

import pytest

from pagekit.course.catalogue import entries, entry_at, span, way_to
from pagekit.errors import PageError
from pagekit.project import Project


def test_chapters_come_in_the_order_of_the_menu(course: Project) -> None:
    found = [(e.number, e.section, e.title, e.minutes) for e in entries(course)]
    assert found == [
        (1, "Basics", "One", 40),
        (2, "Basics", "Two", 35),
        (3, "Further on", "Three", 50),
    ]


def test_what_a_chapter_needs_are_the_chapters_it_links_to(course: Project) -> None:
    assert [entry.needs for entry in entries(course)] == [
        (),
        ("basics/one.md",),
        ("basics/one.md",),
    ]


def test_a_chapter_that_cannot_be_read_is_left_to_its_own_page(course: Project) -> None:
    (course.docs / "basics/two.md").write_text("---\ntitle: [\n---\n# Two\n")
    assert [entry.title for entry in entries(course)] == ["One", "Three"]


def test_a_lab_has_no_number(course: Project) -> None:
    lab = course.docs / "labs" / "try.py"
    lab.parent.mkdir()
    lab.write_text("# ---\n# title: Try it\n# question: Does it?\n# minutes: 5\n# ---\n\n# %%\n1\n")
    settings = course.root / "mkdocs.yml"
    settings.write_text(settings.read_text() + "  - Labs:\n      - labs/try.ipynb\n")
    *_, last = entries(course)
    assert (last.number, last.title, last.question, last.minutes) == (None, "Try it", "Does it?", 5)
    assert last.address == "labs/try.ipynb"


def test_a_way_holds_what_its_goal_needs_and_no_more(course: Project) -> None:
    every = entries(course)

    def way(goal: str) -> list[str]:
        return [entry.title for entry in way_to(goal, every)]

    assert way("basics/one.md") == ["One"]
    assert way("further/three.md") == ["One", "Three"]
    assert way("") == ["One", "Two", "Three"]


def test_a_way_to_nowhere_is_refused(course: Project) -> None:
    with pytest.raises(PageError, match=r"'basics/four.md', which is no chapter: basics/one"):
        way_to("basics/four.md", entries(course))
    with pytest.raises(PageError, match=r"there is no page 'basics/four.md'"):
        entry_at("basics/four.md", "", course)


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (40, "40 min"), (60, "1 h"), (215, "3 h 35 min")]
)
def test_minutes_are_said_in_hours(minutes: int, said: str) -> None:
    assert span(minutes) == said
