"""Blocks run as a reader's copy would, apart from each other; faults name their line."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from pagekit.run.process.forkserver import ForkServer
from tests.pagekit.run.process.conftest import ran
from tests.pagekit.run.test_machine import wait_for

Fresh = Callable[[], ForkServer]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    """Makes servers of a test's own, which end with it."""
    made: list[ForkServer] = []

    def make() -> ForkServer:
        made.append(ForkServer(tmp_path))
        return made[-1]

    yield make
    for server in made:
        server.close()


def test_a_block_is_main_in_an_empty_folder(server: ForkServer) -> None:
    code = (
        "import os, pickle, sys\nprint(__name__, os.listdir('.'), sys.argv)\n"
        "class A: pass\npickle.dumps(A())"
    )
    assert ran(server, code)["segments"][0]["output"] == "__main__ [] ['']\n"


def test_nothing_leaks_from_one_chain_to_the_next(server: ForkServer) -> None:
    first = (
        "import torch, matplotlib, os\nx = 1\ntorch.manual_seed(3)\ntorch.set_num_threads(1)\n"
        "matplotlib.rcParams['font.size'] = 99\nopen('file', 'w').write('x')\n"
        "os.environ['LEAK'] = '1'\n"
        "torch.randn(600, 600) @ torch.randn(600, 600)"
    )
    assert "fault" not in ran(server, first)
    second = (
        "import torch, matplotlib, os\nprint('x' in globals(), torch.initial_seed() == 3,\n"
        "matplotlib.rcParams['font.size'], os.listdir('.'), 'LEAK' in os.environ)\n"
        "torch.randn(600, 600) @ torch.randn(600, 600)"
    )
    assert ran(server, second)["segments"][0]["output"] == "False False 10.0 [] False\n"


