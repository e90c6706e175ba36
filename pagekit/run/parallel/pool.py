"""The processes that items run in: fork servers, kept for the next item, and commands."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pagekit.run.parallel.command import Command
from pagekit.run.process.forkserver import ForkServer


class Pool:
    """What runs now, so that all of it can be ended, and the fork servers that wait for work."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.failed: set[str] = set()
        self._lock = threading.Lock()
        self._idle: list[ForkServer] = []
        self._busy: list[ForkServer | Command] = []

    @contextmanager
    def server(self, threads: int = 1) -> Iterator[ForkServer]:
        """A fork server whose blocks may use as many threads, for one item at a time."""
        with self._lock:
            fit = [server for server in self._idle if server.threads == threads]
            server = fit[-1] if fit else ForkServer(self.root, threads)
            if fit:
                self._idle.remove(server)
            self._busy.append(server)
        try:
            yield server
        finally:
            with self._lock:
                self._busy.remove(server)
                self._idle.append(server)

    def run(self, command: Command) -> None:
        """Run a command to its end.

        Raises:
            CommandError: it fails.
        """
        with self._lock:
            self._busy.append(command)
        try:
            command.run()
        finally:
            with self._lock:
                self._busy.remove(command)

    def stop(self) -> None:
        """End whatever runs; those who wait for it learn that it died."""
        with self._lock:
            busy = list(self._busy)
        for process in busy:
            process.stop()

    def close(self) -> None:
        """End all processes."""
        self.stop()
        for server in self._idle:
            server.close()
