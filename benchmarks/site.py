"""``python -m benchmarks.site``: builds the site from nothing, edits it, tests it; prints a table.

Everything happens in a copy of the project, in a folder that is removed at the end. The installed
packages are shared. It takes about twice as long as ``make site`` and ``make test`` together;
``--quick`` leaves out the tests.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks.options import Options
from benchmarks.recorded import record

ROOT = Path(__file__).parents[1]
PAGE = "transformer/attention"
SECTION = "snippets/transformer/masks.py"  # the snippet of which one section is edited
MIB = 2**20


@dataclass
class Row:
    """One promise and what was measured."""

    what: str
    measured: str
    promised: str


def timed(command: list[str], folder: Path, watch: bool = False) -> tuple[float, float, str]:
    """Run a command: its seconds, the most memory that it and its children took, what it said."""
    clock = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = psutil.Popen(command, cwd=folder, stdout=said, stderr=subprocess.STDOUT)
        peak = 0.0
        while process.poll() is None:
            if watch:
                peak = max(peak, memory(process))
            time.sleep(0.2)
        seconds = time.perf_counter() - clock
        said.seek(0)
        text = said.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{text[-3000:]}")
    return seconds, peak, text


def memory(process: psutil.Process) -> float:
    """Bytes that a process and its children hold for themselves, shared pages counted once."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += getattr(one.memory_full_info(), "pss", one.memory_info().rss)
        except psutil.Error:
            continue
    return total


def copy_of_project(target: Path) -> None:
    """What git knows, and the installed packages."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def building(folder: Path) -> list[Row]:
    """From nothing, and again with nothing changed."""
    python = sys.executable
    site, _, _ = timed([python, "-m", "pagekit.build.site"], folder)
    again, _, _ = timed([python, "-m", "pagekit.build.site"], folder)
    made = json.loads((folder / "build" / "minigpt" / "training.json").read_text())
    minigpt = f"{made['params']:,} parameters, loss {made['val_loss']:.3f}"
    return [
        Row("`make site`, nothing cached", f"{site / 60:.1f} min", "≤ 8 min"),
        Row("training MiniGPT meanwhile", f"{made['seconds'] / 60:.1f} min", "≤ 2.5 min"),
        Row("`make site` again, nothing changed", f"{again:.1f} s", "≤ 5 s"),
        Row("MiniGPT", minigpt, "≤ 1 M parameters"),
    ]


def serving(folder: Path) -> Row:
    """From saving one sentence to its being served, the median of three."""
    server = subprocess.Popen(
        [sys.executable, "-m", "pagekit.build.serve"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    page = folder / "docs" / f"{PAGE}.md"
    url = f"http://127.0.0.1:8000/{PAGE}.html"
    try:
        wait_for(lambda: "<h1" in read(url), limit=60)
        seconds = []
        for number in range(3):
            mark = f"Edited sentence {number}."
            text = page.read_text(encoding="utf-8").replace("\n## ", f"\n{mark}\n\n## ", 1)
            clock = time.perf_counter()
            page.write_text(text, encoding="utf-8")
            wait_for(lambda mark=mark: mark in read(url), limit=60)  # type: ignore[misc]
            seconds.append(time.perf_counter() - clock)
            time.sleep(1)
    finally:
        server.terminate()
        server.wait()
    return Row("one sentence edited under `make serve`", f"{sorted(seconds)[1]:.1f} s", "≤ 2 s")


def read(url: str) -> str:
    """What the server answers; nothing while it does not."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""


def wait_for(ready: Callable[[], bool], limit: float) -> None:
    """Ask again and again, for a number of seconds at most."""
    end = time.perf_counter() + limit
    while not ready():
        if time.perf_counter() > end:
            raise SystemExit(f"waited {limit:.0f} s in vain")
        time.sleep(0.05)


