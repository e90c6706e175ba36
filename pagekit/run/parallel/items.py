"""Items of pytest that run side by side, each in a process of its own."""

import time
from typing import Any

import pytest

from pagekit.project import Project
from pagekit.run.environment import environment
from pagekit.run.parallel import schedule
from pagekit.run.parallel.command import Command
from pagekit.run.parallel.pool import Pool

pool_key = pytest.StashKey[Pool]()


def pool_of(config: pytest.Config) -> Pool:
    """The pool of this run."""
    return config.stash[pool_key]


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
        if missing := sorted(self.needs & pool_of(self.config).failed):
            pytest.skip(f"{missing[0]} could not be made")

    def run_now(self) -> None:
        """Do the work, in any thread, and keep what it raises for ``runtest``."""
        begin = time.perf_counter()
        try:
            self.ready()
            self.work()
        except BaseException as error:
            self._error = error
            pool_of(self.config).failed.add(self.name)
        self.seconds = time.perf_counter() - begin

    def runtest(self) -> None:
        """Tell what came out; the item runs now where it did not run beside the others."""
        if self.seconds is None:
            self.run_now()
        if self._error is not None:
            raise self._error


class CommandItem(PooledItem):
    """An item that is a command of the project, in a process of its own."""

    command: Command | None = None

    @property
    def progress(self) -> str:
        """How far its progress bar is."""
        return self.command.progress if self.command else ""

    def run_command(self, words: list[str], project: Project) -> None:
        """Run a module to its end, with one thread; see ``Command`` for its words.

        Raises:
            CommandError: it fails.
        """
        self.command = Command(words, project.root, environment(project.root))
        pool_of(self.config).run(self.command)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """One message."""
        return str(excinfo.value)
