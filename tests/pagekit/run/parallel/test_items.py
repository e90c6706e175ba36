"""Items that run beside others: what they raise, what they need, and how it is told."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pagekit.errors import PageError
from pagekit.labs.plugin import LabItem
from pagekit.project import Project
from pagekit.read.blocks import parse_page
from pagekit.render.diagrams.ahead import DiagramsItem
from pagekit.run.artefact_list import Artefact
from pagekit.run.environment import environment
from pagekit.run.parallel import artefact_items, side_by_side
from pagekit.run.parallel.artefact_items import ArtefactItem
from pagekit.run.parallel.command import CommandError
from pagekit.run.parallel.items import CommandItem, PooledItem, pool_key
from pagekit.run.plugin import ChainItem


def item(kind: type[PooledItem], work: Any = None, failed: tuple[str, ...] = ()) -> Any:
    """An item without pytest around it."""
    made: Any = object.__new__(kind)
    pool = SimpleNamespace(failed=set(failed))
    made.config = SimpleNamespace(stash={pool_key: pool})
    made.name = "one"
    if work:
        made.work = work
    return made


def test_what_an_item_raises_is_kept_until_pytest_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise KeyError("k")

    bad = item(PooledItem, fail)
    before: float | None = bad.seconds
    assert before is None and bad.progress == "" and bad.threads == 1
    assert bad.expected == 0, "what nothing is known of comes last"
    bad.run_now()
    after: float | None = bad.seconds
    assert after is not None and 0 <= after < 60
    assert bad.config.stash[pool_key].failed == {"one"}
    with pytest.raises(KeyError):
        bad.runtest()

    ran: list[int] = []
    good = item(PooledItem, lambda: ran.append(1))
    good.runtest()
    good.runtest()
    assert ran == [1], "it runs once"
    monkeypatch.setattr("pagekit.run.parallel.schedule.cores", lambda: 7)
    good.alone = True
    assert good.threads == 7
    with pytest.raises(NotImplementedError):
        item(PooledItem).work()


def test_an_item_whose_need_failed_is_skipped() -> None:
    ran: list[int] = []
    needing = item(PooledItem, lambda: ran.append(1), failed=("model", "other"))
    needing.needs = frozenset({"model", "data"})
    with pytest.raises(pytest.skip.Exception, match="model could not be made"):
        needing.runtest()
    assert ran == []


def test_an_item_with_a_mark_is_pytests_to_judge() -> None:
    made = item(PooledItem)
    for marks in ([], [pytest.mark.skip]):
        made.iter_markers = lambda marks=marks: iter(marks)
        assert made.marked is bool(marks)


def test_a_command_item_tells_its_commands_progress() -> None:
    made = item(CommandItem)
    assert made.progress == ""
    made.command = SimpleNamespace(progress="3 %")
    assert made.progress == "3 %"


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (ArtefactItem, "artefacts.toml: one was not made: no such data"),
        (DiagramsItem, "drawing diagrams: no such data"),
        (LabItem, "no such data"),
    ],
)
def test_a_command_that_fails_is_a_fault(
    project: Project, monkeypatch: pytest.MonkeyPatch, kind: type[CommandItem], says: str
) -> None:
    def fail(words: list[str], where: Project) -> None:
        assert where.root == project.root
        raise CommandError("no such data")

    made = item(kind)
    made.artefact = Artefact("one", "python -m snippets.one {folder}")
    made.lab, made.config.getoption = SimpleNamespace(name="docs/labs/one.py"), bool
    monkeypatch.setattr(made, "run_command", fail, raising=False)
    made.run_now()
    with pytest.raises(PageError) as caught:
        made.runtest()
    assert made.repr_failure(caught) == str(caught.value) == says, "and that is all that is told"
    assert made.config.stash[pool_key].failed == {"one"}


def test_a_chain_is_reported_at_its_line(project: Project) -> None:
    made = item(ChainItem)
    made.path = Path("page.md")
    made.page = parse_page("# T\n\n```python\nx = 1\n```\n", project.docs / "page.md", project)
    [made.chain] = made.page.chains
    assert made.reportinfo() == (Path("page.md"), 2, "docs/page.md:3")  # pytest counts from 0


def reported(when: str, made: Any) -> float:
    """The time that pytest is told of an item whose phase took it 100 seconds to ask for."""
    report = SimpleNamespace(when=when, duration=100.0)
    asking = side_by_side.pytest_runtest_makereport(made)
    next(asking)
    with pytest.raises(StopIteration) as ended:
        asking.send(report)  # type: ignore[arg-type]
    assert ended.value.value is report
    return float(report.duration)


def test_an_item_is_said_to_take_the_time_that_it_ran() -> None:
    made = item(PooledItem, bool)
    assert reported("call", made) == 100.0, "it has not run"
    made.seconds = 2.5
    assert [reported(when, made) for when in ("setup", "call")] == [100.0, 2.5]
    assert reported("call", SimpleNamespace(seconds=2.5)) == 100.0, "an item of another kind"


@pytest.fixture
def run_both(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Runs two items, one after the other; says which were reported to a session that then asks."""

    def run_both(**asks: Any) -> list[str]:
        monkeypatch.setenv("PAGEKIT_WORKERS", "1")
        told: list[str] = []

        def protocol(item: Any, nextitem: None) -> None:
            told.append(item.name)
            vars(session).update(asks)

        def running(items: list[Any]) -> None:
            seen.update(item.name for item in items)

        seen: set[str] = set()
        hook = SimpleNamespace(pytest_runtest_protocol=protocol, pytest_pagekit_running=running)
        stash = {pool_key: SimpleNamespace(failed=set(), stop=lambda: None)}
        config = SimpleNamespace(hook=hook, stash=stash)
        session: Any = SimpleNamespace(
            config=config, shouldfail="", shouldstop="",
            Failed=pytest.Session.Failed, Interrupted=pytest.Session.Interrupted,
        )  # fmt: skip
        items = [item(PooledItem, bool), item(PooledItem, bool)]
        for number, made in enumerate(items):
            made.name, made.config, made.expected = f"item {number}", config, -float(number)
        try:
            side_by_side.run_side_by_side(session, items)
        except (pytest.Session.Failed, pytest.Session.Interrupted) as error:
            told.append(str(error))
        assert seen >= set(told[:1]), "of what runs the hook is told"
        return told

    return run_both