def test_a_variable_that_is_set_here_does_not_reach_a_block(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIGPT_DIR", "/elsewhere")
    code = "import os\nprint(os.environ.get('MINIGPT_DIR'), 'PATH' in os.environ)"
    outcome = ran(fresh(), code)
    assert outcome["segments"][0]["output"] == "None True\n"


def test_a_chain_shares_its_names_and_keeps_its_outputs_apart(server: ForkServer) -> None:
    outcome = ran(server, "x = 1\nprint('one')", "x += 1\nprint('two', x)", values=("x * 10",))
    assert [s["output"] for s in outcome["segments"]] == ["one\n", "two 2\n"]
    assert outcome["values"] == {"x * 10": "20"}


def test_output_of_child_processes_is_kept_in_order(server: ForkServer) -> None:
    code = "import subprocess\nprint('a', flush=True)\nsubprocess.run(['echo', 'b'])\nprint('c')"
    assert ran(server, code)["segments"][0]["output"] == "a\nb\nc\n"


def test_figures_left_open_are_kept_and_the_same_each_time(server: ForkServer) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.figure()\nplt.title('two')"
    first, second = (ran(server, code)["segments"][0]["figures"] for _ in range(2))
    assert len(first) == 2
    assert first == second
    assert ">two</text>" in first[1]


@pytest.mark.parametrize(
    ("code", "line", "says"),
    [
        ("x = 1\nraise KeyError('k')", 1, "KeyError: 'k'"),
        ("def f():\n    return 1 / 0\n\nf()", 1, "ZeroDivisionError"),
        ("import json\n\njson.loads('{')", 2, "JSONDecodeError"),
        ("x = (", 0, "SyntaxError"),
        ("import sys\nsys.exit(3)", 1, "exits with status 3"),
        ("import sys\nsys.exit()", 1, "exits with status None"),
        ("import os\nos._exit(4)", None, "ends the process with status 4"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", None, "SIGSEGV"),
        ("import warnings\n\nwarnings.warn('careful')", 2, "UserWarning: careful"),
    ],
)
def test_faults_are_told_with_their_line(
    server: ForkServer, code: str, line: int | None, says: str
) -> None:
    outcome = ran(server, code)
    assert says in outcome["fault"]
    assert (outcome["segment"], outcome["line"]) == (0, line)


def test_a_hanging_block_is_ended_with_all_it_started(server: ForkServer) -> None:
    code = "import subprocess\nsubprocess.Popen(['sleep', '60'])\nwhile True: pass"
    outcome = server.run("python", ["x = 1", code], [], timeout=1.0)
    assert outcome["segment"] == 1
    assert "hangs" in outcome["fault"]


def test_a_shell_block_stops_at_the_first_failure(server: ForkServer) -> None:
    assert ran(server, "echo hi", kind="shell")["segments"][0]["output"] == "hi\n"
    assert "status 1" in ran(server, "false\necho on", kind="shell")["fault"]


def test_a_program_knows_its_source_as_a_copy_does(server: ForkServer) -> None:
    code = (
        "import inspect, os\nclass A:\n    x = 1\n"
        "print(inspect.getsource(A), os.path.isfile(__file__), os.listdir('.'))"
    )
    assert ran(server, "y = 1", code)["segments"][1]["output"] == "class A:\n    x = 1\n True []\n"


def test_a_module_beside_a_block_can_be_imported(server: ForkServer) -> None:
    code = "open('mine.py', 'w').write('x = 3')\nimport mine\nprint(mine.x)"
    assert ran(server, code)["segments"][0]["output"] == "3\n"


def test_what_holds_for_the_copy_holds_in_each_fence(server: ForkServer) -> None:
    first = "from __future__ import annotations\n"
    outcome = ran(server, first, "def f(a: nowhere): pass\nprint(f.__annotations__)")
    assert outcome["segments"][1]["output"] == "{'a': 'nowhere'}\n"
    late = ran(server, "x = 1", "\n" + first)
    assert "must occur at the beginning" in late["fault"]
    assert (late["segment"], late["line"]) == (1, 1)


def test_a_fence_goes_on_with_the_axes_of_the_one_above(server: ForkServer) -> None:
    plot = "import matplotlib.pyplot as plt\nplt.figure(layout='constrained')\nplt.plot([1, 2])"
    again = "plt.plot([2, 1])\nprint(len(plt.gca().lines))"
    outcome = ran(server, plot, "x = 1", again, "print(len(plt.gca().lines))")
    assert [len(s["figures"]) for s in outcome["segments"]] == [1, 0, 1, 0]
    assert [s["output"] for s in outcome["segments"][2:]] == ["2\n", "2\n"]


def test_each_run_draws_other_numbers(server: ForkServer) -> None:
    code = "import random, numpy\nprint(random.random(), numpy.random.rand())"
    one, two = (ran(server, code)["segments"][0]["output"].split() for _ in range(2))
    assert one[0] != two[0]
    assert one[1] != two[1]


def test_what_is_said_at_the_end_is_kept(server: ForkServer) -> None:
    code = (
        "import atexit, threading, time\natexit.register(print, 'last')\n"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()\nprint('now')"
    )
    assert ran(server, code)["segments"][0]["output"] == "now\nlate\nlast\n"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("shell", "sleep 985 &\necho $!"),
        ("shell", "setsid sh -c 'echo $$; exec sleep 985 >/dev/null' &\nsleep 0.2"),
        (
            "python",
            "import subprocess\nsleep = ['sleep', '985']\n"
            "print(subprocess.Popen(sleep, start_new_session=True).pid)",
        ),
    ],
)
def test_what_a_block_starts_ends_with_it(server: ForkServer, kind: str, code: str) -> None:
    outcome = ran(server, code, kind=kind)
    assert "fault" not in outcome
    process = int(outcome["segments"][0]["output"])
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_server_loads_what_a_block_names_and_no_more(fresh: Fresh) -> None:
    """Importing PyTorch takes seconds: once per server, and never where nobody asks for it."""
    server = fresh()
    look = "import sys\nprint('matplot' 'lib' in sys.modules)"
    outcomes = [ran(server, code) for code in (look, f"{look}  # matplotlib", look)]
    assert [done["segments"][0]["output"] for done in outcomes] == ["False\n", "True\n", "True\n"]


