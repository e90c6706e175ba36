"""What a saved file touches: which pages are rendered again, which blocks are looked at."""

import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pagekit.build import serve
from pagekit.build.live.pages import LivePages, _line
from pagekit.build.live.reruns import Reruns, _lines
from pagekit.errors import PageError
from pagekit.labs.source import read_lab
from pagekit.project import Project
from pagekit.read.blocks import Chain, read_page
from pagekit.read.code.fences import Fence
from pagekit.render import faults
from pagekit.run import results
from pagekit.run.parallel.command import Command, CommandError


@pytest.fixture
def course(project: Project) -> Project:
    """A project with a page that includes a snippet, and a lab that names one."""
    (project.docs / "sums.md").write_text('# S\n\n```python\n--8<-- "snippets/sums.py:add"\n```\n')
    (project.docs / "labs").mkdir()
    (project.docs / "labs/try.py").write_text("# %%\n# snippets/sums.py\nprint(1)\n")
    (project.docs / "labs/other.py").write_text("# %%\nprint(2)\n")
    return project


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


@pytest.fixture
def reruns(course: Project) -> Iterator[Reruns]:
    shown: list[Path] = []
    reruns = Reruns(course, shown.append)
    reruns.seen = shown  # type: ignore[attr-defined]
    yield reruns
    reruns.end()


def waiting(reruns: Reruns) -> list[str]:
    return [reruns.project.relative(path) for path in reruns._waiting]


def test_the_page_saved_last_comes_first(course: Project, reruns: Reruns) -> None:
    every = [course.relative(p) for p in course.pages()]
    reruns.look([course.docs / "sums.md"])
    assert waiting(reruns) == ["docs/sums.md"]
    reruns.look([course.docs / "index.md"])
    reruns.look([course.docs / "sums.md"])
    assert waiting(reruns) == ["docs/sums.md", "docs/index.md"]
    reruns.look([course.docs / "labs" / "try.ipynb"])
    assert waiting(reruns) == ["docs/sums.md", "docs/index.md"], "made by the run itself"
    reruns.look([course.root / "snippets" / "sums.py"])
    assert waiting(reruns)[:2] == ["docs/sums.md", "docs/index.md"]
    assert sorted(waiting(reruns)) == sorted([*every, "docs/labs/other.py", "docs/labs/try.py"])


def test_what_was_tried_is_new_only_after_something_around_it_changed(
    course: Project, reruns: Reruns
) -> None:
    path = course.docs / "index.md"
    assert reruns._is_new(path, "x")
    reruns._tried[path, "x"] = reruns._around
    assert not reruns._is_new(path, "x") and reruns._is_new(path, "y")
    reruns.look([path])
    assert not reruns._is_new(path, "x")
    reruns.look([course.root / "mkdocs.yml"])
    assert reruns._is_new(path, "x")


def test_stale_blocks_run_and_faults_are_kept(course: Project, reruns: Reruns) -> None:
    path = course.docs / "page.md"
    path.write_text("# T\n\n```python\nprint(2 * 21)\n```\n\n```python\n1 / 0\n```\n")
    while reruns._page(path):
        pass
    page = read_page(path, course)
    good, bad = page.chains
    found = results.load(page, good, course)
    assert found is not None and found.segments[0].output == "42\n"
    assert faults.why(good) is None
    assert "docs/page.md:8: this block does not run: ZeroDivisionError" in str(faults.why(bad))
    assert not reruns._is_new(path, bad.code), "it is not tried again as it stands"
    assert set(reruns.seen) == {path} and len(reruns.seen) >= 3  # type: ignore[attr-defined]


def test_the_thread_runs_what_waits_and_ends_when_told(course: Project, reruns: Reruns) -> None:
    done: list[Path] = []
    reruns._page = lambda path: done.append(path) or done.count(path) < 2  # type: ignore[method-assign,func-returns-value]
    reruns._lab = lambda path: done.append(path) or False  # type: ignore[method-assign,func-returns-value]
    reruns.look([course.docs / "index.md"])
    reruns.look([course.docs / "labs" / "try.py"])
    reruns.start()
    for _ in range(600):
        if len(done) == 3:
            break
        reruns.join(0.05)
    reruns.end()
    reruns.join(30)
    assert not reruns.is_alive()
    index, lab = course.docs / "index.md", course.docs / "labs" / "try.py"
    assert sorted(done) == sorted([lab, index, index])


def test_lines_of_a_cell_are_those_of_its_lab() -> None:
    assert [(line.text, line.page_line) for line in _lines("a\n\nb", 5)] == [
        ("a", 5),
        ("", 6),
        ("b", 7),
    ]


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

    drawn: list[Any] = []
    monkeypatch.setattr(serve, "pictures", SimpleNamespace(draw=drawn.append))
    monkeypatch.setattr(serve, "artefacts", SimpleNamespace(make_for=refuse))
    serve.prepare(course)
    assert drawn == [course] and capsys.readouterr().err == "as asked\n"


def test_an_error_page_is_served_where_there_is_one(tmp_path: Path) -> None:
    assert serve._error_page(tmp_path, 404) is None
    (tmp_path / "404.html").write_bytes(b"none")
    assert serve._error_page(tmp_path, 404) == b"none"


@pytest.mark.parametrize(
    ("message", "blamed"),
    [
        ("docs/labs/three.py:2: it fails", 0),
        ("docs/labs/three.py:6: it fails", 1),
        ("docs/labs/three.py:9: it fails", 2),
        ("docs/labs/three.py:1: it fails", 2),
        ("no line", 2),
    ],
)
def test_a_fault_of_a_lab_shows_at_its_cell(
    course: Project, reruns: Reruns, message: str, blamed: int
) -> None:
    path = course.docs / "labs" / "three.py"
    path.write_text("# %%\nx = 1\n\n# %%\nx = 2\nx += 1\n\n# %%\nx = 3\n")
    lab = read_lab(path, course)
    words: list[list[str]] = []

    def run(command: Command) -> None:
        words.append(command.words)
        raise CommandError(message)

    reruns._pool.run = run  # type: ignore[method-assign]
    assert reruns._lab(path) is False and reruns._lab(path) is False
    assert len(words) == 1, "what failed is not tried again as it stands"
    assert words[0][3:] == ["pagekit.labs.notebooks", "docs/labs/three.py"], "behind the leash"
    cells = [
        Chain([Fence(c.line, c.line, "", "python", {}, tuple(_lines(c.source, c.line)))])
        for c in lab.code
    ]
    told = [faults.why(cell) for cell in cells]
    assert [number for number, why in enumerate(told) if why] == [blamed]
    assert told[blamed] == message
    assert reruns.seen == [path]  # type: ignore[attr-defined]
    for cell in cells:
        faults.forget(cell)