def test_a_session_that_has_seen_enough_goes_no_further(run_both: Callable[..., list[str]]) -> None:
    assert run_both() == ["item 0", "item 1"]
    assert run_both(shouldfail="after 1 failure") == ["item 0", "after 1 failure"]
    assert run_both(shouldstop="asked to stop") == ["item 0", "asked to stop"]


def loop_of(items: list[Any], reporter: Any = None, **state: Any) -> Any:
    """A session of pytest that is about to run its items."""
    option = SimpleNamespace(collectonly=state.pop("collectonly", False))
    plugins = SimpleNamespace(get_plugin={"terminalreporter": reporter}.get)
    config = SimpleNamespace(option=option, pluginmanager=plugins, **state.pop("config", {}))
    return SimpleNamespace(**{"testsfailed": 0, "config": config, "items": items, **state})


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was run side by side."""
    ran: list[Any] = []
    monkeypatch.setattr(side_by_side, "run_side_by_side", lambda session, items: ran.extend(items))
    return ran


def test_pytests_own_loop_has_what_cannot_run_side_by_side(beside: list[Any]) -> None:
    pooled, marked, other = item(PooledItem), item(PooledItem), object()
    pooled._nodeid, pooled.iter_markers = "a", lambda: iter([])
    marked._nodeid, marked.iter_markers = "b", lambda: iter([pytest.mark.skip])
    reporter = SimpleNamespace(showfspath=True)
    rest = loop_of([other, marked], reporter)
    side_by_side.pytest_runtestloop(rest)
    assert beside == [] and rest.items == [other, marked] and reporter.showfspath
    left: tuple[dict[str, Any], ...] = (
        *({"testsfailed": 1}, {"collectonly": True}),
        {"config": {"workerinput": {}}},
    )
    for states in left:
        session = loop_of([other, pooled], reporter, **states)
        side_by_side.pytest_runtestloop(session)
        assert beside == [] and session.items == [other, pooled] and reporter.showfspath, states
    for reports in (None, reporter):
        session = loop_of([other, pooled, marked], reports)
        side_by_side.pytest_runtestloop(session)
        assert beside == [pooled] and session.items == [other, marked]
        beside.clear()
    assert not reporter.showfspath, "items end in any order"


def test_a_run_has_a_pool_that_ends_with_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    config: Any = SimpleNamespace(stash={})
    side_by_side.pytest_unconfigure(config)  # of a run that did not even begin
    monkeypatch.setenv("PAGEKIT_WORKERS", "none")
    with pytest.raises(pytest.UsageError, match="PAGEKIT_WORKERS=none"):
        side_by_side.pytest_configure(config)
    assert config.stash == {}
    monkeypatch.delenv("PAGEKIT_WORKERS")
    side_by_side.pytest_configure(config)
    pool = config.stash[pool_key]
    assert pool.root == project.root
    closed: list[bool] = []
    pool.close = lambda: closed.append(True)
    side_by_side.pytest_unconfigure(config)
    assert closed == [True]


@pytest.mark.parametrize(
    ("needs", "fresh", "made"),
    [
        ((), "", ""),
        (("c",), "", "abc"),
        (("c", "b"), "b", "ac"),
        (("d", "c"), "", "abcd"),
        (("d",), "d", ""),
    ],
)
def test_what_items_need_is_made_before_them_with_all_that_it_needs(
    project: Project, monkeypatch: pytest.MonkeyPatch, needs: tuple[str, ...], fresh: str, made: str
) -> None:
    of = {"a": (), "b": ("a",), "c": ("b",), "d": ()}
    known = {name: Artefact(name, "python -m m {folder}", needs=of[name]) for name in of}
    monkeypatch.setattr(artefact_items.artefacts, "declared", lambda project: known)
    monkeypatch.setattr(artefact_items.artefacts, "fresh", lambda one, project: one.name in fresh)
    monkeypatch.setattr(
        ArtefactItem, "from_parent", lambda parent, **named: SimpleNamespace(parent=parent, **named)
    )
    pooled, other = item(PooledItem), SimpleNamespace(needs={"a", "d"})
    pooled.needs = frozenset(needs)
    items: list[Any] = [other, pooled]
    session: Any = object()
    artefact_items.pytest_collection_modifyitems(session, SimpleNamespace(), items)  # type: ignore[arg-type]
    assert items[-2:] == [other, pooled]
    assert [one.artefact.name for one in items[:-2]] == list(made)
    for one in items[:-2]:
        assert one.parent is session and one.label == one.name == one.artefact.name
        assert one.nodeid == f"artefacts.toml::{one.name}"
        assert one.needs == frozenset(of[one.name])
    items = [pooled]
    worker: Any = SimpleNamespace(workerinput={})
    artefact_items.pytest_collection_modifyitems(session, worker, items)
    assert items == [pooled], "under pytest-xdist they are made before"


def test_an_artefact_runs_by_its_command_and_comes_first(project: Project) -> None:
    made, ran = item(ArtefactItem), []
    made.artefact = Artefact("one", "python -m m {folder}")
    made.run_command = lambda words, where: ran.append((words, where))
    made.work()
    assert ran == [(["pagekit.run.making", "one"], Project.here())]
    assert made.expected == float("inf") and not made.alone
    assert made.reportinfo() == (project.root / "artefacts.toml", 0, "one")


def test_a_command_of_an_item_has_one_thread_and_can_be_stopped(project: Project) -> None:
    made = item(CommandItem)
    ran: list[Any] = []
    made.config.stash[pool_key].run = ran.append
    made.run_command(["m", "--x"], project)
    assert ran == [made.command]
    assert made.command.words[3:] == ["m", "--x"] and made.command.folder == project.root
    assert made.command.environment == environment(project.root, 1)
