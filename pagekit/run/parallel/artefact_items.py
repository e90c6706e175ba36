"""The artefacts that pages read, as items that come before the blocks of those pages."""

import math
from pathlib import Path

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.run import artefacts
from pagekit.run.artefact_list import LIST
from pagekit.run.parallel.command import CommandError
from pagekit.run.parallel.items import CommandItem, PooledItem


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add what is to be made for the items that are left.

    Under pytest-xdist no process waits for what another one makes: there, they are made before.
    """
    if hasattr(config, "workerinput"):
        return
    project = Project.here()
    wanted = {name for item in items if isinstance(item, PooledItem) for name in item.needs}
    known = artefacts.declared(project) if wanted else {}
    for name in reversed(known):  # each stands behind what it needs
        if name in wanted:
            wanted.update(known[name].needs)
    items[:0] = [
        ArtefactItem.of(artefact, session)
        for name, artefact in known.items()
        if name in wanted and not artefacts.fresh(artefact, project)
    ]


class ArtefactItem(CommandItem):
    """An artefact that is to be made; others wait for it, so it goes first."""

    artefact: artefacts.Artefact
    expected = math.inf

    @classmethod
    def of(cls, artefact: artefacts.Artefact, session: pytest.Session) -> "ArtefactItem":
        """The item of an artefact."""
        nodeid = f"{LIST}::{artefact.name}"
        item: ArtefactItem = cls.from_parent(session, name=artefact.name, nodeid=nodeid)
        item.artefact = artefact
        item.needs = frozenset(artefact.needs)
        item.label = artefact.name
        return item

    def work(self) -> None:
        """Make it."""
        project = Project.here()
        try:
            self.run_command(artefacts.command(self.artefact, project)[2:], project)
        except CommandError as error:
            raise PageError(f"{self.name} was not made: {error}", LIST) from error

    def reportinfo(self) -> tuple[Path, int, str]:
        """The list that declares it."""
        return Project.here().root / LIST, 0, self.name
