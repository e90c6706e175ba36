"""Which blocks and labs a saved file has run again, in which order, and what becomes of them."""

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pagekit.build.live.reruns import Reruns, _lines
from pagekit.labs.source import read_lab
from pagekit.project import Project
from pagekit.read.blocks import Chain, Page, read_page
from pagekit.read.code.fences import Fence
from pagekit.render import faults
from pagekit.run import results
from pagekit.run.parallel.command import Command, CommandError
from tests.pagekit.run.test_machine import wait_for


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


def test_as_many_chains_run_as_there_are_workers_and_one_that_is_alone_has_all_cores(
    course: Project, reruns: Reruns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGEKIT_WORKERS", "2")
    monkeypatch.setattr("pagekit.run.parallel.schedule.cores", lambda: 7)
    path = course.docs / "page.md"
    path.write_text(
        "# T\n\n```python alone\nx = 1\n```\n\n```python\nx = 2\n```\n\n```python\nx = 3\n```\n"
    )
    first = read_page(path, course).chains[0]
    faults.note(first, "as it was")
    ran: list[tuple[Any, ...]] = []

    def run(server: int, page: Page, chain: Chain, project: Project) -> None:
        assert page.name == "docs/page.md" and project is course
        ran.append((chain.line, server, faults.why(chain)))

    monkeypatch.setattr("pagekit.build.live.reruns.run_chain", run)
    reruns._pool.server = nullcontext  # type: ignore[method-assign,assignment]
    assert reruns._page(path) is True, "there may be more"
    assert ran == [(7, 1, None), (3, 7, None)], "alone, it comes last"
    assert reruns._page(path) is True and ran[2:] == [(11, 1, None)]
    assert reruns._page(path) is False and len(ran) == 3
    assert reruns.seen == [path] * 5  # type: ignore[attr-defined]


def test_a_page_goes_on_before_the_next_one_begins(course: Project, reruns: Reruns) -> None:
    done: list[str] = []

    def page(path: Path) -> bool:
        done.append(path.name)
        if path.name == "sums.md":
            reruns.end()
        return len(done) == 1

    reruns._page = page  # type: ignore[method-assign]
    for name in ("sums.md", "index.md"):
        reruns.look([course.docs / name])
    reruns.run()
    assert done == ["index.md", "index.md", "sums.md"]


def test_the_thread_runs_what_waits_and_ends_when_told(course: Project, reruns: Reruns) -> None:
    done: list[Path] = []
    times = count(1)
    reruns._page = lambda path: done.append(path) or next(times) < 2  # type: ignore[method-assign,func-returns-value]
    reruns._lab = lambda path: done.append(path) or False  # type: ignore[method-assign,func-returns-value]
    reruns.look([course.docs / "index.md"])
    reruns.look([course.docs / "labs" / "try.py"])
    reruns.start()
    assert reruns.daemon, "a preview can end before it"
    index, lab = course.docs / "index.md", course.docs / "labs" / "try.py"
    wait_for(lambda: len(done) >= 3)
    reruns.look([lab])  # while it waits for something to do
    wait_for(lambda: len(done) >= 4)
    reruns.end()
    reruns.join(90)
    assert not reruns.is_alive()
    assert sorted(done[:3]) == sorted([index, index, lab]) and done[3:] == [lab]


def test_lines_of_a_cell_are_those_of_its_lab() -> None:
    assert [(line.text, line.page_line) for line in _lines("a\n\nb", 5)] == [
        ("a", 5),
        ("", 6),
        ("b", 7),
    ]


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
    cells = [
        Chain([Fence(c.line, c.line, "", "python", {}, tuple(_lines(c.source, c.line)))])
        for c in lab.code
    ]
    faults.note(cells[1], "as it was")

    def run(command: Command) -> None:
        assert not any(map(faults.why, cells)), "while it runs, nothing is wrong"
        words.append(command.words)
        raise CommandError(message)

    reruns._pool.run = run  # type: ignore[method-assign]
    assert reruns._lab(path) is False and reruns._lab(path) is False
    assert len(words) == 1, "what failed is not tried again as it stands"
    assert words[0][3:] == ["pagekit.labs.notebooks", "docs/labs/three.py"], "behind the leash"
    told = [faults.why(cell) for cell in cells]
    assert [number for number, why in enumerate(told) if why] == [blamed]
    assert told[blamed] == message
    assert reruns.seen == [path]  # type: ignore[attr-defined]
    for cell in cells:
        faults.forget(cell)
