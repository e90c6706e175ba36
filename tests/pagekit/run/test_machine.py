"""A machine's faults: killed at any moment, no disk left, no network."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from pagekit.errors import PageError
from pagekit.project import Project, write_whole
from tests.pagekit.conftest import REPOSITORY, started

Run = Callable[..., CompletedProcess[str]]


def test_a_killed_build_leaves_the_old_site_and_the_next_goes_on(
    project: Project, pagekit: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Killed while the second block runs: the first one's result is kept, no half one is taken."""
    log = tmp_path_factory.mktemp("log") / "runs"
    page = project.docs / "page.md"
    text = (
        f"# T\n\n```python\nopen({str(log)!r}, 'a').write('1')\nprint('one')\n```\n\n"
        f"```python\nopen({str(log)!r}, 'a').write('2')\nimport time; time.sleep(SLEEP)\n```\n"
    )
    page.write_text(text.replace("SLEEP", "60"))
    site = project.root / "site"
    site.mkdir()
    (site / "index.html").write_text("the last good site")

    build = started(project, "build.site")
    recorded = project.results / "page"
    wait_for(lambda: log.is_file() and "2" in log.read_text() and any(recorded.glob("*.json")))
    os.killpg(build.pid, signal.SIGKILL)
    build.wait()
    assert (site / "index.html").read_text() == "the last good site"

    page.write_text(text.replace("SLEEP", "0"))
    done = pagekit("build.site")
    assert done.returncode == 0, done.stderr
    assert sorted(log.read_text()) == ["1", "2", "2"], "what had finished ran again"
    assert "<samp>one</samp>" in (site / "page.html").read_text()


def test_the_block_of_a_killed_build_ends_too(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    beat = tmp_path_factory.mktemp("log") / "beat"
    (project.docs / "index.md").write_text(
        "# T\n\n```python\nimport time\nwhile True:\n"
        f"    open({str(beat)!r}, 'w').write(str(time.time()))\n    time.sleep(0.1)\n```\n"
    )
    build = started(project, "build.site")
    wait_for(beat.is_file)
    build.kill()  # it alone, not its group
    build.wait()
    time.sleep(1)
    last = beat.read_text()
    time.sleep(1)
    assert beat.read_text() == last, "the block still runs"


def test_what_killed_builds_left_behind_goes_with_the_next(project: Project, pagekit: Run) -> None:
    """The folder of the half-made site, and the results of a page that has another name now."""
    page = project.docs / "page.md"
    page.write_text("# T\n\n```python\nprint(1)\n```\n")
    build = started(project, "build.site")
    wait_for(lambda: list(project.build.glob("site-*")) != [])
    os.killpg(build.pid, signal.SIGKILL)
    build.wait()
    assert list(project.build.glob("site-*")) != []
    page.rename(project.docs / "renamed.md")
    done = pagekit("build.site")
    assert done.returncode == 0, done.stderr
    assert list(project.build.glob("site-*")) == []
    assert sorted(path.name for path in project.results.iterdir()) == ["index", "renamed"]


def wait_for(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while not ready():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


NO_NETWORK = """
import socket

def refuse(self, address, *rest):
    if self.family != socket.AF_UNIX:
        raise OSError(101, f"Network is unreachable: {address}")
    return connect(self, address, *rest)

connect = socket.socket.connect
socket.socket.connect = refuse
socket.getaddrinfo = lambda host, *rest, **more: refuse(socket.socket(), host)
"""


def test_a_site_is_built_without_a_network(project: Project, pagekit: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK)
    (project.docs / "index.md").write_text(
        '# T\n\nIt is $x^2$ [@smith2020].\n\n```python alt="A line."\n'
        "import matplotlib.pyplot as plt\nplt.plot([1])\n```\n\n"
        "```mermaid\nflowchart LR\n    accTitle: T\n    accDescr: D\n    A --> B\n```\n"
    )
    path = os.pathsep.join([str(tmp_path), str(REPOSITORY)])
    probe = subprocess.run(
        [sys.executable, "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9')"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Network is unreachable" in probe.stderr, "the test itself must cut the network"
    done = pagekit("build.site", PYTHONPATH=path)
    assert done.returncode == 0, done.stderr


def test_a_full_disk_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_whole(path, "old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(PageError, match="No space left on device"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
