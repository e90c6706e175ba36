"""A command that takes a while, in a process of its own: how far it is, and how to end it."""

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

TELL = 4000  # bytes kept of what it says
PATIENCE = 10.0  # seconds that it may take to put its things in order

_PERCENT = re.compile(r"(\d+)%")


class CommandError(Exception):
    """A command failed; the message is the last line that it wrote to standard error."""


class Command:
    """A module of Python that runs as a program, started by ``run``, which waits for it.

    It ends when we do, whatever happens to us (see ``leash.py``).

    Args:
        words: the module and its arguments, as they stand behind ``python -m``.
        folder: where it runs.
        environment: its environment.
    """

    def __init__(self, words: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.words = [sys.executable, "-m", "pagekit.run.parallel.leash", *words]
        self.folder = folder
        self.environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._told = b""

    def run(self) -> None:
        """Run it to its end.

        Raises:
            CommandError: it ends with a status other than 0.
        """
        if self._stopped.is_set():
            raise CommandError("stopped before it began")
        with subprocess.Popen(
            self.words,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
        ) as process:
            self._process = process
            if self._stopped.is_set():  # meanwhile
                process.terminate()
            assert process.stderr is not None
            while piece := process.stderr.read(TELL):
                self._told = (self._told + piece)[-TELL:]
        if process.returncode < 0:
            raise CommandError(f"killed by signal {signal.Signals(-process.returncode).name}")
        if process.returncode:
            # A progress bar goes back to the start of its line and writes over it.
            lines = re.split(r"[\r\n]+", self._told.decode(errors="replace").strip())
            raise CommandError(lines[-1] or f"it ends with status {process.returncode}")

    @property
    def progress(self) -> str:
        """``45 %``, as its progress bar says; empty before it says so."""
        said = _PERCENT.findall(self._told.decode(errors="replace"))
        return f"{said[-1]} %" if said else ""

    def stop(self) -> None:
        """End it: by asking, so that it may save its state, and where that is no use, by force."""
        self._stopped.set()
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
