"""`make page` and `make new`: one page, sound or not, and what it still lacks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pagekit.build import anatomy, new, preview
from pagekit.errors import PageError
from pagekit.project import Project

NAV = "\nnav:\n  - index.md\n  - Training:\n      - training/one.md\n"


@pytest.fixture
def course(project: Project) -> Project:
    """A project with a part, a chapter in it, and a menu."""
    settings = project.root / "mkdocs.yml"
    settings.write_text(settings.read_text() + NAV)
    (project.docs / "training").mkdir()
    (project.docs / "training" / "one.md").write_text("# One\n")
    (project.docs / "labs").mkdir()
    (project.docs / "labs" / "try.py").write_text("# %%\nprint(1)\n")
    return project


@pytest.mark.parametrize(
    ("name", "file"),
    [
        *((n, "training/one.md") for n in ("training/one", "docs/training/one.md")),
        *((n, "labs/try.py") for n in ("labs/try", "docs/labs/try.py", "labs/try.ipynb")),
    ],
)
def test_a_page_has_several_names(course: Project, name: str, file: str) -> None:
    assert preview.find(name, course) == course.docs / file


@pytest.mark.parametrize("name", ["one", "trainng/one", "training/won"])
def test_a_near_miss_is_told_the_page(course: Project, name: str) -> None:
    with pytest.raises(PageError, match=r"no page '.*'; did you mean 'training/one'\?$"):
        preview.find(name, course)


@pytest.mark.parametrize("name", ["../README", "", "/etc/passwd"])
def test_what_is_no_page_is_told_the_pages(course: Project, name: str) -> None:
    with pytest.raises(PageError, match="no page"):
        preview.find(name, course)


def test_a_new_chapter_is_whole_and_runs(course: Project, pagekit: Callable) -> None:
    begun = pagekit("build.new", "training/a-b")
    assert begun.returncode == 0, begun.stderr
    line = "write `- training/a-b.md` under `Training:` in the `nav` of mkdocs.yml"
    assert line in begun.stdout
    page = course.docs / "training" / "a-b.md"
    assert anatomy.lacking(page.read_text()) == []
    assert pagekit("build.anatomy").stdout.splitlines()[0].startswith("docs/training/one.md: ")

    done = pagekit("build.preview", "training/a-b")
    assert done.returncode == 0, done.stderr
    *todo, last = done.stdout.splitlines()
    assert last == "The page is sound: build/preview/training/a-b.html"
    assert todo == [f"to do: docs/training/a-b.md: no menu leads to the page; {line}"]


@pytest.mark.parametrize("name", ["training/one", "nowhere/a", "reference/a", "A/b", "a", "../x/y"])
def test_a_chapter_begins_only_where_one_can(course: Project, name: str) -> None:
    before = sorted(course.root.rglob("*"))
    with pytest.raises(PageError):
        new.begin(name, course)
    assert sorted(course.root.rglob("*")) == before


WHOLE = new.TEMPLATE.read_text(encoding="utf-8")


@pytest.mark.parametrize("part", [*anatomy.PARTS, *anatomy.ANYWHERE])
def test_a_part_that_is_missing_is_named(part: str) -> None:
    assert f"it lacks `{part}`" in anatomy.lacking(WHOLE.replace(part, "Nothing"))


def test_order_and_number_count() -> None:
    quiz = WHOLE[WHOLE.index("## Quiz") : WHOLE.index("## Key points")]
    moved = WHOLE.replace(quiz, "").replace("## The idea", f"{quiz}## The idea")
    assert [line for line in anatomy.lacking(moved) if "order" in line]
    fewer = WHOLE.replace('??? question "The third question?"', "The third question?")
    assert anatomy.lacking(fewer) == ["its quiz has 2 questions, not 3"]


def test_only_the_pages_of_a_part_are_chapters(course: Project) -> None:
    found = [p for p in course.pages() if anatomy.is_chapter(p, course)]
    assert found == [Path(course.docs / "training" / "one.md")]
