"""Which of many jobs runs when: as many at a time as there are cores, the longest first."""

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

LOOK = 0.5  # seconds between two reports of what is running
MEMORY = 2 << 30  # bytes that a job may need, so that many cores don't fill a small memory


@dataclass(frozen=True, eq=False)
class Job:
    """Something to run, by a thread that only waits for the process that does it.

    Attributes:
        name: what others call it in ``needs``.
        run: does it; what it raises is handed on.
        seconds: how long it will take, as far as is known.
        needs: the names of jobs that must have ended, well or not, before it may begin.
        alone: nothing runs beside it; it waits until all others have ended.
    """

    name: str
    run: Callable[[], None]
    seconds: float = 0.0
    needs: frozenset[str] = frozenset()
    alone: bool = False


def cores() -> int:
    """How many processes can compute at a time here."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workers() -> int:
    """How many jobs to run at a time: ``PAGEKIT_WORKERS``, or as cores and memory allow.

    Raises:
        ValueError: ``PAGEKIT_WORKERS`` is not a positive number.
    """
    if asked := os.environ.get("PAGEKIT_WORKERS"):
        if not asked.isdecimal() or int(asked) < 1:
            raise ValueError(f"PAGEKIT_WORKERS={asked} is not a positive number")
        return int(asked)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(cores(), memory // MEMORY))


def run_all(
    jobs: Iterable[Job],
    at_a_time: int,
    stop: Callable[[], None],
    look: Callable[[list[Job]], None] = lambda running: None,
) -> Generator[tuple[Job, BaseException | None]]:
    """Run jobs side by side; yields each as it ends, with what it raised.

    A job that fails stops no other.

    Args:
        jobs: what to run.
        at_a_time: how many may run at once.
        stop: ends all that is running. Called when no more is asked of this iterator before its
            end, and on an interrupt.
        look: told now and then what is running.

    Raises:
        ValueError: jobs that wait for one another.
    """
    waiting = sorted(jobs, key=lambda job: (job.alone, -job.seconds))
    running: dict[Future[None], Job] = {}
    with ThreadPoolExecutor(at_a_time) as threads, interrupts_noted() as noted:
        try:
            while waiting or running:
                while len(running) < at_a_time and (job := _next(waiting, running.values())):
                    waiting.remove(job)
                    running[threads.submit(job.run)] = job
                if not running:
                    names = ", ".join(job.name for job in waiting)
                    raise ValueError(f"these wait for one another: {names}")
                look(list(running.values()))
                ended, _ = wait(running, LOOK, FIRST_COMPLETED)
                for future in ended:
                    yield running.pop(future), future.exception()
                if noted:
                    raise KeyboardInterrupt
        except BaseException:
            stop()
            raise


@contextmanager
def interrupts_noted() -> Iterator[list[int]]:
    """Within it, a first Ctrl-C is only noted, in the list that it yields.

    It could else come while ``wait`` holds the locks of what is running: these would stay locked,
    and the threads that need them would never end. A second one interrupts at once.
    """
    noted: list[int] = []

    def note(number: int, frame: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield noted
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _next(waiting: list[Job], running: Iterable[Job]) -> Job | None:
    """The first job that can begin now; ``waiting`` is in the order of preference."""
    if any(job.alone for job in running):
        return None
    unfinished = {job.name for job in (*waiting, *running)}
    for job in waiting:
        # Those that run alone come last: where one is the first that could, the rest is running.
        if not job.needs & unfinished and not (job.alone and (job is not waiting[0] or running)):
            return job
    return None
