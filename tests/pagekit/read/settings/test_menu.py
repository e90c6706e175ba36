"""The order of the pages is the menu's."""

import pytest

from pagekit.project import Project
from pagekit.read.settings.menu import chapters, menu, place_of

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