def editing(folder: Path) -> Row:
    """One section of one snippet edited: which chains run again, and which should."""
    from pagekit.project import Project
    from pagekit.read.blocks import Chain, Page, read_page
    from pagekit.run import results

    project = Project(folder)

    def every() -> list[tuple[Page, Chain]]:
        pages = [read_page(path, project) for path in project.pages()]
        return [(page, chain) for page in pages for chain in page.chains]

    chains = every()
    touched = set()
    for page, chain in chains:
        result = results.load(page, chain, project)
        includes = any(line.source == SECTION for f in chain.fences for line in f.lines)
        if includes or (result and SECTION in result.depends):
            touched.add((page.name, chain.line))
    path = folder / SECTION
    path.write_text(path.read_text().replace("mask.tril(diagonal=past)", "mask.tril(past)"))
    stale = {(p.name, c.line) for p, c in every() if not results.load(p, c, project)}
    wrong = len(stale - touched)
    return Row(
        f"one section of `{SECTION}` edited",
        f"{len(stale)} of {len(chains)} chains re-run; {wrong} that neither import nor include it",
        "only those that do",
    )


def testing(folder: Path) -> list[Row]:
    """All tests."""
    seconds, peak, said = timed(
        [sys.executable, "-m", "pytest", "-p", "pagekit.run.plugin"], folder, True
    )
    return [
        Row("`make test`, everything", f"{seconds / 60:.1f} min", "≤ 12 min"),
        Row("its memory", f"{peak / MIB / 1024:.1f} GB", "≤ 4 GB"),
        Row("its tests", said.strip().splitlines()[-1].strip("= "), "all passed"),
    ]


def viewing(site: Path) -> list[Row]:
    """What the pages weigh, in a browser."""
    from playwright.sync_api import sync_playwright

    from tests.site.browser import find_or_install_browser
    from tests.site.conftest import foreign_requests
    from tests.site.pages import built_pages, mount_point
    from tests.site.server import Fence, SiteServer, running

    sizes, path = {}, find_or_install_browser()
    with (
        running(SiteServer(site, mount_point(site))) as server,
        running(Fence()) as fence,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=path,
            proxy={"server": fence.url, "bypass": "127.0.0.1"},
        )
        for address in built_pages(site):
            server.forget()
            with browser.new_context() as context:
                context.new_page().goto(server.url + address, wait_until="networkidle")
            asked = {path for path in server.asked if "search_index" not in path}
            sizes[address or "index.html"] = sum(map(server.wire_size, asked))
        foreign = len(foreign_requests(fence.caught))
        browser.close()
    heaviest = max(sizes, key=lambda name: sizes[name])
    return [
        Row("heaviest first view", f"{sizes[heaviest] / 1000:.0f} KB, {heaviest}", "≤ 200 KB gzip"),
        Row("foreign requests", str(foreign), "0"),
    ]


def blocks(folder: Path) -> Row:
    """Blocks that run, and those that do not."""
    from pagekit.project import Project
    from pagekit.read.blocks import read_page

    project = Project(folder)
    fences = [f for path in project.pages() for f in read_page(path, project).fences if f.runs]
    skipped = sum(bool(fence.not_run) for fence in fences)
    return Row("blocks skipped", f"{skipped} of {len(fences)}", "0")


def run(options: Options) -> None:
    """Measure everything; print the table, a row as soon as it is known; record a whole one."""
    sys.path.insert(0, str(ROOT))
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch, "project")
        folder.mkdir()
        copy_of_project(folder)
        steps: list[Callable[[], list[Row]]] = [
            lambda: building(folder),
            lambda: viewing(folder / "site"),
            lambda: [blocks(folder)],
            lambda: [serving(folder)],
            lambda: [editing(folder)],
        ]
        if not options.quick:
            steps.insert(3, lambda: testing(folder))
        print("| what | measured | promised |\n|---|---|---|", flush=True)
        for step in steps:
            for row in step():
                rows.append(asdict(row))
                print(f"| {row.what} | {row.measured} | {row.promised} |", flush=True)
    if not options.quick:
        record("site", rows, folder=options.out)


if __name__ == "__main__":
    run(Options(quick="--quick" in sys.argv))
