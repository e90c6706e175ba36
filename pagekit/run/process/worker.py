"""Runs one chain in a process of its own, which it shares with little else."""

import atexit
import errno
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import types
from pathlib import Path
from types import CodeType
from typing import Any

from pagekit.run.process import limits
from pagekit.run.process.claims import broken
from pagekit.run.process.drawings import Drawings
from pagekit.run.process.outputs import drawn, printed
from pagekit.run.process.program import Program
from pagekit.run.process.watch import Fault, Outcome, Watch, innermost, said
from pagekit.run.reads.listening import listen
from pagekit.run.reads.recorder import LOG, ROOT, Recorder

Job = dict[str, Any]

_TOO_MUCH = f"it prints, or writes to a file, more than {limits.FILE:,} bytes"


def run_chain(job: Job, recorder: Recorder) -> Outcome:
    """Run the fences of a chain one after the other as ``__main__``.

    Args:
        job: ``segments``, each with its ``code`` and, empty or not, its ``claim``; ``values``, the
            expressions to evaluate at the end; ``program``, ``stdout``, ``stderr``, the files for
            these; ``progress``, a file that tells what is running.
        recorder: what is told of the files that the source names, and of those mapped.

    Returns:
        ``segments``, ``values``, and ``broken``, the claims that are not true.

    Raises:
        Fault: with the ``segment`` and the ``line`` within it (both from 0); with ``claim`` or
            ``value`` where such an expression is at fault.
    """
    main = types.ModuleType("__main__")
    main.__file__ = job["program"]
    sys.modules["__main__"] = main
    sys.argv = [""]
    sys.path[0] = job["folder"]
    atexit._clear()  # what the server's libraries registered is the server's
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    program = Program([segment["code"] for segment in job["segments"]], job["program"])
    watch, drawings = Watch(program, job["stderr"]), Drawings()
    parts = _compiled(program)
    recorder.code(program.text)
    segments: list[dict[str, Any]] = []
    untrue: list[dict[str, Any]] = []
    begun = 0
    for number, code in enumerate(parts):
        _tell(job, segment=number)
        clock = time.perf_counter()
        _execute(code, number, vars(main), program)
        figures = drawn(drawings, number)
        watch.check(segment=number, line=None)
        recorder.mapped()
        output, begun = printed(job["stdout"], begun, number)
        seconds = time.perf_counter() - clock
        wide, phone = [one.wide for one in figures], [one.phone for one in figures]
        segments.append({"output": output, "figures": wide, "phone": phone, "seconds": seconds})
        untrue += broken(job["segments"][number]["claim"], number, vars(main))
    values = {text: _value(text, vars(main), job, watch) for text in job["values"]}
    _end()
    last = len(segments) - 1
    watch.check(segment=last, line=None)
    segments[last]["output"] += printed(job["stdout"], begun, last)[0]
    recorder.mapped()
    return {"segments": segments, "values": values, "broken": untrue}


def _compiled(program: Program) -> list[CodeType]:
    try:
        return program.parts()
    except SyntaxError as error:
        place = program.place(program.path, error.lineno or 1) or {}
        raise Fault(f"SyntaxError: {error.msg}", **place) from None


def _execute(code: CodeType, number: int, namespace: dict[str, Any], program: Program) -> None:
    try:
        exec(code, namespace)
    except BaseException as error:
        place = {"segment": number, "line": None, **innermost(error.__traceback__, program)}
        too_much = isinstance(error, OSError) and error.errno == errno.EFBIG
        raise Fault(_TOO_MUCH if too_much else _ended(error), **place) from None


def _ended(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it exits with status {error.code!r}"
    return said(error)


def _value(expression: str, namespace: dict[str, Any], job: Job, watch: Watch) -> str:
    _tell(job, value=expression)
    try:
        text = str(eval(expression, namespace))
    except BaseException as error:
        raise Fault(_ended(error), value=expression) from None
    watch.check(value=expression)
    if fault := limits.value_fault(text):
        raise Fault(fault, value=expression)
    return text


def _end() -> None:
    """End as Python does: wait for the threads, then call what is to be called at exit."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()


def _tell(job: Job, **doing: Any) -> None:
    Path(job["progress"]).write_text(json.dumps(doing), encoding="utf-8")


def run_shell(job: Job, recorder: Recorder) -> Outcome:
    """Run a shell block with bash; a status other than 0 is a fault, and so is standard error.

    What its programs read can't be seen unless they are Python, so it counts for all snippets.
    """
    recorder.whole("snippets")
    clock = time.perf_counter()
    command = ["bash", "-euo", "pipefail", "-c", job["segments"][0]["code"]]
    # Into files, not through pipes: what it leaves running in the background holds nothing up.
    done = subprocess.run(command, check=False)
    first = Path(job["stderr"]).read_bytes()[: limits.OUTPUT].decode(errors="replace").strip()
    if done.returncode in (-signal.SIGXFSZ, 128 + signal.SIGXFSZ):
        raise Fault(_TOO_MUCH)
    if done.returncode:
        last = (first.splitlines() or ["no message"])[-1]
        raise Fault(f"it exits with status {done.returncode}: {last}")
    if first:
        raise Fault(f"it writes to standard error, which no page shows: {first.splitlines()[0]}")
    output, _ = printed(job["stdout"], 0, 0)
    seconds = time.perf_counter() - clock
    segment = {"output": output, "figures": [], "seconds": seconds}
    return {"segments": [segment], "values": {}, "broken": []}


def work(job: Job) -> None:
    """The life of a forked child: run the job in its folder, write the outcome, and end."""
    os.setsid()
    os.chdir(job["folder"])
    null = os.open(os.devnull, os.O_RDONLY)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    out, err = os.open(job["stdout"], flags, 0o600), os.open(job["stderr"], flags, 0o600)
    for source, target in ((null, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    limits.hold_files()
    os.environ[LOG] = job["record"]
    recorder = Recorder(os.environ[ROOT], job["record"])
    listen(recorder)
    try:
        outcome = run_shell(job, recorder) if job["kind"] == "shell" else run_chain(job, recorder)
    except Fault as fault:
        outcome = {"segment": 0, "line": None, **fault.outcome}
    aside = f"{job['outcome']}.part"
    with open(aside, "w", encoding="utf-8") as file:
        json.dump(outcome, file)
    os.replace(aside, job["outcome"])
