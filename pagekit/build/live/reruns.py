"""Runs what a change made stale while a preview is served: the page saved last comes first."""

import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from pagekit.errors import PageError
from pagekit.labs import notebooks
from pagekit.labs.source import labs, read_lab
from pagekit.project import Project
from pagekit.read.blocks import Chain, Page, read_page
from pagekit.read.code.fences import Fence
from pagekit.read.includes import Line
from pagekit.render import faults
from pagekit.run import results
from pagekit.run.chains import run_chain
from pagekit.run.environment import environment
from pagekit.run.parallel import schedule
from pagekit.run.parallel.command import Command, CommandError
from pagekit.run.parallel.pool import Pool


class Reruns(threading.Thread):
    """A thread that runs stale blocks and labs, in processes that stay at hand.

    Args:
        project: whose pages they are.
        shown: called with a page or lab whenever what is known of it has changed.
    """

    def __init__(self, project: Project, shown: Callable[[Path], None]) -> None:
        super().__init__(daemon=True)
        self.project = project
        self.shown = shown
        self._waiting: list[Path] = []
        self._wake = threading.Condition()
        self._pool = Pool(project.root)
        self._tried: dict[tuple[Path, str], int] = {}
        self._around = 0  # counts the changes of what pages are made of besides their own text
        self._ended = False

    def look(self, changed: Iterable[Path]) -> None:
        """Look at the pages that a change of these files may have made stale."""
        pages = [*self.project.pages(), *labs(self.project)]
        own = [path for path in pages if path in set(changed)]
        with self._wake:
            self._waiting = own + [path for path in self._waiting if path not in own]
            if any(path not in pages and path.suffix != ".ipynb" for path in changed):
                self._around += 1
                self._waiting += [path for path in pages if path not in self._waiting]
            self._wake.notify()

    def run(self) -> None:
        """Run what waits, until ``end``."""
        while (path := self._next()) is not None:
            try:
                more = self._lab(path) if path.suffix == ".py" else self._page(path)
            except PageError:
                continue  # the page itself says what is wrong with it
            except OSError as error:
                print(f"{self.project.relative(path)}: {error}", file=sys.stderr, flush=True)
                continue
            if more:
                with self._wake:
                    if path not in self._waiting:
                        self._waiting.insert(0, path)

    def end(self) -> None:
        """End what runs; nothing is begun any more."""
        with self._wake:
            self._ended = True
            self._wake.notify()
        self._pool.close()

    def _next(self) -> Path | None:
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._ended)
            return None if self._ended else self._waiting.pop(0)

    def _page(self, path: Path) -> bool:
        """Run a page's first stale chains, as many as there are cores; whether more may wait."""
        page = read_page(path, self.project)
        chains = [c for c in results.stale(page, self.project) if self._is_new(path, c.code)]
        batch = {
            schedule.Job(str(chain.line), self._runner(page, chain), alone=chain.alone): chain
            for chain in chains[: schedule.workers()]
        }
        for chain in batch.values():
            self._tried[path, chain.code] = self._around
            faults.forget(chain)
        if batch:
            self.shown(path)  # what it shows is not true any more
        for job, error in schedule.run_all(batch, schedule.workers(), self._pool.stop):
            if error is not None and not self._ended:
                self._failed(batch[job], str(error))
            self.shown(path)
        return bool(chains)

    def _runner(self, page: Page, chain: Chain) -> Callable[[], None]:
        def run() -> None:
            with self._pool.server(schedule.cores() if chain.alone else 1) as server:
                run_chain(server, page, chain, self.project)

        return run

    def _lab(self, path: Path) -> bool:
        """Run a lab if it is stale; its notebook then changes, which shows it."""
        lab = read_lab(path, self.project)
        if notebooks.load(lab, self.project) is not None or not self._is_new(path, str(lab.cells)):
            return False
        self._tried[path, str(lab.cells)] = self._around
        cells = [
            Chain([Fence(c.line, c.line, "", "python", {}, tuple(_lines(c.source, c.line)))])
            for c in lab.code
        ]
        for cell in cells:
            faults.forget(cell)
        words = ["pagekit.labs.notebooks", lab.name]
        command = Command(words, self.project.root, environment(self.project.root))
        try:
            self._pool.run(command)
        except CommandError as error:
            if not self._ended:
                at = str(error).removeprefix(f"{lab.name}:").partition(":")[0]
                line = int(at) if at.isdecimal() else 0
                before = [cell for cell in cells if cell.line <= line] or cells
                self._failed(before[-1], str(error))
        self.shown(path)
        return False

    def _is_new(self, path: Path, code: str) -> bool:
        """Whether this has not been tried since anything around it changed."""
        return self._tried.get((path, code)) != self._around

    def _failed(self, chain: Chain, message: str) -> None:
        faults.note(chain, message)
        with suppress(OSError):
            print(message, file=sys.stderr, flush=True)


def _lines(source: str, first: int) -> list[Line]:
    return [Line(text, number) for number, text in enumerate(source.split("\n"), first)]
