"""Notices what a run says besides its output, which a page would not show."""

import os
import sys
import threading
import traceback
import warnings
from pathlib import Path
from typing import Any

from pagekit.run.process.program import Program

Outcome = dict[str, Any]


class Fault(Exception):
    """A run that failed: what is wrong, and where, as ``worker.py`` documents it."""

    def __init__(self, fault: str, **place: Any) -> None:
        super().__init__(fault)
        self.outcome: Outcome = {"fault": fault, **place}


class Watch:
    """Listens for warnings, for threads that die, and to standard error.

    Args:
        program: what runs, for the lines of it.
        stderr: the file that standard error goes to.
    """

    def __init__(self, program: Program, stderr: str) -> None:
        self._program = program
        self._stderr = Path(stderr)
        self._heard: list[Outcome] = []
        warnings.showwarning = lambda *arguments, **_: self._warned(*arguments)
        threading.excepthook = self._died

    def check(self, **place: Any) -> None:
        """Raise what was noticed first; ``place`` is to blame where that names no line.

        Raises:
            Fault: something was noticed.
        """
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError) as error:
                raise Fault(f"its output can't be written: {said(error)}", **place) from None
        if self._heard:
            raise Fault(**{**place, **self._heard[0]})
        if os.stat(self._stderr).st_size:
            with self._stderr.open(errors="replace") as file:
                first = file.read(1000).strip().partition("\n")[0]
            raise Fault(f"it writes to standard error, which no page shows: {first}", **place)

    def _warned(self, message: Any, category: Any, filename: str, lineno: int, *_: Any) -> None:
        place = self._program.place(filename, lineno) or {"at": f"{filename}:{lineno}"}
        self._heard.append({"fault": f"it warns: {category.__name__}: {message}", **place})

    def _died(self, thread: Any) -> None:
        place = innermost(thread.exc_traceback, self._program)
        self._heard.append({"fault": f"a thread ends with {said(thread.exc_value)}", **place})


def said(error: BaseException | None) -> str:
    """An exception as the last line of its traceback says it."""
    return "".join(traceback.format_exception_only(error)).strip() if error else "no exception"


def innermost(trace: Any, program: Program) -> Outcome:
    """The last line of the program that an exception passed through; empty if there is none."""
    frames = traceback.extract_tb(trace)
    for frame in reversed(frames):
        if place := program.place(frame.filename, frame.lineno or 1):
            last = frames[-1]
            if last is not frame:
                place["at"] = f"{last.filename}:{last.lineno}"
            return place
    return {}
