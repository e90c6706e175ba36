"""Runs the tests of mutants, one after the other, in forks of one process that has the libraries.

``mutant_server.py LIBRARY...`` is started in a copy of the project, which it changes: for each job
(a line of JSON on standard input) it puts the mutant where the module lies, runs pytest in a fork,
and puts the module back. PyTorch is so imported once, not once per mutant.
"""

import contextlib
import gc
import importlib
import json
import multiprocessing
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

PYTEST = (
    *("-q", "-x", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist"),
    # Libraries bring plugins, which pytest would have liked to import itself.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


def run_tests(tests: list[str], log: Path) -> None:
    """In the fork: run pytest, with all that it says in a file; ends the process."""
    os.setsid()  # so that a mutant that never ends is killed with all that it has started
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with open(log, "w", encoding="utf-8") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
        import pytest

        status = pytest.main([*PYTEST, *tests])
        sys.stdout.flush()
        os._exit(int(status))


def judge(job: dict[str, Any]) -> dict[str, Any]:
    """Run the tests with the module as the job has it: its status, by which test, the seconds."""
    path, begin, log = Path(job["path"]), time.monotonic(), Path("mutant.log")
    own = path.read_text(encoding="utf-8")
    process = multiprocessing.get_context("fork").Process(
        target=run_tests, args=(job["tests"], log)
    )
    try:
        path.write_text(job["text"], encoding="utf-8")
        process.start()
        process.join(job["limit"])
        status = "timed out" if process.is_alive() else "killed" if process.exitcode else "survived"
    finally:
        if process.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.join()
        path.write_text(own, encoding="utf-8")
    said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", said, re.M)
    return {
        "status": status,
        "by": failed[1] if failed else "",
        "said": said[-2000:],
        "seconds": round(time.monotonic() - begin, 1),
    }


def main() -> None:
    """Answer each job with a line of JSON, until there are no more."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by way of the end of `judge`
    sys.dont_write_bytecode = True  # two mutants of one second look alike to Python's cache
    answers, sys.stdout = sys.stdout, sys.stderr
    for name in sys.argv[1:]:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()  # a fork's collector leaves what they hold alone, so its memory stays shared
    for line in sys.stdin:
        print(json.dumps(judge(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
