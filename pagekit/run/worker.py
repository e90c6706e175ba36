"""Runs one chain in a process of its own and records what it printed, drew, read and imported.

This module is the whole of what a block shares its process with, so it imports little.
"""

import ast
import json
import linecache
import os
import random
import subprocess
import sys
import time
import traceback
import types
import warnings
from io import StringIO
from pathlib import Path
from typing import Any

Job = dict[str, Any]
Outcome = dict[str, Any]


class Recorder:
    """Notes, through Python's audit events, which of the project's files a run reads."""

    def __init__(self, root: Path) -> None:
        self.root = f"{root}{os.sep}"
        self.left_out = tuple(f"{root}{os.sep}{name}{os.sep}" for name in (".venv", ".git"))
        self.files: set[str] = set()
        self.active = False
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or not self.active:
            return
        path, _, flags = arguments
        if not isinstance(path, str) or not isinstance(flags, int) or flags & os.O_ACCMODE:
            return
        path = os.path.abspath(path)
        mine = path.startswith(self.root) and not path.startswith(self.left_out)
        if mine and not path.endswith(".pyc"):
            self.files.add(path)

    def depends(self) -> list[str]:
        """The files read and the modules imported, relative to the project."""
        own = f"{self.root}pagekit{os.sep}"
        modules = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        sources = {os.path.abspath(file) for file in modules if file}
        mine = {file for file in sources if file.startswith(self.root)}
        kept = {f for f in mine | self.files if not f.startswith((own, *self.left_out))}
        return sorted(os.path.relpath(file, self.root) for file in kept if os.path.isfile(file))


def run_chain(job: Job) -> Outcome:
    """Run the fences of a chain one after the other as ``__main__``.

    Args:
        job: ``root``; ``segments``, each with its ``code``; ``values``, the expressions to
            evaluate at the end; ``stdout``, the file that standard output goes to; ``progress``,
            a file that names the segment now running.

    Returns:
        ``segments``, ``values`` and ``depends``; or ``fault``, with the ``segment`` and the
        ``line`` within it (both from 0), or ``value``, the expression at fault.
    """
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.argv = [""]
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    recorder = Recorder(Path(job["root"]))
    recorder.active = True
    warned: list[tuple[str, str, int]] = []
    warnings.showwarning = lambda message, category, filename, lineno, file=None, line=None: (
        warned.append((f"{category.__name__}: {message}", filename, lineno))
    )
    segments = []
    for number, segment in enumerate(job["segments"]):
        Path(job["progress"]).write_text(str(number))
        begun, clock = os.lseek(1, 0, os.SEEK_CUR), time.perf_counter()
        fault = _execute(segment["code"], number, vars(main))
        figures = [] if fault else _figures()
        sys.stdout.flush()
        if fault:
            return fault
        if warned:
            text, filename, line = warned[0]
            place = _place(filename, line) or {"segment": number, "line": None, "at": filename}
            return {"fault": f"it warns: {text}", **place}
        output = Path(job["stdout"]).read_bytes()[begun:].decode(errors="replace")
        seconds = time.perf_counter() - clock
        segments.append({"output": output, "figures": figures, "seconds": seconds})
    values = {}
    for expression in job["values"]:
        try:
            values[expression] = str(eval(expression, vars(main)))
        except Exception as error:
            return {"fault": f"{type(error).__name__}: {error}", "value": expression}
    recorder.active = False
    return {"segments": segments, "values": values, "depends": recorder.depends()}


def _execute(code: str, number: int, namespace: dict[str, Any]) -> Outcome | None:
    filename = f"<block {number}>"
    linecache.cache[filename] = (len(code), None, code.splitlines(keepends=True), filename)
    try:
        exec(compile(ast.parse(code, filename), filename, "exec"), namespace)
    except SystemExit as stop:
        frames = traceback.extract_tb(stop.__traceback__)
        return {"fault": f"it exits with status {stop.code!r}", **_innermost(frames, number)}
    except SyntaxError as error:
        return {
            "fault": f"SyntaxError: {error.msg}",
            "segment": number,
            "line": (error.lineno or 1) - 1,
        }
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        text = "".join(traceback.format_exception_only(error)).strip()
        return {"fault": text, **_innermost(frames, number)}
    return None


def _innermost(frames: traceback.StackSummary, number: int) -> Outcome:
    for frame in reversed(frames):
        if place := _place(frame.filename, frame.lineno or 1):
            last = frames[-1]
            if last is not frame:
                place["at"] = f"{last.filename}:{last.lineno}"
            return place
    return {"segment": number, "line": None}


def _place(filename: str, line: int) -> Outcome | None:
    if filename.startswith("<block ") and filename.endswith(">"):
        return {"segment": int(filename[7:-1]), "line": line - 1}
    return None


def _figures() -> list[str]:
    """Every figure that matplotlib has open, as SVG with real text; then closes them."""
    if "matplotlib.pyplot" not in sys.modules:
        return []
    import matplotlib
    from matplotlib import pyplot

    drawn = []
    for number in pyplot.get_fignums():
        buffer = StringIO()
        # A fixed salt and no date: the same figure gives the same bytes.
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "pagekit"}):
            pyplot.figure(number).savefig(
                buffer, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
            )
        drawn.append(buffer.getvalue())
    pyplot.close("all")
    return drawn


def run_shell(job: Job) -> Outcome:
    """Run a shell block with bash; a status other than 0 is a fault."""
    clock = time.perf_counter()
    command = ["bash", "-euo", "pipefail", "-c", job["segments"][0]["code"]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        fault = f"it exits with status {done.returncode}: {last}"
        return {"fault": fault, "segment": 0, "line": None}
    seconds = time.perf_counter() - clock
    return {
        "segments": [{"output": done.stdout, "figures": [], "seconds": seconds}],
        "values": {},
        "depends": [],
    }


def work(job: Job) -> None:
    """The life of a forked child: run the job in its folder, write the outcome, and end."""
    os.setsid()
    os.chdir(job["folder"])
    null = os.open(os.devnull, os.O_RDONLY)
    out = os.open(job["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    err = os.open(job["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for source, target in ((null, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    outcome = run_shell(job) if job["kind"] == "shell" else run_chain(job)
    aside = f"{job['outcome']}.part"
    with open(aside, "w", encoding="utf-8") as file:
        json.dump(outcome, file)
    os.replace(aside, job["outcome"])
