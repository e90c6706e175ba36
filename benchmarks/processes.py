"""Commands measured from outside: their time, their memory, and how busy they keep the cores."""

import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

EVERY = 2.0  # seconds between two looks, which cost time themselves
FORK_SERVER = "pagekit.run.process.forkserver"


@dataclass
class Took:
    """What a command took.

    Attributes:
        seconds: from start to end.
        memory: bytes, the most that it and its children held at a time.
        busy: the share of all cores in use, at each look at which blocks ran.
        said: what it printed.
    """

    seconds: float = 0.0
    memory: float = 0.0
    busy: list[float] = field(default_factory=list)
    said: str = ""


def timed(command: list[str], folder: Path) -> Took:
    """Run a command; ends the program if it fails."""
    took = Took()
    clock = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = psutil.Popen(command, cwd=folder, stdout=said, stderr=subprocess.STDOUT)
        psutil.cpu_percent()  # begins to count
        while running(process):
            family = tree(process)
            took.memory = max(took.memory, sum(map(memory, family)))
            share = psutil.cpu_percent() / 100
            if blocks_run(family):
                took.busy.append(share)
        took.seconds = time.perf_counter() - clock
        said.seek(0)
        took.said = said.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{took.said[-3000:]}")
    return took


def running(process: psutil.Process) -> bool:
    """Whether it still runs after a while; told at once when it ends."""
    try:
        process.wait(EVERY)
    except psutil.TimeoutExpired:
        return True
    return False


def tree(process: psutil.Process) -> list[psutil.Process]:
    """A process and all below it."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def memory(process: psutil.Process) -> float:
    """Bytes that a process holds for itself; shared pages count in part, where that is known."""
    try:
        return float(getattr(process.memory_full_info(), "pss", process.memory_info().rss))
    except psutil.Error:
        return 0.0


def blocks_run(family: list[psutil.Process]) -> bool:
    """Whether a fork server has forked, which it does for each block."""
    parents = {}
    for process in family:
        try:
            if FORK_SERVER in process.cmdline():
                parents[process.pid] = process.ppid()
        except psutil.Error:
            continue
    return any(parent in parents for parent in parents.values())


def cpu_seconds(process: psutil.Process) -> float:
    """The processor time that a process and its living children have used."""
    total = 0.0
    for one in tree(process):
        try:
            times = one.cpu_times()
            total += times.user + times.system
        except psutil.Error:
            continue
    return total
