"""``python -m benchmarks.site``: builds the site from nothing, edits it, tests it; prints a table.

Everything happens in a copy of the project, in a folder that is removed at the end. The installed
packages are shared. It takes about three times as long as ``make site`` and once as ``make test``;
``--quick`` leaves out the tests and the second build from nothing.
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.builds import differences
from benchmarks.options import Options
from benchmarks.processes import timed
from benchmarks.recorded import record
from benchmarks.serving import BLOCKS, PAGES, idle_share, seconds_to_show
from benchmarks.steps import muon_ratio
from benchmarks.views import promises, views

ROOT = Path(__file__).parents[1]
PAGE = "transformer/attention"
SECTION = "snippets/transformer/masks.py"  # the snippet of which one section is edited
GIB = 2**30
SITE = [sys.executable, "-m", "pagekit.build.site"]


@dataclass
class Row:
    """One promise and what was measured."""

    what: str
    measured: str
    promised: str


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
    site, again = timed(SITE, folder), timed(SITE, folder)
    made = json.loads((folder / "build" / "minigpt" / "training.json").read_text())
    minigpt = f"{made['params']:,} parameters, loss {made['val_loss']:.3f}"
    busy = f"{statistics.mean(site.busy):.0%}" if site.busy else "no block ran"
    return [
        Row("training the site's MiniGPT", f"{made['seconds'] / 60:.1f} min", "≤ 2.5 min"),
        Row("`make site`, nothing cached", f"{site.seconds / 60:.1f} min", "≤ 28 min"),
        Row("`make site` again, nothing changed", f"{again.seconds:.1f} s", "≤ 8 s"),
        Row("all cores busy while blocks run", busy, "≥ 85 %"),
        Row("MiniGPT", minigpt, "≤ 1 M parameters"),
    ]


def building_again(folder: Path) -> Row:
    """From nothing once more, in the same place: do both builds have the same bytes?"""
    (folder / "site").rename(folder / "first")
    shutil.rmtree(folder / "build")
    shutil.rmtree(folder / "docs" / "assets" / "generated")
    for notebook in (folder / "docs" / "labs").glob("*.ipynb"):
        notebook.unlink()
    timed(SITE, folder)
    found = differences(folder / "first", folder / "site")
    shutil.rmtree(folder / "first")
    told = [f"{why}: {', '.join(names)}" for why, names in found.items() if names]
    said = "; ".join(told) or "identical"
    return Row("two builds from nothing", said, "identical, measured values aside")


def serving(folder: Path) -> Row:
    """From saving one sentence to its being served, the median of three."""
    seconds = statistics.median(seconds_to_show(folder, PAGE))
    return Row("one sentence edited under `make serve`", f"{seconds:.2f} s", "≤ 1 s")


def waiting(folder: Path) -> Row:
    """A preview that nobody asks anything of."""
    what = f"`make serve`, idle, {PAGES} pages with {BLOCKS} blocks"
    return Row(what, f"{idle_share(folder):.1%} of a core", "≤ 2 %")


def stepping() -> Row:
    """Muon against AdamW."""
    return Row("a step with Muon against AdamW", f"{muon_ratio():.2f} times", "≤ 1.2 times")


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
    """All tests, with what is installed here."""
    (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
    took = timed(["make", "--old-file=setup-test", "test"], folder)
    summaries = re.findall(r"^=* ?(\d+ passed.*?) ?=*$", took.said, re.MULTILINE)
    return [
        Row("`make test`, everything", f"{took.seconds / 60:.1f} min", "≤ 35 min"),
        Row("its memory", f"{took.memory / GIB:.1f} GB", "≤ 4 GB"),
        Row("its tests", "; ".join(summaries), "all passed"),
    ]


def viewing(site: Path) -> list[Row]:
    """What the pages weigh and cost, in a browser."""
    return [Row(*row) for row in promises(views(site))]


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
            lambda: [stepping()],
        ]
        if not options.quick:
            steps += [lambda: testing(folder), lambda: [building_again(folder)]]
        steps += [
            lambda: [serving(folder)],
            lambda: [editing(folder)],
            lambda: [waiting(folder)],  # adds pages
        ]
        print("| what | measured | promised |\n|---|---|---|", flush=True)
        for step in steps:
            for row in step():
                rows.append(asdict(row))
                print(f"| {row.what} | {row.measured} | {row.promised} |", flush=True)
    if not options.quick:
        record("site", rows, folder=options.out)


if __name__ == "__main__":
    run(Options(quick="--quick" in sys.argv))