def test_what_a_killed_build_left_behind_is_removed(
    fresh: Fresh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "block-killed"
    (left / "here").mkdir(parents=True)
    assert "fault" not in ran(fresh(), "x = 1")
    assert not left.exists()


def printed(server: ForkServer, *lines: str) -> list[str]:
    """What a block of these lines prints, line by line."""
    outcome = ran(server, "\n".join(lines))
    assert "fault" not in outcome
    return str(outcome["segments"][0]["output"]).splitlines()


def test_a_block_begins_as_any_program_does(server: ForkServer) -> None:
    """Nothing of what its server does reaches it, nor do others read what it prints."""
    assert printed(
        server,
        "import atexit, os, signal, sys",
        "print(repr(sys.stdin.read()), atexit._ncallbacks())",
        "print(signal.set_wakeup_fd(-1), signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL)",
        "print([oct(os.fstat(number).st_mode & 0o777) for number in (1, 2)])",
    ) == ["'' 0", "-1 True", "['0o600', '0o600']"]


def test_what_a_server_loaded_is_frozen(server: ForkServer) -> None:
    """A block's garbage collector need not look through it."""
    assert printed(server, "import gc", "print(gc.get_freeze_count() > 0)") == ["True"]


def test_a_block_and_its_server_lead_groups_that_no_signal_to_ours_reaches(
    server: ForkServer,
) -> None:
    look = ("import os", "print(os.getsid(0) == os.getpid(), os.getsid(os.getppid()))")
    led, leader = printed(server, *look)[0].split()
    assert (led, printed(server, "import os", "print(os.getppid())")) == ("True", [leader])
    assert int(leader) != os.getsid(0)


def test_what_stands_in_the_folder_of_a_block_comes_before_what_stands_in_the_project(
    server: ForkServer,
) -> None:
    (server.root / "twice.py").write_text("x = 'the project'\n")
    assert printed(
        server, "open('twice.py', 'w').write('x = 1')", "import twice", "print(twice.x)"
    ) == ["1"]


def test_a_stream_that_a_block_replaces_stays_open_for_what_it_starts(server: ForkServer) -> None:
    assert printed(
        server,
        "import io, os, sys",
        "sys.stdin, sys.stdout = io.StringIO('x'), io.StringIO()",
        "os.system('cat; echo heard')",
    ) == ["heard"]


def test_what_is_said_at_the_end_is_of_the_last_fence(server: ForkServer) -> None:
    outcome = ran(server, "import atexit\natexit.register(print, 'last')", "print('now')")
    assert [segment["output"] for segment in outcome["segments"]] == ["", "now\nlast\n"]
    assert all(0 <= segment["seconds"] < 60 for segment in outcome["segments"])
    shown = "import atexit, os\natexit.register(os.system, 'echo psst >&2')"
    outcome = ran(server, shown, "x = 1", "y = 2")
    assert (outcome["segment"], outcome["line"]) == (2, None)
    assert outcome["fault"].endswith("shows: psst")


@pytest.mark.parametrize(("asked", "threads"), [({}, "1"), ({"threads": 3}, "3")])
def test_a_library_of_a_block_has_one_thread_unless_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, int], threads: str
) -> None:
    told: list[dict[str, str]] = []
    monkeypatch.setattr("subprocess.Popen", lambda *_, env, **options: told.append(env))
    ForkServer(tmp_path, **asked)._started()
    assert [env["OMP_NUM_THREADS"] for env in told] == [threads]


def test_what_a_library_prints_as_it_is_loaded_is_no_answer(fresh: Fresh, tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("print('loud', flush=True)\nimport random\n")
    assert printed(fresh(), "import numpy", "print(numpy.__name__)") == ["numpy"]


def test_what_a_block_reads_is_in_its_record(server: ForkServer) -> None:
    path = server.root / "docs.txt"
    path.write_text("facts")
    (server.root / "snippets").mkdir()
    for code in (f"open({str(path)!r}).read()", f"import os\nos.stat({str(path)!r})"):
        assert ran(server, code)["record"].depends.keys() == {"docs.txt"}
    assert ran(server, "x = 1")["record"].depends == {}
    assert ran(server, "true", kind="shell")["record"].depends.keys() >= {"snippets/**"}


def waiting(path: Path) -> list[str]:
    """A block that notes itself and what it started in a file, and goes on for long."""
    return [
        "import os, subprocess, time\nother = subprocess.Popen(['sleep', '100'])\n"
        "with open('part', 'w') as file:\n    print(os.getpid(), other.pid, file=file)\n"
        f"os.rename('part', {str(path)!r})\ntime.sleep(100)"
    ]


@contextmanager
def begun(
    server: ForkServer, path: Path
) -> Iterator[tuple[Future[dict[str, Any]], list[psutil.Process]]]:
    """What comes of such a block, and both processes; whatever happens, all of it ends."""
    processes: list[psutil.Process] = []
    with ThreadPoolExecutor() as threads:
        outcome = threads.submit(server.run, "python", waiting(path), [], 60)
        try:
            wait_for(path.exists)
            processes += [psutil.Process(int(word)) for word in path.read_text().split()]
            yield outcome, processes
        finally:
            server.stop()  # the thread waits for it
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    process.kill()


def runs(process: psutil.Process) -> bool:
    """Whether a process is there, and no mere entry of one that has ended."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_server_that_is_stopped_takes_along_what_it_runs(fresh: Fresh, tmp_path: Path) -> None:
    server = fresh()
    with begun(server, tmp_path / "begun") as (outcome, processes):
        server.stop()
        assert outcome.result(60)["fault"] == "the process that runs blocks died"
        wait_for(lambda: not any(map(runs, processes)))
        assert ran(server, "x = 1")["fault"] == "the process that runs blocks died", "and stays so"


def test_a_server_that_is_killed_takes_its_block_along_and_another_one_follows(
    fresh: Fresh, tmp_path: Path
) -> None:
    server = fresh()
    with begun(server, tmp_path / "begun") as (outcome, (block, _)):
        assert server._process is not None
        server._process.kill()
        assert outcome.result(60)["fault"] == "the process that runs blocks died"
        if sys.platform == "linux":  # no other system ends a process with its parent
            wait_for(lambda: not runs(block))
        assert "fault" not in ran(server, "x = 1")
