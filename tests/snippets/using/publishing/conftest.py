"""What the tests of served folders share."""

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from snippets.using.publishing.serving import ModelServer
from tests.memory import give_back


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ModelServer]:
    """The folder of the test's module, served on this machine."""
    give_back()  # the server needs as much again as the tests before it took
    with ModelServer(folder) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: ModelServer) -> Iterator[openai.OpenAI]:
    """The real package, connected to that server."""
    with openai.OpenAI(base_url=server.url, api_key="none") as connected:
        yield connected
