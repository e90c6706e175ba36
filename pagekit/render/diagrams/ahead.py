"""Draws diagrams while blocks run, so that rendering need not wait for them.

A pytest plugin, which adds one item to a run of blocks; its command is
``python -m pagekit.render.diagrams.ahead``.
"""

import math
from pathlib import Path

import pytest
from tqdm import tqdm

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.render.diagrams.drawing import drawn, drawn_for_phone, is_drawn
from pagekit.run.parallel.command import CommandError
from pagekit.run.parallel.items import CommandItem


def missing(project: Project) -> list[str]:
    """The sources of the diagrams that are still to be drawn; none of a page that can't be read."""
    found = []
    for path in project.pages():
        try:
            fences = read_page(path, project).fences
        except PageError:
            continue  # the run of its blocks says what is wrong
        found += [fence.code for fence in fences if fence.kind == "mermaid"]
    return [source for source in found if not is_drawn(source, project.diagrams)]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add the drawing of what is missing."""
    if missing(Project.here()):
        item: DiagramsItem = DiagramsItem.from_parent(session, name="diagrams", nodeid="diagrams")
        item.label = "diagrams"
        items.append(item)


class DiagramsItem(CommandItem):
    """All diagrams that are to be drawn, one after the other: their engine starts once.

    For a whole course that takes a minute or two, so they begin before any block.
    """

    expected = math.inf

    def work(self) -> None:
        """Draw them; what can't be drawn is told, with its line, when its page is rendered."""
        try:
            self.run_command([__name__], Project.here())
        except CommandError as error:
            raise PageError(f"drawing diagrams: {error}") from error

    def reportinfo(self) -> tuple[Path, int, str]:
        """All pages."""
        return Project.here().docs, 0, self.name


def main() -> None:
    """Draw what is missing."""
    project = Project.here()
    for source in tqdm(missing(project), unit=" diagrams"):
        try:
            drawn(source, project.diagrams)
            drawn_for_phone(source, project.diagrams)
        except PageError:
            continue


if __name__ == "__main__":
    main()
