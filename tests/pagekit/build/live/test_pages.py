"""What a saved file touches: which pages are rendered again, and how a preview is served."""

import logging
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pagekit.build import serve
from pagekit.build.live.pages import LivePages, _line, _not_about_dirty_builds, _Preview
from pagekit.build.live.reruns import Reruns
from pagekit.errors import PageError
from pagekit.project import Project


@pytest.fixture
def pages(course: Project, tmp_path: Path) -> LivePages:
    return LivePages(course, tmp_path / "preview", "http://127.0.0.1:1/")


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        ("docs/index.md", {"docs/index.md"}),
        ("docs/labs/try.ipynb", {"docs/labs/try.py"}),
        ("docs/labs/try.py", {"docs/labs/try.py"}),
        ("snippets/sums.py", {"docs/sums.md", "docs/labs/try.py"}),
        ("snippets/none.py", set()),
        ("docs/gone.md", {"docs/gone.md"}),
        ("docs/gone.css", set()),
        ("build/x", set()),
    ],
)
def test_what_a_change_touches(
    course: Project, pages: LivePages, changed: str, touched: set[str]
) -> None:
    found = pages.touched({course.root / changed})
    assert {course.relative(path) for path in found} == touched


@pytest.mark.parametrize(
    "shared",
    [
        *("mkdocs.yml", "docs/reference/glossary.md", "docs/reference/bibliography.md"),
        *("docs/reference/bibliography.yml", "overrides/main.html"),
    ],
)
def test_what_every_page_shows_touches_all(course: Project, pages: LivePages, shared: str) -> None:
    found = {course.relative(path) for path in pages.touched({course.root / shared})}
    assert {"docs/index.md", "docs/sums.md", "docs/labs/try.py", "docs/labs/other.py"} <= found


def test_a_page_that_is_no_text_hinders_no_other(course: Project, pages: LivePages) -> None:
    (course.docs / "bytes.md").write_bytes(b"# \xff snippets/sums.py\n")
    found = {course.relative(path) for path in pages.touched({course.root / "snippets/sums.py"})}
    assert found == {"docs/sums.md", "docs/labs/try.py", "docs/bytes.md"}


THEME = (
    "{{ page.canonical_url }} {{ config.extra.course['part/one.md'].number }} {{ page.content }}"
)


