"""Gives every chain a process of its own without paying two seconds of imports for each.

A server process imports torch and matplotlib *and does nothing else*, then forks once a job: a
fork taken after a parallel torch operation hangs, so no job ever runs in the server itself.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pagekit.run.worker import work

STUDY = 0.02  # seconds between two looks at a running child

# What a block's process knows of its surroundings. Nothing else is handed on, or a variable that
# happens to be set here (the folder of another model, say) would show in the results.
HANDED_ON = ("PATH", "HOME", "USER", "TMPDIR", "LANG", "LC_ALL", "TZ")
# Nor does it use other instructions than its surroundings may (`make site CPU=avx2`).
INSTRUCTIONS = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS")


class ForkServer:
    """The client's side: starts the server when it is first needed, and hands it jobs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._process: subprocess.Popen[str] | None = None

    def run(
        self, kind: str, sources: list[str], values: list[str], timeout: float
    ) -> dict[str, Any]:
        """Run a chain in an empty folder; returns what ``pagekit.run.worker`` documents."""
        with tempfile.TemporaryDirectory(prefix="block-") as scratch:
            folder = Path(scratch, "here")
            folder.mkdir()
            job: dict[str, Any] = {
                "root": str(self.root),
                "kind": kind,
                "segments": [{"code": source} for source in sources],
                "values": values,
                "timeout": timeout,
                "folder": str(folder),
                **{n: str(Path(scratch, n)) for n in ("stdout", "stderr", "outcome", "progress")},
            }
            ended = self._ask(job)
            with suppress(OSError, ValueError):
                return dict(json.loads(Path(job["outcome"]).read_text(encoding="utf-8")))
            segment = 0
            with suppress(OSError, ValueError):
                segment = int(Path(job["progress"]).read_text())
            said = ""
            with suppress(OSError):
                said = Path(job["stderr"]).read_text(errors="replace").strip()
            last = f": {said.splitlines()[-1]}" if said else ""
            return {"fault": f"{ended}{last}", "segment": segment, "line": None}

    def _ask(self, job: dict[str, Any]) -> str:
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            self.close()
            return "the process that runs blocks died"
        return str(json.loads(answer)["ended"])

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            environment = {
                **{
                    name: os.environ[name]
                    for name in HANDED_ON + INSTRUCTIONS
                    if name in os.environ
                },
                "MPLBACKEND": "Agg",
                "GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", "10000"),  # see the Makefile
                "PYTHONHASHSEED": "0",
                "PYTHONPATH": os.pathsep.join([str(self.root), str(Path(__file__).parents[2])]),
            }
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pagekit.run.forkserver"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                cwd=self.root,
            )
        return self._process

    def close(self) -> None:
        """End the server."""
        if self._process is not None:
            with self._process:  # closes its pipes, and so tells it to end, and waits
                pass
        self._process = None


def serve() -> None:
    """The server's side: one JSON job a line on standard input, one answer a line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for module in ("numpy", "torch", "matplotlib.pyplot", "matplotlib.backends.backend_svg"):
        with suppress(ImportError):
            __import__(module)
    # Lines are read without buffering, so that select() sees whatever is still to be read.
    while line := _read_line():
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 1
            with suppress(BaseException):
                answers.close()
                work(job)
                status = 0
            os._exit(status)
        print(json.dumps({"ended": _wait(child, job["timeout"])}), file=answers, flush=True)


def _read_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            return b""
        line += piece
    return line


def _wait(child: int, timeout: float) -> str:
    deadline = time.monotonic() + timeout
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            # Whatever the block itself started ends with it.
            _kill_group(child)
            code = os.waitstatus_to_exitcode(status)
            return (
                f"killed by signal {signal.Signals(-code).name}"
                if code < 0
                else (f"it ends the process with status {code}")
            )
        if time.monotonic() > deadline:
            _kill_group(child)
            os.waitpid(child, 0)
            return f'it hangs: stopped after {timeout:g} s (a fence may ask for more: timeout="…")'
        readable, _, _ = select.select([0], [], [], STUDY)
        if readable and not os.read(0, 1):
            # The one who asked is gone.
            _kill_group(child)
            os._exit(1)


def _kill_group(child: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


if __name__ == "__main__":
    serve()
