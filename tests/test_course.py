"""What pages say of one another: what each needs, how long it takes, the ways through them all."""

import re
from itertools import pairwise
from pathlib import Path
from posixpath import join, normpath
from typing import Any

import pytest

from pagekit.course.catalogue import entries, way_to
from pagekit.labs.source import Lab, labs, read_lab
from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.read.minutes import minutes_of
from pagekit.read.settings.menu import is_chapter
from pagekit.render.code.folds import shown_lines

ROOT = Path(__file__).resolve().parents[1]
PROJECT = Project(ROOT)
LONGEST = 450  # lines of a chapter's source
LONGEST_UNLIT = 15  # lines that a listing shows on a chapter without a lit line
LINK = re.compile(r"\[([^\]]+)\]\(([^)#]+)\)")


def meta() -> dict[str, dict[str, Any]]:
    """The front matter of each chapter and lab, by its address within docs/."""
    chapters = [path for path in PROJECT.pages() if is_chapter(path, PROJECT)]
    found = {address(path): dict(read(path).front_matter) for path in chapters}
    return found | {address(p.with_suffix(".ipynb")): lab_of(p).meta for p in labs(PROJECT)}


def read(path: Path) -> Page:
    return read_page(path, PROJECT)


def lab_of(path: Path) -> Lab:
    return read_lab(path, PROJECT)


def address(path: Path) -> str:
    return path.relative_to(PROJECT.docs).as_posix()


META = meta()


def order() -> list[str]:
    """Chapters and labs as the menu has them."""
    nav = (ROOT / "mkdocs.yml").read_text("utf-8").split("\nnav:", 1)[1]
    return [name for name in re.findall(r"[\w/-]+\.(?:md|ipynb)\b", nav) if name in META]


def needs(page: str) -> list[str]:
    """The prerequisites of a page, each a link or words."""
    said = META[page].get("prerequisites")
    assert isinstance(said, list), f"{page}: prerequisites is a list, of links and words"
    return said


def chapters_needed(page: str) -> list[str]:
    """The pages to which a page's prerequisites lead."""
    links = [link for said in needs(page) if (link := LINK.fullmatch(said))]
    return [normpath(join(page, "..", link[2])) for link in links]


@pytest.mark.parametrize("page", META)
def test_prerequisites_have_one_form(page: str) -> None:
    """A chapter under its title, linked, and earlier in the menu; or words, not a title."""
    before = order()[: order().index(page)]
    for said in needs(page):
        if link := LINK.fullmatch(said):
            target = normpath(join(page, "..", link[2]))
            assert target in before, f"{said} comes no earlier"
            assert link[1] == META[target]["title"]
        else:
            assert said[0].islower() and "](" not in said, f"{said!r}: link to a chapter"


@pytest.mark.parametrize("page", META)
def test_minutes_are_counted_for_chapters_and_stated_for_labs(page: str) -> None:
    entry = next(one for one in entries(PROJECT) if one.address == page)
    assert ("minutes" in META[page]) == page.endswith(".ipynb")
    assert entry.minutes == (META[page].get("minutes") or minutes_of(read(entry.path)))


@pytest.mark.parametrize("page", [page for page in META if page.endswith(".md")])
def test_a_chapter_can_be_read_in_one_sitting(page: str) -> None:
    assert len(read(PROJECT.docs / page).lines) <= LONGEST, "split it"


def test_a_page_has_one_name() -> None:
    """That of the menu, which is the title of its front matter, is the heading's too."""
    prose = {p.name: (p.front_matter, p.lines) for p in map(read, PROJECT.pages())}
    prose |= {lab.name: (lab.meta, lab.page.lines) for lab in map(lab_of, labs(PROJECT))}
    for name, (said, lines) in prose.items():
        heading = next((line for line in lines if line.startswith("# ")), None)
        assert heading in (None, f"# {said['title']}"), f"{name}: {heading} is {said['title']!r}"


def ways() -> list[list[str]]:
    """Of each way through the course on the course map, its pages."""
    listed = read(PROJECT.docs / "course-map.md").front_matter["ways"]
    course = entries(PROJECT)
    return [[step.address for step in way_to(way.get("to", ""), course)] for way in listed]


def test_the_ways_through_skip_nothing() -> None:
    """Each has what its pages need, before they need it; the longest is the whole course."""
    found = ways()
    assert len(found) >= 3 and sorted(found[-1]) == sorted(META)
    for way in found:
        for place, page in enumerate(way):
            assert set(chapters_needed(page)) <= set(way[:place]), f"{page} needs more"


@pytest.mark.parametrize("page", META)
def test_every_chapter_asks_a_question(page: str) -> None:
    """One sentence or two that the front page and the chapter before can show."""
    question = META[page].get("question")
    assert isinstance(question, str) and question.endswith("?") and len(question) <= 110


def test_the_course_map_leads_to_every_chapter() -> None:
    """By a lesson or by a topic."""
    said = read(PROJECT.docs / "course-map.md").front_matter
    taught = [page for lesson in said["lessons"] for page in lesson.get("pages", [])]
    topics = [to for branch in said["topics"].values() for to in branch.values() if to]
    assert set(topics) <= set(META) <= {*taught, *topics}


def test_the_front_page_says_what_one_must_know() -> None:
    text = " ".join((PROJECT.docs / "index.md").read_text("utf-8").split())
    words = {said for page in META for said in needs(page) if not LINK.fullmatch(said)}
    missing = [said for said in words if said not in text]
    assert not missing, f"the front page does not say that one needs {missing}"


@pytest.mark.parametrize("path", labs(PROJECT), ids=lambda path: path.stem)
def test_no_answer_of_a_lab_stands_in_the_open(path: Path) -> None:
    """Below a folded solution comes what the same fold holds, the next task, or a heading."""
    cells = lab_of(path).cells
    for cell, below in pairwise(cells):
        title = cell.options.get("fold")
        if title and below.kind == "markdown":
            folded = rf'\?\?\? success "{re.escape(title)}"\n(?:    .*\n|\n)*'
            rest = re.sub(rf"\A{folded}", "", f"{below.source}\n")
            assert re.match(r"\s*(\Z|#|\*\*\d)", rest), f"after {title}: {rest[:60]}"


def lit_and_longest(page: Page) -> tuple[int, int]:
    """How many lines of a page's code are lit, and the lines of its longest open listing."""
    listings = [fence for fence in page.fences if fence.kind == "python"]
    is_open = [fence for fence in listings if not fence.prefix.strip("\n")]
    return (
        sum(len(fence.lit) for fence in listings),
        max((shown_lines(fence.code.strip("\n")) for fence in is_open), default=0),
    )


@pytest.mark.parametrize("page", [name for name in META if name.endswith(".md")])
def test_a_chapter_lights_the_lines_of_its_idea(page: str) -> None:
    lit, longest = lit_and_longest(read(PROJECT.docs / page))
    assert lit or longest <= LONGEST_UNLIT, (
        f"{page}: a listing shows {longest} lines, and nothing says which of them matter; "
        "end the comment beside them with (!)"
    )
