"""Processes of a pool: kept for the next item of as many threads, ended all at once."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pagekit.project import Project
from pagekit.read.blocks import parse_page
from pagekit.run.codeblocks import code_blocks, normalised
from pagekit.run.parallel.command import Command, CommandError
from pagekit.run.parallel.pool import Pool


def test_a_server_is_kept_for_the_next_item_of_as_many_threads(tmp_path: Path) -> None:
    pool = Pool(tmp_path)
    with pool.server() as one:
        assert one.threads == 1 and one.root == tmp_path
        with pool.server() as other:
            assert other is not one
    with pool.server(1) as again, pool.server(4) as many:
        assert again in (one, other) and again.threads == 1
        assert many.threads == 4
    with pool.server() as again, pool.server() as another, pool.server() as new:
        assert {again, another} == {one, other} and new not in (one, other), "one item each"
    with pool.server(4) as again:
        assert again is many
    pool.close()


def test_whatever_runs_is_stopped_and_no_more_than_that(tmp_path: Path) -> None:
    pool = Pool(tmp_path)
    with pool.server() as idle:
        pass
    stopped: list[str] = []
    idle.stop = lambda: stopped.append("idle")  # type: ignore[method-assign]
    with pool.server(2) as busy:
        busy.stop = lambda: stopped.append("busy")  # type: ignore[method-assign]
        pool.stop()
    assert stopped == ["busy"]
    pool.stop()
    assert stopped == ["busy"]
    command: Any = SimpleNamespace(run=pool.stop, stop=lambda: stopped.append("command"))
    pool.run(command)
    pool.stop()
    assert stopped == ["busy", "command"], "it is stopped while it runs, and not again"


def test_closing_ends_all_processes(tmp_path: Path) -> None:
    pool = Pool(tmp_path)
    closed: list[int] = []
    with pool.server(1) as one, pool.server(2) as two:
        for number, server in enumerate((one, two)):
            server.close = lambda number=number: closed.append(number)  # type: ignore[misc,method-assign]
    stopped: list[str] = []
    with pool.server(3) as busy:
        busy.stop = lambda: stopped.append("busy")  # type: ignore[method-assign]
        pool.close()
    assert sorted(closed) == [0, 1] and stopped == ["busy"]


def command(tmp_path: Path, code: str) -> Command:
    (tmp_path / "program.py").write_text(code)
    root = str(Path(__file__).parents[4])
    env = {"PYTHONPATH": f"{tmp_path}:{root}", "PATH": "", "OURS": "handed on"}
    return Command(["program"], tmp_path, env)


def test_a_command_runs_to_its_end_with_its_progress_and_prints_nothing_here(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "kept")
    told = command(
        tmp_path,
        "import os, sys\n"
        "print(*sys.argv[1:], *map(os.environ.get, ('OURS', 'SECRET')), file=open('ran', 'w'))\n"
        "print('loud', flush=True)\nprint('10%\\r 45%', file=sys.stderr)",
    )
    assert told.progress == ""
    Pool(tmp_path).run(told)
    assert (tmp_path / "ran").read_text() == "handed on None\n"
    assert capfd.readouterr() == ("", "")
    assert told.progress == "45 %"
    assert told.words[:3] == [sys.executable, "-m", "pagekit.run.parallel.leash"]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys\nprint('one\\rtwo\\n', file=sys.stderr)\nsys.exit(3)", "^two$"),
        ("import os\nos._exit(3)", "^it ends with status 3$"),
        ("import os\nos.kill(os.getpid(), 9)", "^killed by signal SIGKILL$"),
    ],
)
def test_a_command_that_fails_says_why(tmp_path: Path, code: str, says: str) -> None:
    pool = Pool(tmp_path)
    with pytest.raises(CommandError, match=says):
        pool.run(command(tmp_path, code))
    pool.stop()  # what has ended is not stopped again


def test_only_the_end_of_what_a_command_says_is_kept(tmp_path: Path) -> None:
    talks = command(
        tmp_path,
        "import sys\nprint('9%' + 'x' * 5000, file=sys.stderr)\nprint('7%', file=sys.stderr)",
    )
    talks.run()
    assert talks.progress == "7 %"
    assert len(talks._told) == 4000


def test_a_command_may_say_what_is_no_text(tmp_path: Path) -> None:
    says = command(
        tmp_path,
        "import os, sys\nos.write(2, b'7%\\n\\xff lost\\n')\nsys.exit(3)",
    )
    with pytest.raises(CommandError, match="\N{REPLACEMENT CHARACTER} lost"):
        says.run()
    assert says.progress == "7 %"


def test_a_command_that_is_stopped_as_it_begins_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = command(tmp_path, "import time\ntime.sleep(5)")

    class Begun(subprocess.Popen):
        def __init__(self, *words: Any, **options: Any) -> None:
            super().__init__(*words, **options)
            late.stop()

    monkeypatch.setattr("subprocess.Popen", Begun)
    with pytest.raises(CommandError, match="killed by signal SIGTERM"):
        late.run()


def test_a_command_that_does_not_end_when_asked_is_ended_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pagekit.run.parallel.command.PATIENCE", 0.1)
    deaf = command(
        tmp_path,
        "import signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('1%', file=sys.stderr, flush=True)\ntime.sleep(5)",
    )
    with ThreadPoolExecutor() as threads:
        ended = threads.submit(deaf.run)
        while not deaf.progress and not ended.done():
            time.sleep(0.02)
        deaf.stop()
        with pytest.raises(CommandError, match="killed by signal SIGKILL"):
            ended.result(60)


def test_a_command_that_is_stopped_ends(tmp_path: Path) -> None:
    pool = Pool(tmp_path)
    hangs = command(
        tmp_path, "import sys, time\nprint('1%', file=sys.stderr, flush=True)\ntime.sleep(600)"
    )
    ended: list[BaseException] = []

    def run() -> None:
        try:
            pool.run(hangs)
        except CommandError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not hangs.progress:
        thread.join(0.05)
    pool.stop()
    thread.join(60)
    assert [str(error) for error in ended] == ["killed by signal SIGTERM"]
    with pytest.raises(CommandError, match="stopped before it began"):
        hangs.run()


def test_pytest_codeblocks_sees_each_chain_at_its_line(project: Project) -> None:
    text = (
        "# T\n\n~~~py title='a'\nx = '````'\n~~~\n\n<!--pytest-codeblocks:cont-->\n```python\ny\n"
        '```\n\n```text\nz\n```\n\n<!--pytest.mark.skip(reason="a")-->\n```sh\nls\n```\n'
    )
    page = parse_page(text, project.docs / "page.md", project)
    assert normalised(page) == (
        "`````python\nx = '````'\n`````\n\n<!--pytest-codeblocks:cont-->\n```python\ny\n```\n\n"
        '<!--pytest.mark.skip(reason="a")-->\n```bash\nls\n```\n'
    )
    blocks = code_blocks(page)
    assert [(b.lineno, b.code, b.syntax) for b in blocks] == [
        (3, "x = '````'\ny\n", "python"),
        (17, "ls\n", "bash"),
    ]
