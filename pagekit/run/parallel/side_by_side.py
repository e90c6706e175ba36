"""Runs pytest's items side by side, as many as there are cores.

pytest itself stays one process, whose threads only wait, so that what a run costs to start does
not grow with the cores. What an item did is kept until pytest asks for it, item by item.
"""

from collections.abc import Generator

import pytest

from pagekit.project import Project
from pagekit.run.parallel import hooks, schedule
from pagekit.run.parallel.items import PooledItem, pool_key, pool_of
from pagekit.run.parallel.pool import Pool


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the hook that tells what is running."""
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Have a pool at hand; its processes start with the first items."""
    try:
        schedule.workers()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[pool_key] = Pool(Project.here().root)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what is left of the pool."""
    if pool := config.stash.get(pool_key, None):
        pool.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Run what can run side by side, and leave the rest to pytest's own loop.

    Under pytest-xdist, whose processes run side by side already, that loop has them all.
    """
    config = session.config
    if session.testsfailed or config.option.collectonly or hasattr(config, "workerinput"):
        return
    pooled = [item for item in session.items if isinstance(item, PooledItem) and not item.marked]
    if not pooled:
        return
    if reporter := config.pluginmanager.get_plugin("terminalreporter"):
        reporter.showfspath = False  # items end in any order: no line for each change of file
    run_side_by_side(session, pooled)
    done = set(pooled)
    session.items[:] = [item for item in session.items if item not in done]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report the time that an item took when it ran, not when pytest asked for the outcome."""
    report = yield
    if report.when == "call" and isinstance(item, PooledItem) and item.seconds is not None:
        report.duration = item.seconds
    return report


def run_side_by_side(session: pytest.Session, items: list[PooledItem]) -> None:
    """Run items side by side and report each to pytest as it ends."""
    by_job = {
        schedule.Job(item.name, item.run_now, item.expected, item.needs, item.alone): item
        for item in items
    }

    def look(running: list[schedule.Job]) -> None:
        session.config.hook.pytest_pagekit_running(items=[by_job[job] for job in running])

    stop = pool_of(session.config).stop
    for job, _ in schedule.run_all(by_job, schedule.workers(), stop, look):
        item = by_job[job]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        # Heed what a report may have asked for (`--maxfail`, say), as pytest's own loop does.
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
