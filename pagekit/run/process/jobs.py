"""What a fork server is asked to do, and how it waits."""

import json
import os
import select
import signal
from typing import Any


class Jobs:
    """The server's input, one JSON job a line, read so that its end is seen while a job runs."""

    def __init__(self) -> None:
        self._read = b""
        # A child's end writes a byte here, and so wakes up whoever waits.
        self._wakes, write = os.pipe2(os.O_NONBLOCK) if hasattr(os, "pipe2") else _pipe()
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write)

    def next(self) -> dict[str, Any] | None:
        """The next job; ``None`` when there will be no more."""
        while b"\n" not in self._read:
            if not self._more():
                return None
        line, _, self._read = self._read.partition(b"\n")
        return dict(json.loads(line))

    def wait(self, seconds: float) -> bool:
        """Wait until a child may have ended, or so long; false once the input has ended."""
        ready, _, _ = select.select([0, self._wakes], [], [], max(seconds, 0))
        if self._wakes in ready:
            os.read(self._wakes, 4096)
        return 0 not in ready or self._more()

    def _more(self) -> bool:
        piece = os.read(0, 65_536)
        self._read += piece
        return bool(piece)


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends
