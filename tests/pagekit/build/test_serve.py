"""The live preview: a sentence shows when it is saved, a changed block when it has run."""

import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from pagekit.project import Project
from tests.pagekit.conftest import started


@pytest.fixture
def preview(project: Project) -> Iterator[Callable[[str, str], None]]:
    """Serve the project; ``preview("index.html", text)`` waits until the page shows a text."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = project.root / "mkdocs.yml"
    settings.write_text(settings.read_text() + f"\ndev_addr: 127.0.0.1:{port}\n")
    server = started(project, "build.serve")

    def shows(address: str, text: str) -> None:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{port}/{address}", timeout=5
                ) as page:
                    if text in page.read().decode():
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"{address} never showed {text!r}")

    yield shows
    os.killpg(server.pid, signal.SIGTERM)
    server.wait()


def test_prose_shows_at_once_and_code_once_it_ran(
    project: Project, preview: Callable[[str, str], None]
) -> None:
    page = project.docs / "index.md"
    preview("index.html", "<samp>42</samp>")  # what was stale at the start has run

    page.write_text(page.read_text() + "\nA new sentence.\n")
    preview("index.html", "<p>A new sentence.</p>")

    page.write_text(page.read_text().replace("6 * 7", "6 * 8"))
    preview("index.html", "<samp>48</samp>")

    page.write_text(
        page.read_text().replace("print(6 * 8)", "from snippets.sums import add\nprint(add(1, 2))")
    )
    preview("index.html", "<samp>3</samp>")
    snippet = project.root / "snippets/sums.py"
    snippet.write_text(snippet.read_text().replace("a + b", "a - b"))
    preview("index.html", "<samp>-1</samp>")
