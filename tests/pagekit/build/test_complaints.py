"""What MkDocs complains of, told with its page and line; and which files an author edits."""

import logging
from contextlib import suppress
from pathlib import Path

import pytest
from watchdog import events

from pagekit.build.assets.emblem import Square, emblem_svg, read_emblem
from pagekit.build.complaints import complaints, in_nav, not_in_nav
from pagekit.build.live.changes import Changes, _Relay, is_edited
from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.settings.menu import plain_settings

NAV = """
nav:
  - index.md
  - Training:
      - training/one.md
      - Two: training/two.md
  - Reference:
      - reference/glossary.md
"""
LOG = logging.getLogger("mkdocs.structure")


@pytest.fixture
def course(project: Project) -> Project:
    settings = project.root / "mkdocs.yml"
    settings.write_text(settings.read_text() + NAV)
    return project


def told(project: Project, *messages: str) -> list[str]:
    with complaints(project) as found:
        for message in messages:
            LOG.warning(message)
        LOG.info("not a warning")
        assert found == []
    return found


def test_a_dead_link_has_the_line_on_which_it_stands(project: Project) -> None:
    (project.docs / "page.md").write_text("# T\n\nSee [it](no.md).\n\nAnd [it](no.md).\n")
    message = "Doc file 'page.md' contains a relative link 'no.md', but there is none."
    assert told(project, message, message) == [
        "docs/page.md:3: the link 'no.md' leads nowhere (but there is none); mend it"
    ]
    other = "Doc file 'page.md' contains an unrecognized relative link 'x.md', mind."
    assert told(project, other)[0].startswith("docs/page.md:1: the link 'x.md'")
    gone = "Doc file 'gone.md' contains a link '', mind."
    assert told(project, gone)[0].startswith("docs/gone.md:1: the link ''")


def test_a_dead_link_of_a_lab_is_one_of_its_source(project: Project) -> None:
    (project.docs / "labs").mkdir()
    (project.docs / "labs/try.py").write_text("# %% [markdown]\n# [it](no.md)\n")
    message = "Doc file 'labs/try.ipynb' contains a link 'no.md', mind."
    assert told(project, message)[0].startswith("docs/labs/try.py:2: the link 'no.md'")


def test_anything_else_is_of_the_settings(project: Project) -> None:
    assert told(project, "Something.") == ["mkdocs.yml: Something."]


def test_pages_in_no_menu_are_told_one_by_one(course: Project) -> None:
    message = 'The following are not included in the "nav" configuration:\n  - a.md\n  - b/c.md'
    assert [line.partition(": no menu")[0] for line in told(course, message)] == [
        "docs/a.md",
        "docs/b/c.md",
    ]


def test_afterwards_the_log_is_as_it_was(project: Project) -> None:
    log = logging.getLogger("mkdocs")
    for propagate in (True, False):
        log.propagate = propagate
        before = list(log.handlers)
        with suppress(KeyError), complaints(project):
            assert not log.propagate and len(log.handlers) == len(before) + 1
            raise KeyError
        assert log.propagate is propagate and log.handlers == before
    log.propagate = True


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("training/new.md", "`- training/new.md` under `Training:` in the `nav`"),
        ("reference/new.md", "`- reference/new.md` under `Reference:` in the `nav`"),
        ("new.md", "`- new.md` in the `nav`"),
        ("train/new.md", "`- train/new.md` in the `nav`"),
    ],
)
def test_where_a_page_belongs_in_the_menu(course: Project, name: str, where: str) -> None:
    assert where in not_in_nav(name, course)


def test_without_a_menu_a_page_belongs_just_in_it(project: Project) -> None:
    assert "`- a/b.md` in the `nav`" in not_in_nav("a/b.md", project)
    assert in_nav(project.docs / "anything.md", project)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("index.md", True),
        ("training/one.md", True),
        ("training/two.md", True),
        ("training/three.md", False),
        ("one.md", False),
    ],
)
def test_whether_a_menu_leads_to_a_page(course: Project, name: str, found: bool) -> None:
    assert in_nav(course.docs / name, course) is found


def test_settings_are_read_without_what_their_tags_compute(project: Project) -> None:
    (project.root / "mkdocs.yml").write_text(
        "a: !ENV [X, '']\nb: !!python/name:os.system\nc: !!python/object:x.y {z: 1}\nd: 3\n"
    )
    assert plain_settings(project) == {"a": None, "b": None, "c": None, "d": 3}


@pytest.mark.parametrize(
    ("name", "edited"),
    [
        ("page.md", True),
        ("part/page.md", True),
        (".page.md.swp", False),
        ("#page.md#", False),
        ("page.md~", False),
        ("__pycache__/a.pyc", False),
        (".git/index", False),
        ("../other/page.md", False),
    ],
)
def test_what_an_author_edits(tmp_path: Path, name: str, edited: bool) -> None:
    place = tmp_path / "docs"
    path = tmp_path / "other/page.md" if name.startswith("..") else place / name
    assert is_edited(path, place) is edited
    assert is_edited(place, place)  # where a single file is watched


class Handler(events.FileSystemEventHandler):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def dispatch(self, event: events.FileSystemEvent) -> None:
        self.seen.append(str(event.src_path))


def test_changes_are_noted_and_handed_on(tmp_path: Path) -> None:
    noted: list[Path] = []
    handler = Handler()
    relay = _Relay(tmp_path, noted.append, handler)
    one, two = tmp_path / "one.md", tmp_path / ".two.md"
    relay.dispatch(events.FileModifiedEvent(str(one)))
    relay.dispatch(events.FileModifiedEvent(str(two)))
    relay.dispatch(events.DirDeletedEvent(str(tmp_path / "part")))
    relay.dispatch(events.FileMovedEvent(str(two), str(one)))
    assert noted == [one, one]
    assert handler.seen == [str(one), str(two)]


def test_files_that_changed_are_told_once(tmp_path: Path) -> None:
    changes, handler, other = Changes(), Handler(), Handler()
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("a: 1\n")
    folder = changes.schedule(handler, str(tmp_path / "docs"), recursive=True)
    file = changes.schedule(other, str(tmp_path / "mkdocs.yml"), recursive=True)
    assert (folder.path, folder.is_recursive) == (str(tmp_path / "docs"), True)
    assert (file.path, file.is_recursive) == (str(tmp_path), False)
    path = tmp_path / "docs" / "a.md"
    changes.tell(path)
    assert handler.seen == [str(path)] and other.seen == []
    assert changes.take() == {path}
    assert changes.take() == set()


def test_the_emblem_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "emblem.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><rect x="1" y="2" width="3" height="3"/>'
        '<rect x="4.5" y="5" width="6" height="6" rx="1" opacity=".25"/></svg>'
    )
    squares = read_emblem(path)
    assert squares == [Square(1, 2, 3, 0, 1), Square(4.5, 5, 6, 1, 0.25)]
    text = emblem_svg(squares, "#111111", "#eeeeee")
    assert 'viewBox="0 0 24 24"' in text
    assert "svg{fill:#111111}" in text and "svg{fill:#eeeeee}" in text
    assert '<rect x="1" y="2" width="3" height="3" rx="0"/>' in text
    assert '<rect x="4.5" y="5" width="6" height="6" rx="1" opacity="0.25"/>' in text
    path.write_text(text.replace("<style>svg{fill:#111111}", "<g>").replace("</style>", "</g>"))
    with pytest.raises(PageError, match=r"<g> is no square|width"):
        read_emblem(path)