def test_only_what_changed_is_rendered_again(
    course: Project,
    pages: LivePages,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PAGEKIT_LENIENT", "1")
    settings = course.root / "mkdocs.yml"
    mini = settings.read_text().replace("name: material", "name: null, custom_dir: overrides")
    settings.write_text(f"{mini}\ndraft_docs: draft.md\nnav: [index.md, Part: [part/one.md]]\n")
    for name, text in (("overrides/main.html", THEME), ("docs/part/one.md", "# One\n")):
        (course.root / name).parent.mkdir()
        (course.root / name).write_text(text)
    (course.docs / "draft.md").write_text("# Begun\n")
    pages.render(set())
    one, other = pages.site / "part" / "one.html", pages.site / "sums.html"
    assert one.read_text().startswith(f"{pages.url}part/one.html 1 ")
    assert "Begun" in (pages.site / "draft.html").read_text(), "a draft is for its author"
    assert not (course.root / "site").exists(), "the site that was built stays as it was"
    assert list((pages.site.parent / "theme").iterdir()), "the theme is compiled once"
    other.write_text("as it was")
    (course.docs / "part/one.md").write_text("# One\n\nA new sentence.\n")
    pages.render({course.docs / "part" / "one.md"})
    assert "A new sentence." in one.read_text() and other.read_text() == "as it was"
    said = capsys.readouterr().err.splitlines()
    bare = ("reference/bibliography.md", "reference/glossary.md", "sums.md")
    assert sorted(line.partition(": no menu leads to")[0] for line in said) == [
        f"docs/{name}" for name in bare
    ], "and nothing else"


def test_what_lies_elsewhere_touches_nothing(pages: LivePages) -> None:
    assert pages.touched({Path("/elsewhere/mkdocs.yml")}) == []
    assert pages.touched(set()) == []


def test_a_fault_is_told_once_until_it_is_gone(
    pages: LivePages, capsys: pytest.CaptureFixture[str]
) -> None:
    for lines, told in ((["a", "b"], "a\nb\n"), (["b", "c"], "c\n"), ([], ""), (["b"], "b\n")):
        pages._tell(lines)
        assert capsys.readouterr().err == told


def test_a_fault_is_one_line_with_its_place() -> None:
    assert _line(PageError("a", "p.md", 3), "q.md") == "p.md:3: a"
    assert _line(KeyError("a\n b"), "q.md") == "q.md: KeyError: " + " ".join(repr("a\n b").split())


@pytest.mark.parametrize("word", ["0", "65536", "port", "-1", ""])
def test_a_port_that_is_none(word: str) -> None:
    with pytest.raises(PageError, match=f"PORT={word} is no port"):
        serve.asked_port([word])


def test_a_port_in_use_is_refused_and_another_one_proposed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as taken:
        taken.bind((serve.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not serve.free(port)
        proposed = port + 1 if port < 65535 else serve.PORT
        with pytest.raises(PageError, match=f"{port} is in use.* make serve PORT={proposed}$"):
            serve.asked_port([str(port)])
    assert serve.free(port)
    assert serve.asked_port([str(port)]) == port
    monkeypatch.setattr(serve, "free", lambda port: True)
    assert serve.asked_port([]) == 8000
    assert serve.asked_port(["1"]) == 1 and serve.asked_port(["65535"]) == 65535
    monkeypatch.setattr(serve, "free", lambda port: False)
    with pytest.raises(PageError, match=r"make serve PORT=8000$"):
        serve.asked_port(["65535"])


def port_just_left() -> int:
    """The port of a server that ended while a browser was connected to it."""
    with socket.create_server((serve.HOST, 0)) as ended:  # which says so, as any server does
        port = ended.getsockname()[1]
        with socket.create_connection((serve.HOST, port)) as browser:
            answer, _ = ended.accept()
            answer.close()
            assert browser.recv(1) == b""
    return int(port)


def test_the_port_of_a_preview_that_just_ended_is_free() -> None:
    """The system keeps it for a minute from whoever does not say that this is all right."""
    assert any(serve.free(port_just_left()) for _ in range(5)), "others may take one, but not all"


def test_only_what_can_be_read_is_prepared(
    course: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (course.docs / "bad.md").write_text("```python\n")
    (course.docs / "labs/bad.py").write_text("x = 1\n")
    names = {found.name for found in serve.readable(course)}
    assert {"docs/index.md", "docs/sums.md", "docs/labs/try.py", "docs/labs/other.py"} <= names
    assert not {"docs/bad.md", "docs/labs/bad.py"} & names

    def refuse(*_: object) -> None:
        raise PageError("as asked")

    made: list[Any] = []
    monkeypatch.setattr(serve, "pictures", SimpleNamespace(draw=made.append))
    monkeypatch.setattr(serve, "typefaces", SimpleNamespace(ship=made.append))
    monkeypatch.setattr(serve, "artefacts", SimpleNamespace(make_for=refuse))
    serve.prepare(course)
    assert made == [course, course] and capsys.readouterr().err == "as asked\n"


def test_an_error_page_is_served_where_there_is_one(tmp_path: Path) -> None:
    assert serve._error_page(tmp_path, 404) is None
    (tmp_path / "404.html").write_bytes(b"none")
    assert serve._error_page(tmp_path, 404) == b"none"


def mkdocs_page(name: str, modified: bool = False) -> Any:
    """A page as MkDocs has it before it is read."""
    file = SimpleNamespace(src_uri=name, is_modified=lambda: modified)
    return SimpleNamespace(file=file, title=f"Title of {name}", content="its own", toc="its toc")


@pytest.fixture
def shown() -> Any:
    return _Preview({}, [], SimpleNamespace())  # type: ignore[arg-type]


def test_menus_keep_the_titles_of_pages_that_are_not_rendered_again(shown: Any) -> None:
    first = mkdocs_page("a.md")
    shown.on_page_content("<p>", page=first)
    assert shown.titles == {"a.md": "Title of a.md"}
    again, edited, new = mkdocs_page("a.md"), mkdocs_page("a.md", True), mkdocs_page("b.md")
    again.title = edited.title = new.title = None
    nav = SimpleNamespace(pages=[again, edited, new])
    shown.on_nav(nav, config=None, files=None)
    assert [page.title for page in nav.pages] == ["Title of a.md", None, None]


def test_the_theme_is_taken_as_it_was_compiled(shown: Any) -> None:
    env = SimpleNamespace(bytecode_cache=None)
    shown.on_env(env)
    assert env.bytecode_cache is shown.compiled


@pytest.mark.parametrize("where", ["read_source", "render", None])
def test_the_fault_of_a_page_is_its_content(
    shown: Any, monkeypatch: pytest.MonkeyPatch, where: str | None
) -> None:
    done: list[str] = []

    def stage(name: str) -> Any:
        def do(page: Any, *_: Any) -> None:
            done.append(name)
            if name == where:
                raise KeyError("no such")

        return do

    for name in ("read_source", "render"):
        monkeypatch.setattr(f"pagekit.build.live.pages.Page.{name}", stage(name))
    page = mkdocs_page("part/a.md")
    shown.on_pre_page(page, config=None, files=None)
    page.read_source(None)
    page.render(None, None)
    assert done == ["read_source", "render"]
    if where is None:
        assert page.content == "its own" and page.toc == "its toc" and shown.faults == []
        return
    assert shown.faults == ["docs/part/a.md: KeyError: 'no such'"]
    assert "This page has a fault" in page.content and "part/a.md: KeyError" in page.content
    assert list(page.toc) == []
    if where == "read_source":
        assert (page.markdown, page.meta) == ("", {})


@pytest.mark.parametrize(
    ("message", "kept"),
    [("A 'dirty' build is being performed", False), ("Building documentation", True)],
)
def test_that_a_preview_is_a_dirty_build_is_nothing_to_say(message: str, kept: bool) -> None:
    record = logging.LogRecord("mkdocs", logging.WARNING, "", 0, message, (), None)
    assert _not_about_dirty_builds(record) is kept


def test_what_cannot_even_be_configured_is_one_line(
    course: Project, pages: LivePages, capsys: pytest.CaptureFixture[str]
) -> None:
    (course.root / "mkdocs.yml").write_text("site_name: [\n")
    page = pages.site / "index.html"
    page.write_text("as it was")
    pages.render(set())
    assert page.read_text() == "as it was"
    (course.docs / "gone.md").unlink(missing_ok=True)
    gone = pages.site / "gone.html"
    gone.write_text("")
    pages.render({course.docs / "gone.md"})
    assert not gone.exists() and page.exists()
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("mkdocs.yml: "), "told once for both"


class Serving:
    """Stands for MkDocs' server, and notes what is done in which order."""

    def __init__(self, log: list[Any], refresh: Any, host: str, port: int, folder: str) -> None:
        self.log, self.refresh = log, refresh
        log.append((host, port, folder))

    def watch(self, path: str) -> None:
        self.log.append(("watch", path))

    def serve(self) -> None:
        self.log.append(self.error_handler(404))  # type: ignore[attr-defined]
        self.refresh()
        raise KeyboardInterrupt

    def shutdown(self) -> None:
        self.log.append("shut down")


def test_a_preview_renders_then_runs_and_ends_what_it_began(
    course: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log: list[Any] = []
    changed = {course.root / "pagekit" / "a.py"}
    monkeypatch.setattr("mkdocs.livereload.LiveReloadServer", lambda *given: Serving(log, *given))
    for kind, names in ((LivePages, ["render"]), (Reruns, ["look", "start", "end"])):
        for name in names:
            monkeypatch.setattr(
                kind, name, lambda _, *given, name=name: log.append((name, *map(sorted, given)))
            )
    monkeypatch.setattr("pagekit.build.live.changes.Changes.take", lambda _: changed)
    with pytest.raises(KeyboardInterrupt):
        serve.serve(course, tmp_path / "preview", 8123)
    site = tmp_path / "preview" / "site"
    every = sorted([*course.pages(), *(course.docs / "labs").glob("*.py")])
    watched = [str(course.root / name) for name in ("docs", "mkdocs.yml", "snippets")]
    assert log[0] == (serve.HOST, 8123, str(site))
    assert log[1:4] == [("watch", path) for path in watched], "of those that are there"
    assert log[4:7] == [("render", []), ("look", every), ("start",)]
    assert log[7] is None
    assert log[8:] == [
        *(("render", sorted(changed)), ("look", sorted(changed))),
        *(("end",), "shut down"),
    ]
    said = capsys.readouterr()
    assert "The preview is at http://127.0.0.1:8123/" in said.out
    assert said.err == "pagekit/ has changed: stop the preview and start it again\n"
