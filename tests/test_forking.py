"""The Python that forks commands: each ends as it would in a process of its own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forking import ForkingPython

LATE = """
import atexit, threading, time
atexit.register(print, "at exit")
threading.Thread(target=lambda: (time.sleep(0.2), print("in a thread"))).start()
print("at once")
"""


@pytest.fixture(scope="module")
def python() -> Iterator[ForkingPython]:
    python = ForkingPython(sys.executable, ["json"], os.environ)
    yield python
    python.close()


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("print('well')", 0, ""),
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('no such page')", 1, "no such page\n"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
    ],
)
def test_a_command_ends_with_its_status(
    code: str, status: int, said: str, python: ForkingPython, tmp_path: Path
) -> None:
    file = tmp_path / "command.py"
    file.write_text(code)
    done = python.run([file], tmp_path)
    assert done.returncode == status
    assert done.stderr.endswith(said) and bool(done.stderr) == bool(said)


def test_threads_and_what_is_to_be_done_at_exit_are_waited_for(
    python: ForkingPython, tmp_path: Path
) -> None:
    file = tmp_path / "command.py"
    file.write_text(LATE)
    done = python.run([file], tmp_path)
    assert (done.returncode, done.stdout) == (0, "at once\nin a thread\nat exit\n")
