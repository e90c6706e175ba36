"""Runs the pages' blocks with pytest, from a command: a progress bar, and a message per fault."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

from pagekit.errors import PageError
from pagekit.project import Project, working_in
from pagekit.read.blocks import read_page
from pagekit.run import artefacts, results
from pagekit.run.parallel import schedule
from pagekit.run.parallel.items import PooledItem


class _Report:
    """A pytest plugin that shows progress and keeps the faults."""

    def __init__(self) -> None:
        self.order: dict[str, int] = {}
        self.faults: list[tuple[int, str]] = []
        self.ran = 0
        self.bar: tqdm[Any] | None = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep a page's fault."""
        if report.failed:
            self.faults.append((0, report.longreprtext))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Now the number of blocks is known, and their order on the pages."""
        self.order = {item.nodeid: number for number, item in enumerate(session.items)}
        if session.items:
            self.bar = tqdm(
                total=len(session.items), desc="running blocks", unit="block", file=sys.stderr
            )

    def pytest_pagekit_running(self, items: list[PooledItem]) -> None:
        """Show what is running, also while nothing ends."""
        if self.bar is not None:
            told = ", ".join(f"{item.label} {item.progress}".rstrip() for item in items)
            self.bar.set_postfix_str(told)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a run, keep its fault."""
        if report.failed:
            self.faults.append((self.order[report.nodeid], report.longreprtext))
        if report.when == "call" and not report.skipped:
            self.ran += 1
        if report.when == "teardown" and self.bar is not None:
            self.bar.update()


def run_blocks(
    project: Project,
    pages: list[Path] | None = None,
    stale_only: bool = False,
    as_made: bool = False,
    plugins: tuple[str, ...] = (),
    beside: tuple[str, ...] = (),
) -> int:
    """Run the blocks of some pages, or of all; returns how many chains and other items ran.

    Args:
        project: whose pages they are.
        pages: those whose blocks run; all unless given.
        stale_only: leave out what has a true result.
        as_made: take artefacts as they are; otherwise those that are not fresh are made first.
        plugins: further pytest plugins, which find other things in ``docs/`` to run.
        beside: plugins that add to a run what would else be done after it.

    Raises:
        PageError: with one line for each fault.
    """
    if stale_only and not plugins and all(_fresh(p, project) for p in pages or project.pages()):
        return 0  # pytest itself would take two seconds to find this out
    try:
        schedule.workers()
    except ValueError as error:
        raise PageError(str(error)) from error
    words = [str(path) for path in pages] if pages else [str(project.docs)]
    words += [word for name in ("pagekit.run.plugin", *plugins, *beside) for word in ("-p", name)]
    words += ["--stale"] if stale_only else []
    words += ["--as-made"] if as_made else []
    ran = _run(words, project)
    for path in pages or project.pages():
        results.prune(read_page(path, project), project)
    if not pages:
        results.prune_vanished(project)
    return ran


def _run(words: list[str], project: Project) -> int:
    """Run pytest, with nothing of it to be seen but the progress; returns how many items ran."""
    report = _Report()
    words = [*words, "-c", os.devnull, "--rootdir", str(project.root)]
    words += ["-p", "no:cacheprovider", "-p", "no:terminal"]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        with working_in(project.root):
            status = pytest.main(words, plugins=[report])
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        if report.bar is not None:
            report.bar.close()
    if status == pytest.ExitCode.INTERRUPTED and not report.faults:
        raise PageError("interrupted; the same command goes on from here")
    if report.faults:
        raise PageError("\n".join(fault for _, fault in sorted(report.faults)))
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise PageError(f"running the blocks ended with {pytest.ExitCode(status).name}")
    return report.ran


def _fresh(path: Path, project: Project) -> bool:
    try:
        page = read_page(path, project)
        made = all(artefacts.fresh(a, project) for a in artefacts.of_page(page, project))
        return made and not results.stale(page, project)
    except PageError:
        return False  # pytest says what is wrong with it


def main() -> int:
    """Run the stale blocks of the pages named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m pagekit.run.session", description=main.__doc__)
    parser.add_argument("--as-made", action="store_true", help="take artefacts as they are")
    parser.add_argument("pages", type=Path, nargs="*")
    options = parser.parse_args()
    try:
        run_blocks(Project.here(), options.pages or None, stale_only=True, as_made=options.as_made)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
