"""The live preview measured: from saving a sentence to seeing it, and what waiting costs."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks.processes import cpu_seconds
from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.run import results

PORT = 8123
PAGES, BLOCKS = 50, 800  # of a whole course
SETTLE, IDLE = 15.0, 20.0  # seconds


@contextmanager
def served(folder: Path) -> Iterator[psutil.Process]:
    """A preview of the project, from when it answers."""
    server = psutil.Popen(
        [sys.executable, "-m", "pagekit.build.serve", str(PORT)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: "<h1" in read("index.html"), limit=300)
        yield server
    finally:
        server.terminate()
        server.wait()


def seconds_to_show(folder: Path, page: str, times: int = 3) -> list[float]:
    """From saving one sentence of a page to its being served."""
    path, seconds = folder / "docs" / f"{page}.md", []
    with served(folder):
        wait_for(lambda: "<h1" in read(f"{page}.html"), limit=60)
        for number in range(times):
            mark = f"Edited sentence {number}."
            text = path.read_text(encoding="utf-8").replace("\n## ", f"\n{mark}\n\n## ", 1)
            clock = time.perf_counter()
            path.write_text(text, encoding="utf-8")
            wait_for(lambda mark=mark: mark in read(f"{page}.html"), limit=60)  # type: ignore[misc]
            seconds.append(time.perf_counter() - clock)
            time.sleep(1)
    return seconds


def idle_share(folder: Path) -> float:
    """The share of one core that a preview uses while nothing changes, at a whole course's size."""
    fill(Project(folder))
    with served(folder) as server:
        time.sleep(SETTLE)
        before, clock = cpu_seconds(server), time.perf_counter()
        time.sleep(IDLE)
        return (cpu_seconds(server) - before) / (time.perf_counter() - clock)


def fill(project: Project, pages: int = PAGES, blocks: int = BLOCKS) -> None:
    """Add pages with recorded results, until a project has so many pages and blocks."""
    there = [read_page(path, project) for path in project.pages()]
    more = max(pages - len(there), 1)
    needed = max(blocks - sum(len(page.chains) for page in there), 0)
    for number in range(more):
        count = needed // more + (number < needed % more)
        fences = (f"```python\nprint({number} + {line})\n```\n" for line in range(count))
        path = project.docs / "more" / f"page-{number}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join([f"# Page {number}\n", *fences]), encoding="utf-8")
        page = read_page(path, project)
        for line, chain in enumerate(page.chains):
            result = results.Result([results.Segment(f"{number + line}\n")], {})
            results.save(result, page, chain, project)


def read(address: str) -> str:
    """What the server answers; nothing while it does not."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/{address}", timeout=5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""


def wait_for(ready: Callable[[], bool], limit: float) -> None:
    """Ask again and again, for a number of seconds at most."""
    end = time.perf_counter() + limit
    while not ready():
        if time.perf_counter() > end:
            raise SystemExit(f"waited {limit:.0f} s in vain")
        time.sleep(0.02)
