"""The live preview: a sentence shows when it is saved, a changed block when it has run."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from pagekit.project import Project
from tests.pagekit.conftest import REPOSITORY


class Served:
    """A preview of the project, running."""

    def __init__(self, project: Project) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.said = project.root / "said.txt"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pagekit.build.serve", str(self.port)],
                cwd=project.root,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def page(self, address: str) -> str:
        """What the server answers; nothing while it does not."""
        url = f"http://127.0.0.1:{self.port}/{address}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, OSError):
            return ""

    def shows(self, address: str, text: str) -> None:
        """Wait until a page shows a text."""
        end = time.monotonic() + 120
        while text not in self.page(address):
            assert time.monotonic() < end, f"{address} never showed {text!r}; {self.heard()}"
            time.sleep(0.1)

    def heard(self) -> str:
        """What it printed."""
        return self.said.read_text()


@pytest.fixture
def serve(project: Project) -> Iterator[type[Served]]:
    """Starts previews and ends them."""
    started: list[Served] = []

    class Started(Served):
        def __init__(self) -> None:
            super().__init__(project)
            started.append(self)

    yield Started
    for served in started:
        if served.process.poll() is None:
            os.killpg(served.process.pid, signal.SIGKILL)
        served.process.wait()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_prose_shows_at_once_and_code_once_it_ran(project: Project, serve: type) -> None:
    page = project.docs / "index.md"
    preview = serve()
    preview.shows("index.html", "<samp>42</samp>")  # what was stale at the start has run
    assert f"http://127.0.0.1:{preview.port}/" in preview.heard()

    page.write_text(page.read_text() + "\nA new sentence.\n")
    preview.shows("index.html", "<p>A new sentence.</p>")

    edit(page, "6 * 7", "6 * 8")
    saved = page.stat().st_mtime_ns
    preview.shows("index.html", "<samp>48</samp>")
    assert page.stat().st_mtime_ns == saved, "the author's file is not touched"

    edit(page, "print(6 * 8)", "from snippets.sums import add\nprint(add(1, 2))")
    preview.shows("index.html", "<samp>3</samp>")
    edit(project.root / "snippets/sums.py", "a + b", "a - b")
    preview.shows("index.html", "<samp>-1</samp>")
    assert "dirty" not in preview.heard()


def test_a_fault_shows_on_its_page_and_nowhere_else(project: Project, serve: type) -> None:
    broken, page = project.docs / "broken.md", project.docs / "index.md"
    broken.write_text("# Its title\n\nA [[fixtur]].\n")
    preview = serve()
    preview.shows("broken.html", "fixtur")
    assert "This page has a fault" in preview.page("broken.html")
    assert "docs/broken.md:3" in preview.page("broken.html")
    preview.shows("index.html", "<samp>42</samp>")

    edit(broken, "fixtur", "fixture")
    preview.shows("broken.html", "<p>A ")

    edit(page, "print(6 * 7)", "print(6 * seven)")
    preview.shows("index.html", "Not run: docs/index.md:4: this block does not run: NameError")
    heard = [line for line in preview.heard().splitlines() if "NameError" in line]
    assert len(heard) == 1 and heard[0].startswith("docs/index.md:4: ")
    edit(page, "6 * seven", "6 * 9")
    preview.shows("index.html", "<samp>54</samp>")
    assert "Its title" in preview.page("index.html"), "menus keep the titles of other pages"


def test_pages_come_and_go(project: Project, serve: type) -> None:
    preview = serve()
    preview.shows("index.html", "<samp>42</samp>")
    (project.docs / "new.md").write_text("# New\n\n```python\nprint(5 * 5)\n```\n")
    preview.shows("new.html", "<samp>25</samp>")
    (project.docs / "new.md").rename(project.docs / "newer.md")
    preview.shows("newer.html", "<samp>25</samp>")  # what a page's blocks do depends on its name
    edit(project.docs / "index.md", "6 * 7", "6 * 6")
    preview.shows("index.html", "<samp>36</samp>")
    assert not preview.page("new.html")


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_all_that_it_started(
    project: Project, serve: type, how: signal.Signals
) -> None:
    edit(project.docs / "index.md", "print(6 * 7)", "import time\n\nprint(6)\ntime.sleep(100)")
    preview = serve()
    preview.shows("index.html", "has not run yet")
    server = psutil.Process(preview.process.pid)
    end = time.monotonic() + 60
    while len(server.children(recursive=True)) < 2 and time.monotonic() < end:
        time.sleep(0.1)  # until the fork server has forked
    children = server.children(recursive=True)
    assert len(children) >= 2
    server.send_signal(how)
    assert preview.process.wait(30) == 0
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    assert not list(project.build.glob("serve-*"))


def test_a_port_in_use_is_told_in_one_line(project: Project, serve: type) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "pagekit.build.serve", port],
            cwd=project.root,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"port {port} is in use; name another one: make serve PORT=")
    assert len(done.stderr.splitlines()) == 1
