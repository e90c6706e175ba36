"""What runs on a leash ends with what started it."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.pagekit.conftest import REPOSITORY


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Python with these words, which finds the programs of a folder; its input is the leash."""
    return subprocess.Popen(
        [sys.executable, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": f"{folder}:{REPOSITORY}"},
    )


def test_a_process_on_a_leash_ends_with_its_input(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import pickle, signal, sys, time\n"
        "class Kept: pass\npickle.dumps(Kept())\n"  # as a program can, and no module of another's
        "if 'asks' in sys.argv:\n    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print(*sys.argv[1:], __name__, flush=True)\n"
        "if 'quick' not in sys.argv:\n    time.sleep(600)\n"
    )
    for words, status in ((["a", "quick"], 0), (["a"], -15), (["asks"], 7)):
        with started(tmp_path, "-m", "pagekit.run.parallel.leash", "program", *words) as process:
            assert process.stdin and process.stdout
            assert process.stdout.readline() == f"{' '.join(words)} __main__\n"
            if status:
                process.stdin.close()
            assert process.wait(60) == status


SHORT = """
from pagekit.run.parallel import leash

leash.PATIENCE = 0.1
leash.main()
"""


def test_what_does_not_end_when_asked_is_ended_by_force(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('begun', flush=True)\ntime.sleep(600)\n"
    )
    with started(tmp_path, "-c", SHORT, "program") as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == "begun\n"
        process.stdin.close()
        assert process.wait(60) == -signal.SIGKILL
