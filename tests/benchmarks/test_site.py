"""The parts of the site's benchmark that can be tried without building the site."""

import sys
import time
from pathlib import Path
from threading import Thread

import psutil  # type: ignore[import-untyped]
import pytest

from benchmarks.builds import differences
from benchmarks.processes import blocks_run, timed, tree
from benchmarks.serving import fill
from benchmarks.views import POSITIONS, Views, promises
from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.run import results
from pagekit.run.process.forkserver import ForkServer
from tests.pagekit.conftest import project  # noqa: F401


def write(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_builds_that_differ_by_numbers_are_told_from_others(tmp_path):
    one = write(tmp_path / "one", a="same", b="took 1.5 s", c="some words", d="only here")
    other = write(tmp_path / "other", a="same", b="took 12 s", c="other words", e="only there")
    assert differences(one, other) == {"measured values": ["b"], "more": ["c", "d", "e"]}
    assert differences(one, one) == {"measured values": [], "more": []}


def test_a_command_is_measured_with_its_children(tmp_path):
    hungry = "data = bytearray(200 << 20); import time; time.sleep(2); print('done')"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hungry!r}])"
    took = timed([sys.executable, "-c", starts], tmp_path)
    assert took.said == "done\n" and took.seconds >= 2
    assert took.memory > 200 << 20
    assert took.busy == [], "no block ran"


def test_a_command_that_fails_ends_the_benchmark(tmp_path):
    with pytest.raises(SystemExit, match="failed:\nbroken"):
        timed([sys.executable, "-c", "import sys; sys.exit('broken')"], tmp_path)


def test_it_is_seen_whether_blocks_run(project: Project):  # noqa: F811
    server, here = ForkServer(project.root), psutil.Process()
    wait = "import time\nfrom pathlib import Path\nwhile not Path({!r}).exists(): time.sleep(0.1)"
    go = project.root / "go"
    block = Thread(target=server.run, args=("python", [wait.format(str(go))], [], 120))
    block.start()
    try:
        end = time.monotonic() + 100
        while not blocks_run(tree(here)) and time.monotonic() < end:
            time.sleep(0.1)
        assert blocks_run(tree(here))
        go.touch()
        block.join()
        assert not blocks_run(tree(here)), "the server only waits"
    finally:
        go.touch()
        block.join()
        server.close()


def test_a_project_is_filled_with_pages_whose_results_are_true(project: Project):  # noqa: F811
    fill(project, pages=7, blocks=11)
    pages = [read_page(path, project) for path in project.pages()]
    assert len(pages) == 7 and sum(len(page.chains) for page in pages) == 11
    stale = [page.name for page in pages if results.stale(page, project)]
    assert stale == ["docs/index.md"], "the page that was there"


def test_the_table_names_the_page_that_is_worst():
    seen = Views(
        sizes={"a.html": 90_000, "b.html": 120_400},
        scripts={"a.html": 31_000, "b.html": 30_000},
        styles={"a.html": 0.31, POSITIONS: 0.254},
        frozen={"a.html": 0.2, "b.html": 45.0},
        paints={"a.html": 0.2, "b.html": 0.9},
        shifts={"a.html": 0.0, "b.html": 0.0},
    )
    measured = [value for _, value, _ in promises(seen)]
    assert measured[:4] == ["120 KB, b.html", "31 KB, a.html", "0.31 s, a.html", "0.25 s"]
    assert measured[4:] == ["45.00 s, b.html", "0.90 s, b.html", "0.00, a.html", "0", "0"]
