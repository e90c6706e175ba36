"""A machine's faults: killed at any moment, no disk left, no network."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import CompletedProcess

import psutil  # type: ignore[import-untyped]
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
    wait_for(lambda: log.is_file() and log.read_text() == "12")
    os.killpg(build.pid, signal.SIGKILL)
    build.wait()
    assert (site / "index.html").read_text() == "the last good site"

    page.write_text(text.replace("SLEEP", "0"))
    done = pagekit("build.site")
    assert done.returncode == 0, done.stderr
    assert log.read_text() == "122", "the block that had finished did not run again"
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


FAKE = """
import sys
import time
from pathlib import Path

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
Path("build/artefact-began").touch()
while Path("build/hang").exists():
    print("1%", file=sys.stderr, flush=True)
    time.sleep(0.1)
(folder / "weights").write_text("42")
"""


def everything_hangs(project: Project) -> list[Path]:
    """A page, a lab and an artefact that note their beginning, and hang as long as they are to."""
    project.build.mkdir()
    (project.build / "hang").touch()
    hangs = (
        f"from pathlib import Path\nimport time\nbuild = Path({str(project.build)!r})\n"
        "(build / 'NAME-began').touch()\n"
        "while (build / 'hang').exists(): time.sleep(0.1)\nprint('done')"
    )
    (project.docs / "page.md").write_text(
        f"# T\n\n```python\n{hangs.replace('NAME', 'block')}\n```\n"
    )
    labs = project.docs / "labs"
    labs.mkdir()
    (labs / "try.py").write_text(
        "# ---\n# title: T\n# ---\n\n# %% [markdown]\n# # T\n\n# %%\n"
        + hangs.replace("NAME", "lab")
        + "\n"
    )
    (project.root / "artefacts.toml").write_text(
        '[fake]\ncommand = "python -m snippets.fake {folder}"\n'
    )
    (project.root / "snippets" / "fake.py").write_text(FAKE)
    weights = str(project.build / "fake" / "weights")
    (project.docs / "reads.md").write_text(
        f"---\nartefacts: [fake]\n---\n\n# T\n\n```python\nprint(open({weights!r}).read())\n```\n"
    )
    return [project.build / f"{name}-began" for name in ("block", "lab", "artefact")]


def processes_of(project: Project) -> list[str]:
    """Those that run for a project: its folder is in their environment, or they work in it."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            places = [process.cwd(), *process.environ().values()]
            if any(str(project.root) in place for place in places):
                found.append(" ".join(process.cmdline()))
    return found


@pytest.mark.parametrize("how", ["Ctrl-C", "interrupt", "kill", "kill of the group"])
def test_however_a_build_ends_nothing_goes_on_and_the_next_one_does(
    project: Project, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """In the midst of a block, a lab and an artefact, side by side."""
    monkeypatch.setenv("PAGEKIT_WORKERS", "3")
    begun = everything_hangs(project)
    monkeypatch.delenv("PAGEKIT_ROOT")  # pytest's own process is none of the project's
    build = started(project, "build.site")
    wait_for(lambda: all(path.exists() for path in begun))
    if how == "Ctrl-C":  # a terminal sends it to the whole group
        os.killpg(build.pid, signal.SIGINT)
    elif how == "kill of the group":
        os.killpg(build.pid, signal.SIGKILL)
    else:
        build.send_signal(signal.SIGINT if how == "interrupt" else signal.SIGKILL)
    assert build.wait(90) != 0
    wait_for(lambda: not processes_of(project))
    assert not (project.build / "fake").exists()
    assert not (project.root / "site").exists()

    (project.build / "hang").unlink()
    again = started(project, "build.site")
    assert again.wait(300) == 0
    assert "<samp>42</samp>" in (project.root / "site" / "reads.html").read_text()


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
