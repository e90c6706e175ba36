"""Blocks run as a reader's copy would, apart from each other; faults name their line."""

import os
from pathlib import Path

import pytest

from pagekit.run.process.forkserver import ForkServer
from tests.pagekit.run.process.conftest import ran


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIGPT_DIR", "/elsewhere")
    server = ForkServer(tmp_path)
    outcome = ran(server, "import os\nprint(os.environ.get('MINIGPT_DIR'), 'PATH' in os.environ)")
    server.close()
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


def test_a_server_loads_what_a_block_names_and_no_more(tmp_path: Path) -> None:
    """Importing PyTorch takes seconds: once per server, and never where nobody asks for it."""
    server = ForkServer(tmp_path)
    look = "import sys\nprint('matplot' 'lib' in sys.modules)"
    outcomes = [ran(server, code) for code in (look, f"{look}  # matplotlib", look)]
    server.close()
    assert [done["segments"][0]["output"] for done in outcomes] == ["False\n", "True\n", "True\n"]


def test_what_a_killed_build_left_behind_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "block-killed"
    (left / "here").mkdir(parents=True)
    server = ForkServer(tmp_path)
    assert "fault" not in ran(server, "x = 1")
    server.close()
    assert not left.exists()
