"""The pytest plugin that runs the labs beside the blocks of the pages.

``pytest -p pagekit.run.plugin -p pagekit.labs.plugin docs`` runs both; it knows ``--stale``, too.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pagekit.errors import PageError
from pagekit.labs import notebooks
from pagekit.labs.source import Lab, read_lab
from pagekit.project import Project
from pagekit.run import artefacts
from pagekit.run.parallel.command import CommandError
from pagekit.run.parallel.items import CommandItem


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the labs of the project."""
    if file_path.suffix == ".py" and file_path.parent == Project.here().docs / "labs":
        return LabFile.from_parent(parent, path=file_path)
    return None


class LabFile(pytest.File):
    """A lab, which is one test."""

    def collect(self) -> Iterator["LabItem"]:
        """One item, unless only what is stale is asked for and this is not."""
        project = Project.here()
        lab = read_lab(self.path, project)
        artefacts.of_page(lab, project)  # refuses a name that is not declared
        if self.config.getoption("--stale") and notebooks.fresh(lab, project):
            return
        item = LabItem.from_parent(self, name="lab")
        item.lab, item.label = lab, self.path.name
        item.expected = sum(cell.timeout for cell in lab.code)
        item.needs = frozenset(lab.artefacts)
        yield item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """One message."""
        return str(excinfo.value)


class LabItem(CommandItem):
    """A lab whose notebook is to be made, in a process of its own."""

    lab: Lab

    def work(self) -> None:
        """Execute the lab and write its notebook."""
        project = Project.here()
        words = ["pagekit.labs.notebooks", self.lab.name]
        words += [] if self.config.getoption("--stale") else ["--again"]
        try:
            self.run_command(words, project)
        except CommandError as error:
            raise PageError(str(error)) from error

    def reportinfo(self) -> tuple[Path, int, str]:
        """The lab."""
        return self.path, 0, self.lab.name
