"""What no page could show is refused: too much, errors nobody would see, control characters."""

import pytest

from pagekit.run.process.forkserver import ForkServer
from tests.pagekit.run.process.conftest import ran

REFUSED = {
    "a figure that can't be drawn": (
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.title(r'$\\frac{1$')",
        None,
        "its figure can't be drawn: ",
    ),
    "output that was closed": (
        "import sys\nsys.stdout.close()",
        None,
        "its output can't be written",
    ),
    "a descriptor that was closed": ("import os\nprint('x')\nos.close(1)", None, "Bad file desc"),
    "an exception in a thread": (
        "import threading\ndef f():\n    1 / 0\nt = threading.Thread(target=f)\n"
        "t.start()\nt.join()",
        2,
        "a thread ends with ZeroDivisionError",
    ),
    "standard error": ("import sys\nprint('psst', file=sys.stderr)", None, "standard error, which"),
    "standard error of a child": ("import os\nos.system('echo psst >&2')", None, "shows: psst"),
    "standard error of a child that Python no longer has": (
        "import io, os, sys\nsys.stderr = io.StringIO()\nos.system('echo psst >&2')",
        None,
        "shows: psst",
    ),
    "a logged error": ("import logging\nlogging.error('psst')", None, "ERROR:root:psst"),
    "colours": ("print('\\x1b[31mred')", None, r"control character '\x1b'"),
    "a progress bar": ("print('10 %', end='\\r')", None, r"control character '\r'"),
    "much output": (
        "print('x' * 200_000)",
        None,
        "it prints 200,001 bytes, and a page takes 100,000",
    ),
    "endless output": (
        "import os\nwhile True:\n    os.write(1, b'x' * 2**20)",
        2,
        "it prints, or writes to a file, more than",
    ),
    "a figure of many points": (
        "import matplotlib.pyplot as plt, numpy\nplt.plot(numpy.random.rand(60_000), 'o')",
        None,
        "bytes, and a page takes 1,000,000; draw fewer points",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_page_can_not_show_is_refused(server: ForkServer, name: str) -> None:
    code, line, says = REFUSED[name]
    outcome = ran(server, "x = 1", code)
    assert says in outcome["fault"]
    assert (outcome["segment"], outcome["line"]) == (1, line)
    assert "\n" not in outcome["fault"]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("exit()", "exits with status None"),
        ("1 / 0", "ZeroDivisionError"),
        ("__import__('warnings').warn('hm')", "it warns: UserWarning: hm"),
        ("'x' * 2000", "2,000 characters"),
        ("chr(27)", "control character"),
        ("__import__('os')._exit(3)", "ends the process with status 3"),
        ("__import__('time').sleep(60)", "hangs"),
    ],
)
def test_a_value_at_fault_is_named(server: ForkServer, value: str, says: str) -> None:
    outcome = server.run("python", ["x = 1"], ["x", value], timeout=3)
    assert says in outcome["fault"]
    assert outcome["value"] == value


SHELL = {
    "a status": ("echo oh >&2\nfalse", "status 1: oh"),
    "the last of what it says": ("echo a >&2\necho b >&2\necho c >&2\nexit 2", "status 2: c"),
    "a status without a word": ("exit 3", "it exits with status 3: no message"),
    "standard error": ("echo oh >&2", "standard error, which no page shows: oh"),
    "no text": ("printf '\\377 oh' >&2", "shows: \N{REPLACEMENT CHARACTER} oh"),
    "a part that prints much": ("ulimit -f 1\nyes\necho", "it prints, or writes to a file, more"),
    "much output": ("head -c 200000 /dev/zero | tr '\\0' x", "it prints 200,000 bytes"),
    "endless output": ("yes", "it prints, or writes to a file, more than"),
}


@pytest.mark.parametrize("name", SHELL)
def test_a_shell_block_is_refused_for_the_same(server: ForkServer, name: str) -> None:
    code, says = SHELL[name]
    outcome = ran(server, code, kind="shell")
    assert says in outcome["fault"] and (outcome["segment"], outcome["line"]) == (0, None)


def test_a_progress_bar_is_not_shown_and_no_fault(server: ForkServer) -> None:
    """It is for a terminal: a copy of the block shows it there."""
    code = "from tqdm import tqdm\nprint(sum(tqdm(range(3))))"
    outcome = ran(server, code)
    assert [segment["output"] for segment in outcome["segments"]] == ["3\n"]
