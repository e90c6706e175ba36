"""A process from which blocks are forked, as a build has one."""

from collections.abc import Iterator

import pytest

from pagekit.run.process.forkserver import ForkServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    server = ForkServer(tmp_path_factory.mktemp("root"))
    yield server
    server.close()


def ran(
    server: ForkServer, *sources: str, values: tuple[str, ...] = (), kind: str = "python"
) -> dict:
    return server.run(kind, list(sources), list(values), timeout=30)
