"""Runs pytest's items side by side: each in a process of its own, as many as there are cores.

pytest itself stays one process, whose threads only wait, so that what a run costs to start does
not grow with the cores. What an item did is kept until pytest asks for it, item by item.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pagekit.run import schedule
from pagekit.run.command import Command
from pagekit.run.forkserver import ForkServer


class Pool:
    """The processes that items run in: fork servers, kept for the next item, and commands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.failed: set[str] = set()
        self._lock = threading.Lock()
        self._idle: list[ForkServer] = []
        self._busy: list[ForkServer | Command] = []

    @contextmanager
    def server(self, threads: int = 1) -> Iterator[ForkServer]:
        """A fork server whose blocks may use as many threads, for one item at a time."""
        with self._lock:
            fit = [server for server in self._idle if server.threads == threads]
            server = fit[-1] if fit else ForkServer(self.root, threads)
            if fit:
                self._idle.remove(server)
            self._busy.append(server)
        try:
            yield server
        finally:
            with self._lock:
                self._busy.remove(server)
                self._idle.append(server)

    def run(self, command: Command) -> None:
        """Run a command to its end.

        Raises:
            CommandError: it fails.
        """
        with self._lock:
            self._busy.append(command)
        try:
            command.run()
        finally:
            with self._lock:
                self._busy.remove(command)

    def stop(self) -> None:
        """End whatever runs; those who wait for it learn that it died."""
        with self._lock:
            busy = list(self._busy)
        for process in busy:
            process.stop()

    def close(self) -> None:
        """End all processes."""
        self.stop()
        for server in self._idle:
            server.close()


pool_key = pytest.StashKey[Pool]()


class PooledItem(pytest.Item):
    """An item that can run beside others; a mixin before another class of items.

    Attributes:
        label: what it is called where it is shown that it runs.
        expected: the seconds that it is likely to take.
        needs: the names of items that are to end before it begins.
        alone: nothing may run beside it.
    """

    label = ""
    expected = 0.0
    needs: frozenset[str] = frozenset()
    alone = False
    seconds: float | None = None  # that it took; None before it ran
    _error: BaseException | None = None

    @property
    def progress(self) -> str:
        """How far it is, where that is known."""
        return ""

    def work(self) -> None:
        """Do what the item is for, without pytest's fixtures; raises what is at fault."""
        raise NotImplementedError

    @property
    def threads(self) -> int:
        """How many threads its process may use."""
        return schedule.cores() if self.alone else 1

    @property
    def marked(self) -> bool:
        """Whether a mark says that it may not run; pytest itself has to judge that."""
        return next(self.iter_markers(), None) is not None

    def ready(self) -> None:
        """Skip an item whose need could not be made: that is told once, where it failed."""
        if missing := sorted(self.needs & self.config.stash[pool_key].failed):
            pytest.skip(f"{missing[0]} could not be made")

    def run_now(self) -> None:
        """Do the work, in any thread, and keep what it raises for ``runtest``."""
        begin = time.perf_counter()
        try:
            self.ready()
            self.work()
        except BaseException as error:
            self._error = error
            self.config.stash[pool_key].failed.add(self.name)
        self.seconds = time.perf_counter() - begin

    def runtest(self) -> None:
        """Tell what came out; the item runs now where it did not run beside the others."""
        if self.seconds is None:
            self.run_now()
        if self._error is not None:
            raise self._error


def run_loop(session: pytest.Session, items: list[PooledItem]) -> None:
    """Run items side by side and report each to pytest as it ends."""
    by_job = {
        schedule.Job(item.name, item.run_now, item.expected, item.needs, item.alone): item
        for item in items
    }

    def look(running: list[schedule.Job]) -> None:
        session.config.hook.pytest_pagekit_running(items=[by_job[job] for job in running])

    stop = session.config.stash[pool_key].stop
    for job, _ in schedule.run_all(by_job, schedule.workers(), stop, look):
        item = by_job[job]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        # Heed what a report may have asked for (`--maxfail`, say), as pytest's own loop does.
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
