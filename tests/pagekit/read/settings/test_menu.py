"""The order of the pages is the menu's."""

import pytest

from pagekit.project import Project
from pagekit.read.settings.menu import chapters, is_chapter, menu, place_of, plain_settings

NAV = """
nav:
  - Welcome: index.md
  - about.md
  - Part:
      - part/b.md
      - Named: part/a.md
      - Within:
          - part/c.md
  - Reference:
      - reference/glossary.md
"""


@pytest.fixture
def ordered(project: Project) -> Project:
    settings = project.root / "mkdocs.yml"
    settings.write_text(settings.read_text() + NAV)
    return project


def test_pages_come_with_their_sections(ordered: Project) -> None:
    assert menu(ordered) == [
        ("", "index.md"),
        ("", "about.md"),
        ("Part", "part/b.md"),
        ("Part", "part/a.md"),
        ("Within", "part/c.md"),
        ("Reference", "reference/glossary.md"),
    ]


def test_chapters_are_numbered_in_that_order(ordered: Project) -> None:
    names = [path.stem for path in chapters(ordered)]
    assert names == ["b", "a", "c"]
    assert place_of(ordered.docs / "part/a.md", ordered) == (2, 3)
    assert place_of(ordered.docs / "index.md", ordered) is None
    assert place_of(ordered.docs / "part/new.md", ordered) is None


def test_without_a_menu_nothing_has_a_number(project: Project) -> None:
    assert menu(project) == []
    (project.root / "mkdocs.yml").unlink()
    assert place_of(project.docs / "index.md", project) is None


def test_only_pages_within_a_part_are_chapters(ordered: Project) -> None:
    for name, is_one in (
        ("part/b.md", True),
        ("part/deep/b.md", True),
        ("index.md", False),
        *((f"{other}/a.md", False) for other in ("assets", "data", "labs", "reference")),
    ):
        assert is_chapter(ordered.docs / name, ordered) is is_one
    settings = ordered.root / "mkdocs.yml"
    settings.write_text(settings.read_text() + "      - labs/a.md\n  - part/a.py\n  - last/z.md\n")
    assert [path.name for path in chapters(ordered)] == ["b.md", "a.md", "c.md", "z.md"]
    assert place_of(ordered.docs / "last/z.md", ordered) == (4, 4)


@pytest.mark.parametrize("text", ["- a\n", "", "a: !ENV [B, c]\nb: !!python/name:os.path.join\n"])
def test_settings_without_a_menu_have_no_pages(project: Project, text: str) -> None:
    (project.root / "mkdocs.yml").write_text(text)
    assert menu(project) == [] and chapters(project) == []
    if "ENV" in text:
        assert plain_settings(project) == {"a": None, "b": None}
