"""Jobs side by side: order, needs, alone, faults and interrupts, without a clock."""

import os
import signal
import threading
from collections.abc import Callable, Iterable

import pytest

from pagekit.run.parallel.schedule import Job, run_all, workers

LIMIT = 60.0  # seconds after which a test that waits in vain fails


def nothing() -> None:
    pass


def until(event: threading.Event) -> Callable[[], None]:
    """What a job does that ends when something else has happened."""

    def run() -> None:
        assert event.wait(LIMIT), "waited in vain"

    return run


class Log:
    """Notes which jobs began, and which ran beside one another."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.running: set[str] = set()
        self.together: set[frozenset[str]] = set()
        self.lock = threading.Lock()

    def job(self, name: str, seconds: float = 0.0, needs: str = "", alone: bool = False) -> Job:
        def run() -> None:
            with self.lock:
                self.begun.append(name)
                self.running.add(name)
                self.together.add(frozenset(self.running))
            threading.Event().wait(0.02)
            with self.lock:
                self.running.remove(name)

        return Job(name, run, seconds, frozenset(needs.split()), alone)


def run(jobs: Iterable[Job], at_a_time: int) -> list[str]:
    return [job.name for job, error in run_all(jobs, at_a_time, nothing) if error is None]


def test_the_longest_begins_first() -> None:
    log = Log()
    run([log.job("short", 1), log.job("long", 9), log.job("middle", 5)], 1)
    assert log.begun == ["long", "middle", "short"]


def test_as_many_run_at_a_time_as_are_allowed() -> None:
    """Three jobs end only when they have met: with fewer at a time none of them could."""
    meeting = threading.Barrier(3)

    def meet() -> None:
        meeting.wait(LIMIT)

    assert sorted(run([Job(str(n), meet) for n in range(3)], 3)) == ["0", "1", "2"]


@pytest.mark.parametrize("at_a_time", [1, 2, 3])
def test_never_more_run_than_are_allowed(at_a_time: int) -> None:
    log = Log()
    run([log.job(str(n)) for n in range(12)], at_a_time)
    assert max(map(len, log.together)) <= at_a_time
    assert len(log.begun) == 12


@pytest.mark.parametrize("at_a_time", [1, 2, 3])
def test_a_job_that_runs_alone_comes_last_and_meets_nobody(at_a_time: int) -> None:
    log = Log()
    jobs = [log.job(f"alone {n}", 99, alone=True) for n in range(3)]
    run([*jobs, *(log.job(str(n), n) for n in range(6))], at_a_time)
    assert all(name.startswith("alone") for name in log.begun[6:])
    for together in log.together:
        assert len(together) == 1 or not any(name.startswith("alone") for name in together)


def test_what_a_job_needs_ends_before_it_begins_and_it_holds_no_core_meanwhile() -> None:
    """The needed job ends only when the last of those that need nothing has run beside it."""
    free = threading.Event()
    log: list[str] = []

    def needed() -> None:
        assert free.wait(LIMIT)
        log.append("needed")

    model = frozenset({"model"})
    jobs = [Job(f"needing {n}", lambda: log.append("needing"), 9, model) for n in "ab"]
    jobs += [Job("model", needed, 100), Job("other", nothing, 2), Job("last", free.set, 1)]
    assert len(run(jobs, 2)) == 5
    assert log == ["needed", "needing", "needing"]


def test_a_job_that_runs_alone_waits_for_what_it_needs() -> None:
    log = Log()
    run([log.job("timed", needs="model", alone=True), log.job("model"), log.job("other")], 2)
    assert log.begun[-1] == "timed"


def test_a_fault_stops_no_other_job() -> None:
    def fail() -> None:
        raise KeyError("as asked")

    jobs = [Job("bad", fail, 9), Job("needs it", nothing, 0, frozenset({"bad"})), Job("x", nothing)]
    ended = {job.name: error for job, error in run_all(jobs, 2, nothing)}
    assert isinstance(ended.pop("bad"), KeyError)
    assert ended == {"needs it": None, "x": None}


def test_jobs_that_wait_for_one_another_are_refused() -> None:
    log = Log()
    with pytest.raises(ValueError, match="wait for one another: a, b"):
        run([log.job("a", needs="b"), log.job("b", needs="a"), log.job("c")], 2)
    assert log.begun == ["c"]


@pytest.mark.parametrize("leave", [KeyboardInterrupt, None])
def test_whoever_stops_early_stops_all(leave: type[BaseException] | None) -> None:
    """By an interrupt between two jobs, or by asking for no more."""
    stopped = threading.Event()
    running = run_all([Job("hangs", until(stopped), 9), Job("short", nothing)], 2, stopped.set)
    job, _ = next(running)
    assert job.name == "short"
    if leave is None:
        running.close()
    else:
        with pytest.raises(leave):
            running.throw(leave)
    assert stopped.is_set()


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_comes_where_nothing_is_half_done() -> None:
    """Not in the midst of a report, nor while locks are held, but soon after, and once."""
    stopped = threading.Event()
    whole: list[int] = []

    def look(running: list[Job]) -> None:
        if not whole:
            os.kill(os.getpid(), signal.SIGINT)
        whole.append(len(running))

    with pytest.raises(KeyboardInterrupt):
        list(run_all([Job("hangs", until(stopped))], 1, stopped.set, look))
    assert whole == [1] and stopped.is_set()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("interruptible")
def test_a_second_interrupt_does_not_wait() -> None:
    stopped = threading.Event()

    def look(running: list[Job]) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the second one should have come")

    with pytest.raises(KeyboardInterrupt):
        list(run_all([Job("hangs", until(stopped))], 1, stopped.set, look))
    assert stopped.is_set()


def test_interrupts_that_are_ignored_stay_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert [job.name for job, _ in run_all([Job("a", nothing)], 1, nothing)] == ["a"]
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_is_running_is_told() -> None:
    seen: set[str] = set()
    told = threading.Event()

    def look(running: list[Job]) -> None:
        seen.update(job.name for job in running)
        told.set()

    assert [e for _, e in run_all([Job("a", until(told))], 1, nothing, look)] == [None]
    assert seen == {"a"}


def test_the_number_of_workers_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAGEKIT_WORKERS", raising=False)
    assert workers() >= 1
    monkeypatch.setenv("PAGEKIT_WORKERS", "7")
    assert workers() == 7
    for wrong in ("0", "-1", "two"):
        monkeypatch.setenv("PAGEKIT_WORKERS", wrong)
        with pytest.raises(ValueError, match=f"PAGEKIT_WORKERS={wrong}"):
            workers()


@pytest.mark.parametrize(
    ("cores", "gigabytes", "expected"), [(8, 64, 8), (8, 7, 3), (2, 4, 2), (2, 1, 1), (1, 3, 1)]
)
def test_as_many_workers_as_cores_and_memory_allow(
    monkeypatch: pytest.MonkeyPatch, cores: int, gigabytes: int, expected: int
) -> None:
    monkeypatch.delenv("PAGEKIT_WORKERS", raising=False)
    pages = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": gigabytes * 2**30 // 4096}
    monkeypatch.setattr("os.sysconf", pages.__getitem__)
    monkeypatch.setattr("pagekit.run.parallel.schedule.cores", lambda: cores)
    assert workers() == expected
    monkeypatch.setenv("PAGEKIT_WORKERS", "1")
    assert workers() == 1


def test_cores_are_those_that_we_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    from pagekit.run.parallel.schedule import cores

    monkeypatch.setattr("os.sched_getaffinity", lambda process: {3, 5, 7}, raising=False)
    assert cores() == 3
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    assert cores() == 6
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert cores() == 1


def test_jobs_take_no_time_need_nothing_and_are_not_alone_unless_said() -> None:
    job = Job("a", nothing)
    assert (job.seconds, job.needs, job.alone) == (0.0, frozenset(), False)
