"""What a run says besides its output is heard, and blamed on the right line."""

import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pagekit.run.process import forkserver
from pagekit.run.process.program import Program
from pagekit.run.process.watch import Fault, Watch, innermost, said
from tests.pagekit.conftest import REPOSITORY


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(["x = 1\n", "\ny = 2\nz = 3\n"], str(tmp_path / "program.py"))


@pytest.fixture
def watch(program: Program, tmp_path: Path) -> Iterator[Watch]:
    before = warnings.showwarning, threading.excepthook
    (tmp_path / "stderr").write_text("")
    yield Watch(program, str(tmp_path / "stderr"))
    warnings.showwarning, threading.excepthook = before


def fault(watch: Watch, **place: Any) -> dict[str, Any]:
    with pytest.raises(Fault) as caught:
        watch.check(**place)
    assert str(caught.value) == caught.value.outcome["fault"]
    return caught.value.outcome


def test_silence_is_fine(watch: Watch) -> None:
    watch.check(segment=0, line=None)


def test_the_first_warning_is_told_with_its_line(watch: Watch, program: Program) -> None:
    warnings.showwarning("careful", UserWarning, program.path, 4)
    warnings.showwarning("again", UserWarning, program.path, 1)
    assert fault(watch, segment=0, line=None) == {
        "fault": "it warns: UserWarning: careful",
        "segment": 1,
        "line": 2,
    }


def test_a_warning_of_another_file_says_which(watch: Watch) -> None:
    warnings.showwarning("old", DeprecationWarning, "lib.py", 9)
    assert fault(watch, segment=1, line=None) == {
        "fault": "it warns: DeprecationWarning: old",
        "segment": 1,
        "line": None,
        "at": "lib.py:9",
    }


def test_standard_error_is_told_by_its_first_line(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "stderr").write_text("\n one\ntwo\n")
    assert fault(watch, value="x") == {
        "fault": "it writes to standard error, which no page shows: one",
        "value": "x",
    }
    (tmp_path / "stderr").write_text("x" * 2000)
    assert fault(watch)["fault"].endswith("shows: " + "x" * 1000)
    (tmp_path / "stderr").write_bytes(b"no \xff text")
    assert fault(watch)["fault"].endswith("shows: no \N{REPLACEMENT CHARACTER} text")


def test_a_thread_that_dies_is_told(watch: Watch) -> None:
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    told = fault(watch, segment=1, line=None)["fault"]
    assert told == "a thread ends with ZeroDivisionError: division by zero"


def test_output_that_cannot_be_written_is_told(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flush() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", SimpleNamespace(flush=flush, write=lambda text: None))
    assert "its output can't be written: OSError: [Errno 28]" in fault(watch)["fault"]


def trace_of(code: str, program: Program) -> Any:
    try:
        exec(compile(code, program.path, "exec"), {})
    except Exception as error:
        return error.__traceback__
    raise AssertionError("it raises nothing")


def test_the_innermost_line_of_the_program_is_to_blame(program: Program) -> None:
    assert innermost(trace_of("def f():\n  1 / 0\n\n\nf()\n", program), program) == {
        "segment": 0,
        "line": 1,
    }
    found = innermost(trace_of("\n\n\nimport json\njson.loads('{')\n", program), program)
    assert (found["segment"], found["line"]) == (1, 3)
    assert "decoder.py:" in found["at"] and found["at"].rpartition(":")[2].isdigit()
    assert innermost(None, program) == {}
    other = Program(["x = 1\n"], program.path + "2")
    assert innermost(trace_of("1 / 0", program), other) == {}


def test_an_exception_is_said_as_python_says_it() -> None:
    assert said(KeyError("k")) == "KeyError: 'k'"
    assert said(None) == "no exception"


def test_places_of_a_program(program: Program) -> None:
    assert program.text == "x = 1\n\ny = 2\nz = 3\n"
    places = [program.place(program.path, line) for line in range(1, 6)]
    assert places == [
        {"segment": 0, "line": 0},
        {"segment": 0, "line": 1},
        {"segment": 1, "line": 1},
        {"segment": 1, "line": 2},
        {"segment": 1, "line": 3},
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        ("one\n\n", ": one"),
        ("one\ntwo\n", ": two"),
        ("x" * 9_990 + "\nlast\n", ": last"),
        ("y\n" + "x" * 20_000, ": " + "x" * 10_000),
    ],
)
def test_a_block_that_died_is_told_by_its_last_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "stderr").write_text(text)
    assert forkserver._last({"stderr": str(tmp_path / "stderr")}) == told
    assert forkserver._last({"stderr": str(tmp_path / "none")}) == ""
    (tmp_path / "stderr").write_bytes(b"no \xff")
    last = forkserver._last({"stderr": str(tmp_path / "stderr")})
    assert last == ": no \N{REPLACEMENT CHARACTER}"


def test_what_was_running_is_what_the_block_told_last(tmp_path: Path) -> None:
    job = {"progress": str(tmp_path / "progress")}
    assert forkserver._doing(job) == {}
    (tmp_path / "progress").write_text('{"segment": 2}')
    assert forkserver._doing(job) == {"segment": 2}
    (tmp_path / "progress").write_text('{"seg')
    assert forkserver._doing(job) == {}


JOBS = """
import os, sys, time
from pagekit.run.process.jobs import Jobs
jobs = Jobs()
print(jobs.next(), jobs.next(), flush=True)
begin = time.monotonic()
more = jobs.wait(0.3)
print(more, time.monotonic() - begin >= 0.25, flush=True)
if os.fork() == 0:
    os._exit(0)
begin = time.monotonic()
print(jobs.wait(60), time.monotonic() - begin < 30, os.wait()[1], flush=True)
print(jobs.wait(-1), flush=True)
sys.stdout.flush()
print(jobs.wait(60), jobs.next(), flush=True)
print(jobs.wait(60), jobs.next(), flush=True)
"""


def test_jobs_come_one_by_one_and_waiting_ends_with_a_child_a_job_or_the_input() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", JOBS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write('{"a": 1}\n{"b": 2}\n')
        process.stdin.flush()
        assert process.stdout.readline() == "{'a': 1} {'b': 2}\n"
        assert process.stdout.readline() == "True True\n"
        assert process.stdout.readline() == "True True 0\n"
        assert process.stdout.readline() == "True\n"
        process.stdin.write('{"c": 3}\n')
        process.stdin.flush()
        assert process.stdout.readline() == "True {'c': 3}\n"
        process.stdin.close()
        assert process.stdout.readline() == "False None\n"
