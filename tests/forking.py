"""A Python that has imported what takes long, and runs each command in a fork of itself."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

LIMIT = 600  # seconds for one command

# Told of a command, it answers with its exit status. What a command prints, and how it ends, is as
# in a process of its own: it runs as the main program, in its folder, with its environment. Only
# what was imported is not taken apart at its end, which takes longer than many commands.
_SERVER = """
import atexit, importlib, json, os, runpy, signal, sys, threading, time

def end_of(run):
    try:
        run()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except Exception:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0

for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(job["cwd"])
        os.environ.clear()
        os.environ.update(job["env"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, job["out"]), (2, job["err"])):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
        run = {"run_name": "__main__"}
        if job["words"][0] == "-m":
            sys.argv, sys.path[0] = job["words"][1:], job["cwd"]
            sys.modules.pop(job["words"][1], None)
            status = end_of(lambda: runpy.run_module(job["words"][1], alter_sys=True, **run))
        else:
            sys.argv, sys.path[0] = job["words"], os.path.dirname(job["words"][0])
            status = end_of(lambda: runpy.run_path(job["words"][0], **run))
        threading._shutdown()  # waits for its threads
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    end, status = time.monotonic() + job["limit"], 0
    while not (done := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.005)
    print(os.waitstatus_to_exitcode(done[1]), flush=True)
"""


class ForkingPython:
    """Runs commands one after the other, each as ``python WORDS`` would.

    Args:
        python: the interpreter.
        modules: what it imports once, before the first command.
        env: its environment; a command has this too unless it is given one of its own.
    """

    def __init__(self, python: str | Path, modules: Sequence[str], env: Mapping[str, str]) -> None:
        self._env = dict(env)
        self._process = subprocess.Popen(
            [python, "-c", _SERVER, json.dumps(list(modules))],
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self,
        words: Sequence[str | Path],
        cwd: Path,
        env: Mapping[str, str] | None = None,
        limit: float = LIMIT,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command: ``-m``, a module and its arguments, or a file and its arguments.

        Raises:
            RuntimeError: the Python that should run it has died.
        """
        with tempfile.TemporaryDirectory() as folder:
            said = {name: os.path.join(folder, name) for name in ("out", "err")}
            command = list(map(str, words))
            job = {
                "words": command,
                "cwd": str(cwd),
                "env": dict(self._env if env is None else env),
                "limit": limit,
                **said,
            }
            assert self._process.stdin is not None and self._process.stdout is not None
            print(json.dumps(job), file=self._process.stdin, flush=True)
            if not (status := self._process.stdout.readline()):
                raise RuntimeError("the Python that runs commands has died")
            out, err = (Path(name).read_text(encoding="utf-8") for name in said.values())
        return subprocess.CompletedProcess(command, int(status), out, err)

    def close(self) -> None:
        """End it."""
        with self._process:  # its input ends, and so does it
            pass
