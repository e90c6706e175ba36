"""Runs the pages' blocks with pytest, from a command: a progress bar, and a message a fault."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

from pagekit.errors import PageError
from pagekit.project import Project, working_in
from pagekit.read.blocks import read_page
from pagekit.run import results


class _Report:
    """A pytest plugin that shows progress and keeps the faults."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.ran = 0
        self.bar: tqdm[Any] | None = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep a page's fault."""
        if report.failed:
            self.faults.append(report.longreprtext)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Now the number of blocks is known."""
        if session.items:
            self.bar = tqdm(
                total=len(session.items), desc="running blocks", unit="block", file=sys.stderr
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a run, keep its fault."""
        if report.failed:
            self.faults.append(report.longreprtext)
        if report.when == "call":
            self.ran += 1
        if report.when == "teardown" and self.bar is not None:
            self.bar.update()


def run_blocks(project: Project, pages: list[Path] | None = None, stale_only: bool = False) -> int:
    """Run the blocks of some pages, or of all; returns how many chains ran.

    Raises:
        PageError: with one line for each fault.
    """
    if stale_only and not pages and all(_fresh(path, project) for path in project.pages()):
        return 0  # pytest itself would take two seconds to find this out
    report = _Report()
    names = [str(path) for path in pages] if pages else [str(project.docs)]
    options = ["-c", os.devnull, "--rootdir", str(project.root), "-p", "no:cacheprovider"]
    options += ["-p", "no:terminal", "-p", "pagekit.run.plugin"]
    options += ["--stale"] if stale_only else []
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        with working_in(project.root):
            status = pytest.main([*options, *names], plugins=[report])
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        if report.bar is not None:
            report.bar.close()
    if report.faults:
        raise PageError("\n".join(report.faults))
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise PageError(f"running the blocks ended with {pytest.ExitCode(status).name}")
    for path in pages or project.pages():
        results.prune(read_page(path, project), project)
    return report.ran


def _fresh(path: Path, project: Project) -> bool:
    try:
        return not results.stale(read_page(path, project), project)
    except PageError:
        return False  # pytest says what is wrong with it


def main() -> int:
    """Run the stale blocks of the pages named, or of all."""
    project = Project.here()
    try:
        run_blocks(project, [Path(name) for name in sys.argv[1:]] or None, stale_only=True)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
