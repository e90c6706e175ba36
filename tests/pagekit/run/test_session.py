"""The report of a run: faults in the order of the pages, progress, what counts as run."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import parse_page
from pagekit.run import session
from pagekit.run.chains import check_figures, page_error
from pagekit.run.results import Result, Segment


def report(nodeid: str, when: str = "call", failed: bool = False, skipped: bool = False) -> Any:
    return SimpleNamespace(
        nodeid=nodeid, when=when, failed=failed, skipped=skipped, longreprtext=f"fault of {nodeid}"
    )


@pytest.fixture
def bar(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    seen: dict[str, Any] = {"updates": 0}

    class Bar:
        def __init__(self, **options: Any) -> None:
            seen.update(options)

        def set_postfix_str(self, text: str) -> None:
            seen["told"] = text

        def update(self) -> None:
            seen["updates"] += 1

    monkeypatch.setattr(session, "tqdm", Bar)
    return seen


def test_faults_are_kept_in_the_order_of_the_pages(bar: dict[str, Any]) -> None:
    told = session._Report()
    told.pytest_runtest_logreport(report("x", "setup"))  # before anything is known
    items = [SimpleNamespace(nodeid=name) for name in "abc"]
    told.pytest_collection_finish(SimpleNamespace(items=items))  # type: ignore[arg-type]
    assert bar["total"] == 3
    told.pytest_collectreport(SimpleNamespace(failed=True, longreprtext="page"))  # type: ignore[arg-type]
    told.pytest_collectreport(SimpleNamespace(failed=False, longreprtext="fine"))  # type: ignore[arg-type]
    for nodeid, failed, skipped in (("c", True, False), ("a", False, False), ("b", False, True)):
        told.pytest_runtest_logreport(report(nodeid, "setup"))
        told.pytest_runtest_logreport(report(nodeid, "call", failed, skipped))
        told.pytest_runtest_logreport(report(nodeid, "teardown"))
    assert sorted(told.faults) == [(0, "page"), (2, "fault of c")]
    assert told.ran == 2, "what was skipped did not run"
    assert bar["updates"] == 3


def test_a_bar_tells_how_many_blocks_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    told = session._Report()
    told.pytest_collection_finish(
        SimpleNamespace(items=[SimpleNamespace(nodeid=name) for name in "abc"])  # type: ignore[arg-type]
    )
    assert told.bar is not None
    told.bar.close()
    out, err = capsys.readouterr()
    assert out == ""
    assert "running blocks" in err and "0/3" in err and "block/s" in err


def test_what_is_running_is_shown(bar: dict[str, Any]) -> None:
    told = session._Report()
    items: Any = [
        SimpleNamespace(label="a", progress="5 %"),
        SimpleNamespace(label="b", progress=""),
    ]
    told.pytest_pagekit_running(items)
    assert "told" not in bar
    told.pytest_collection_finish(SimpleNamespace(items=[]))  # type: ignore[arg-type]
    assert told.bar is None, "nothing to run, and so no bar"
    told.pytest_collection_finish(SimpleNamespace(items=[SimpleNamespace(nodeid="x")]))  # type: ignore[arg-type]
    told.pytest_pagekit_running(items)
    assert bar["told"] == "a 5 %, b"


@pytest.fixture
def chain(project: Project) -> Any:
    text = (
        '# T\n\n```python\nx = 1\n--8<-- "snippets/sums.py:fail"\n```\n\n'
        "<!--pytest-codeblocks:cont-->\n```python\ny = 2\n```\n\n"
        "Is `{python} x`\nand `{python} y`.\n"
    )
    page = parse_page(text, project.docs / "page.md", project)
    return page, page.chains[0]


@pytest.mark.parametrize(
    ("outcome", "line", "says"),
    [
        ({"segment": 0, "line": 0}, 4, "does not run: it fails; mend"),
        ({"segment": 0, "line": 2}, 5, r"it fails \(in snippets/sums.py:9\); mend"),
        ({"segment": 0, "line": 3}, 3, "it fails; mend"),
        ({"segment": 0, "line": -1}, 3, "it fails; mend"),
        ({"segment": 1, "line": 0}, 10, "it fails; mend"),
        ({"segment": 1, "line": None}, 9, "it fails; mend"),
        ({"segment": None, "line": None}, 3, "it fails; mend"),
        ({}, 3, "it fails; mend"),
        ({"value": "x"}, 13, "the inline value `x` fails: it fails"),
        ({"value": "y"}, 14, "the inline value `y` fails: it fails"),
        (
            {"segment": 0, "line": 0, "at": "/x/site-packages/lib/a.py:3"},
            4,
            r"it fails \(raised at lib/a.py:3\); mend",
        ),
    ],
)
def test_a_fault_names_the_line_that_is_to_blame(
    chain: Any, outcome: dict[str, Any], line: int, says: str
) -> None:
    error = page_error({"fault": "it fails", **outcome}, *chain)
    assert (error.path, error.line) == ("docs/page.md", line)
    with pytest.raises(PageError, match=says):
        raise error


def test_a_fault_raised_in_the_project_is_named_within_it(chain: Any, project: Project) -> None:
    at = f"{project.root}/snippets/sums.py:3"
    error = page_error({"fault": "f", "segment": 0, "line": 0, "at": at}, *chain)
    assert "(raised at snippets/sums.py:3)" in str(error)


def test_each_fence_describes_its_own_figures(project: Project) -> None:
    text = '```python alt="A"\nx\n```\n<!--pytest-codeblocks:cont-->\n```python\ny\n```\n'
    page = parse_page(text, project.docs / "page.md", project)
    (chain,) = page.chains
    check_figures(Result([Segment("", ["<svg/>"]), Segment()], {}), page, chain)
    for figures, line in (((0, 0), 1), ((1, 1), 5)):
        segments = [Segment("", ["<svg/>"] * count) for count in figures]
        with pytest.raises(PageError) as caught:
            check_figures(Result(segments, {}), page, chain)
        assert (caught.value.path, caught.value.line) == ("docs/page.md", line)


def test_a_run_without_anything_stale_asks_no_pytest(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []

    def run(words: list[str], project: Project) -> int:
        ran.append(words)
        return 3

    monkeypatch.setattr(session, "_run", run)
    path = project.docs / "text.md"
    path.write_text("# T\n")
    assert session.run_blocks(project, [path], stale_only=True) == 0 and ran == []
    assert session.run_blocks(project, [path]) == 3
    assert session.run_blocks(project, stale_only=True, as_made=True, beside=("b",)) == 3
    one, two = ran
    assert one[0] == str(path) and "--stale" not in one and "--as-made" not in one
    assert two[0] == str(project.docs) and {"--stale", "--as-made", "b"} <= set(two)
    assert two[1:5] == ["-p", "pagekit.run.plugin", "-p", "b"]
    path.write_text("# T\n\n```python\n")
    assert not session._fresh(path, project), "pytest says what is wrong with it"


def test_results_of_pages_that_are_gone_go_where_all_pages_are_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_run", lambda words, project: 0)
    gone = project.results / "gone" / "a.json"
    gone.parent.mkdir(parents=True)
    gone.write_text("{}")
    old = project.results / "index" / "old.json"
    old.parent.mkdir()
    old.write_text("{}")
    session.run_blocks(project, [project.docs / "index.md"])
    assert gone.exists() and not old.exists(), "of a page that is run, what it no longer has"
    session.run_blocks(project)
    assert not gone.exists()


@pytest.mark.parametrize(
    ("status", "faults", "says"),
    [
        (pytest.ExitCode.OK, [], None),
        (pytest.ExitCode.NO_TESTS_COLLECTED, [], None),
        (pytest.ExitCode.INTERRUPTED, [], "interrupted; the same command goes on"),
        (pytest.ExitCode.INTERRUPTED, [(1, "b"), (0, "a")], "^a\nb$"),
        (pytest.ExitCode.TESTS_FAILED, [(1, "b"), (0, "a")], "^a\nb$"),
        (pytest.ExitCode.USAGE_ERROR, [], "ended with USAGE_ERROR"),
    ],
)
def test_how_a_run_of_pytest_ends(
    project: Project, monkeypatch: pytest.MonkeyPatch, status: int, faults: list, says: str | None
) -> None:
    closed: list[bool] = []

    def main(words: list[str], plugins: list[Any]) -> int:
        assert Path.cwd() == project.root.resolve()
        assert session.os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] == "1"
        plugins[0].faults += faults
        plugins[0].ran = 4
        plugins[0].bar = SimpleNamespace(close=lambda: closed.append(True))
        return status

    monkeypatch.setattr(session.pytest, "main", main)
    if says is None:
        assert session._run(["x"], project) == 4
    else:
        with pytest.raises(PageError, match=says):
            session._run(["x"], project)
    assert "PYTEST_DISABLE_PLUGIN_AUTOLOAD" not in session.os.environ and closed == [True]


def test_a_wrong_number_of_workers_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGEKIT_WORKERS", "none")
    with pytest.raises(PageError, match=r"^PAGEKIT_WORKERS=none is not"):
        session.run_blocks(project)


def test_of_pytest_nothing_is_seen_or_left(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    path = project.docs / "text.md"
    path.write_text("# T\n")
    assert session.run_blocks(project, [path]) == 0
    assert capfd.readouterr() == ("", "")
    assert not (project.root / ".pytest_cache").exists()
