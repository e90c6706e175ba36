"""Gives every chain a process of its own without paying two seconds of imports for each.

A server process imports what jobs name of torch and matplotlib *and does nothing else*, and forks
once per job: a fork taken after a parallel torch operation hangs, so no job ever runs in the server
itself.
"""

import gc
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pagekit.run.environment import NO_BARS, environment
from pagekit.run.process import orphans
from pagekit.run.process.jobs import Jobs
from pagekit.run.process.preloading import preload
from pagekit.run.process.scratch import scratch, sweep
from pagekit.run.process.worker import work
from pagekit.run.reads.record import read_log

TOLD = 10_000  # bytes that are read of what a block that died had said

_FILES = ("stdout", "stderr", "outcome", "progress", "record", "program")


class ForkServer:
    """The client's side: starts the server when it is first needed, and hands it jobs.

    Args:
        root: the project's folder.
        threads: how many threads a block's libraries may use.
    """

    def __init__(self, root: Path, threads: int = 1) -> None:
        self.root = root
        self.threads = threads
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def run(
        self,
        kind: str,
        sources: list[str],
        values: list[str],
        timeout: float,
        claims: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Run a chain in an empty folder.

        Args:
            kind: ``python`` or ``shell``.
            sources: the code of each fence.
            values: expressions to evaluate at the end.
            timeout: seconds after which it counts as hanging.
            claims: of each fence, from the first on, what is to be true after it; may be empty.

        Returns:
            ``segments``, ``values``, the ``broken`` claims, and its ``record``; or ``fault``, with
            the ``segment`` and the ``line`` within it (both from 0), or with ``claim`` or
            ``value``, the expression at fault.
        """
        parts = itertools.zip_longest(sources, claims, fillvalue="")
        with scratch("block") as folder:
            (folder / "here").mkdir()
            job: dict[str, Any] = {
                "kind": kind,
                "segments": [{"code": code, "claim": claim} for code, claim in parts],
                "values": values,
                "timeout": timeout,
                "folder": str(folder / "here"),
                **{name: str(folder / name) for name in _FILES},
            }
            ended = self._ask(job)
            with suppress(OSError, ValueError):
                outcome = dict(json.loads(Path(job["outcome"]).read_text(encoding="utf-8")))
                if "fault" not in outcome:
                    outcome["record"] = read_log(Path(job["record"]))
                return outcome
            return {"segment": 0, "line": None, **_doing(job), "fault": f"{ended}{_last(job)}"}

    def _ask(self, job: dict[str, Any]) -> str:
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        answer = ""
        with suppress(OSError, ValueError):  # it died, or was stopped meanwhile
            if not self._stopped:
                process.stdin.write(json.dumps(job) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
        if not answer:
            self.close()
            return "the process that runs blocks died"
        return str(json.loads(answer)["ended"])

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            sweep("block")  # what killed builds left behind
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pagekit.run.process.forkserver"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**environment(self.root, self.threads), **NO_BARS, "MPLBACKEND": "Agg"},
                cwd=self.root,
                # Ctrl-C and a kill of our group pass it by: it learns of our end by its input's,
                # and takes what it runs with it.
                start_new_session=True,
            )
        return self._process

    def stop(self) -> None:
        """End the server and the block in it, from another thread than the one that waits."""
        self._stopped = True
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError, ValueError):
                self._process.stdin.close()

    def close(self) -> None:
        """End the server."""
        if self._process is not None:
            with self._process:  # closes its pipes, and so tells it to end, and waits
                pass
        self._process = None


def _doing(job: dict[str, Any]) -> dict[str, Any]:
    """What was running when the process ended: the ``segment``, or the ``value``."""
    with suppress(OSError, ValueError):
        return dict(json.loads(Path(job["progress"]).read_text(encoding="utf-8")))
    return {}


def _last(job: dict[str, Any]) -> str:
    """The last line that a block wrote to standard error, as the end of a sentence."""
    with suppress(OSError), open(job["stderr"], "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - TOLD))
        if lines := file.read().decode(errors="replace").strip().splitlines():
            return f": {lines[-1]}"
    return ""


def serve() -> None:
    """The server's side: one JSON job a line on standard input, one answer a line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    orphans.adopt()
    jobs = Jobs()
    while (job := jobs.next()) is not None:
        preload(job["kind"], [segment["code"] for segment in job["segments"]])
        gc.freeze()  # no block need look through what was imported for what it may throw away
        child = os.fork()
        if child == 0:
            status = 1
            with suppress(BaseException):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                orphans.die_with_parent()
                answers.close()
                work(job)
                status = 0
            os._exit(status)
        print(json.dumps({"ended": _wait(child, job["timeout"], jobs)}), file=answers, flush=True)


def _wait(child: int, timeout: float, jobs: Jobs) -> str:
    """Wait for the block to end, or end it; whatever it started ends with it."""
    deadline = time.monotonic() + timeout
    try:
        while not (done := os.waitpid(child, os.WNOHANG))[0]:
            if time.monotonic() > deadline:
                return (
                    f'it hangs: stopped after {timeout:g} s (a fence may ask for more: timeout="…")'
                )
            if not jobs.wait(deadline - time.monotonic()):
                orphans.end(child)
                os._exit(1)  # the one who asked is gone
        code = os.waitstatus_to_exitcode(done[1])
        if code < 0:
            return f"killed by signal {signal.Signals(-code).name}"
        return f"it ends the process with status {code}"
    finally:
        orphans.end(child)


if __name__ == "__main__":
    serve()
