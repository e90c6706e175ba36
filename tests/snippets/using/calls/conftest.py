"""What every test of calls is held to: connections that it opens are closed at its end."""

import time
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped]
import pytest


def connections() -> set[tuple[object, ...]]:
    """This process's connections over a network: file descriptor, here, there."""
    return {(one.fd, one.laddr, one.raddr) for one in psutil.Process().net_connections()}


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Else the garbage collector closes them some day, and the test that then runs is blamed."""
    before = connections()
    yield
    end = time.monotonic() + 60  # a server's thread sees only a little later that a client has gone
    while (left := connections() - before) and time.monotonic() < end:
        time.sleep(0.01)
    assert not left
