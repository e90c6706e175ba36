"""Blocks, labs and artefacts run side by side; what comes out is as if they had not."""

import json
from pathlib import Path

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.run import artefacts
from pagekit.run.parallel import schedule
from pagekit.run.session import run_blocks
from tests.pagekit.conftest import REPOSITORY

# Waits for a file that another process writes: its author, if the two run side by side.
WAIT = """
import time
from pathlib import Path

end = time.monotonic() + 60
while not Path({there!r}).exists():
    assert time.monotonic() < end, "waited in vain"
    time.sleep(0.02)
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))


def page(project: Project, name: str, *blocks: str, front: str = "", info: str = "") -> None:
    fences = "\n\n".join(f"```python{info}\n{block.strip()}\n```" for block in blocks)
    text = f"---\n{front}\n---\n\n# T\n\n{fences}\n" if front else f"# T\n\n{fences}\n"
    (project.docs / f"{name}.md").write_text(text)


def records(project: Project) -> dict[str, dict]:
    """What was recorded, by the name of its page, the time taken left out."""
    found = {}
    for path in project.results.rglob("*.json"):
        record = json.loads(path.read_text())
        for segment in record["segments"]:
            del segment["seconds"]
        found[f"{path.parent.name}/{path.stem}"] = record["segments"]
    return found


def note(log: Path, text: str) -> str:
    """Code that adds a line to a log, in one write."""
    return f"open({str(log)!r}, 'a').write({text + chr(10)!r})"


def test_blocks_and_labs_run_side_by_side(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits until the other has begun."""
    monkeypatch.setenv("PAGEKIT_WORKERS", "2")
    project.build.mkdir()
    places = [str(project.build / name) for name in ("block", "lab")]
    block, cell = (
        f"open({mine!r}, 'w').close()\n{WAIT.format(there=other)}\nprint('met')"
        for mine, other in (places, places[::-1])
    )
    page(project, "page", block)
    (project.docs / "labs").mkdir()
    lab = project.docs / "labs" / "try.py"
    lab.write_text(f"# ---\n# title: T\n# ---\n\n# %% [markdown]\n# # T\n\n# %%\n{cell}\n")
    run_blocks(project, stale_only=True, plugins=("pagekit.labs.plugin",))
    assert "met" in lab.with_suffix(".ipynb").read_text()
    assert run_blocks(project, stale_only=True, plugins=("pagekit.labs.plugin",)) == 0


def test_what_is_alone_meets_nobody_and_has_all_cores(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGEKIT_WORKERS", "2")
    project.build.mkdir()
    log = project.build / "log"

    def block(name: str) -> str:
        begun, ended = note(log, f"+{name}"), note(log, f"-{name}")
        # Named so, its compiler, which no block here needs, is not loaded with it (preloading.py).
        threads = "print(__import__('tor' 'ch').get_num_threads())"
        return f"{begun}\nimport time; time.sleep(0.05)\n{threads}\n{ended}"

    page(project, "timed", block("a"), block("b"), info=" alone")
    page(project, "usual", *(block(str(number)) for number in range(3)))
    run_blocks(project)
    lines = log.read_text().split()
    assert sorted(lines[-4:]) == ["+a", "+b", "-a", "-b"], "they come last"
    assert lines[-4][1] == lines[-3][1], "one ends before the next begins"
    threads = {name.split("/")[0]: r[0]["output"].strip() for name, r in records(project).items()}
    assert (threads["timed"], threads["usual"]) == (str(schedule.cores()), "1")


def test_the_longest_begins_first(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the time that it took, also where that result is stale; before that by its timeout."""
    monkeypatch.setenv("PAGEKIT_WORKERS", "1")
    project.build.mkdir()
    log = project.build / "log"
    names = ("short", "long", "middle")
    for name in names:
        block = f"from snippets.sums import add\n{note(log, name)}"
        page(project, name, block, info=f' timeout="{60 + len(name)}"')
    run_blocks(project)
    assert log.read_text().split() == ["middle", "short", "long"], "by timeout"
    for name, seconds in zip(names, (1.0, 9.0, 5.0), strict=True):
        (path,) = (project.results / name).glob("*.json")
        record = json.loads(path.read_text())
        record["segments"][0]["seconds"] = seconds
        path.write_text(json.dumps(record))
    log.unlink()
    sums = project.root / "snippets" / "sums.py"
    sums.write_text(sums.read_text().replace("a + b", "b + a"))
    run_blocks(project, stale_only=True)
    assert log.read_text().split() == ["long", "middle", "short"]


def test_a_fault_stops_no_other_block(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGEKIT_WORKERS", "2")
    page(project, "bad", "import os\nos._exit(3)", "print(1)", "1 / 0", "print(2)")
    with pytest.raises(PageError) as caught:
        run_blocks(project)
    told = str(caught.value).splitlines()
    assert [line.partition(" ")[0] for line in told] == ["docs/bad.md:3:", "docs/bad.md:13:"]
    assert sum(name.startswith("bad/") for name in records(project)) == 2


def test_results_do_not_depend_on_the_number_of_workers(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    page(project, "sum", *(
        f"import numpy as np\na, b = np.random.default_rng({seed}).normal(size=(2, 300, 300))\n"
        "print((a @ b).sum())" for seed in range(3)
    ))  # fmt: skip
    for workers in ("1", "2"):
        monkeypatch.setenv("PAGEKIT_WORKERS", workers)
        run_blocks(project)
        found.append(records(project))
    assert len(found[0]) == 4
    assert found[0] == found[1]


def artefact(project: Project, code: str, **files: str) -> None:
    """Declare an artefact `model` that such code makes, and a page that reads it."""
    (project.root / "artefacts.toml").write_text(
        '[model]\ncommand = "python -m snippets.model {folder}"\n'
    )
    (project.root / "snippets" / "model.py").write_text(
        "import sys\nfrom pathlib import Path\n\nfolder = Path(sys.argv[1])\n"
        f"folder.mkdir(parents=True)\n{code}\n(folder / 'weights').write_text('42')\n"
    )
    read = f"print(open({str(project.build / 'model' / 'weights')!r}).read())"
    page(project, "reads", read, front="artefacts: [model]")


@pytest.mark.parametrize(("beside_blocks", "threads"), [(True, 1), (False, 3)])
def test_an_artefact_has_one_thread_beside_blocks_and_else_all_cores(
    project: Project, monkeypatch: pytest.MonkeyPatch, beside_blocks: bool, threads: int
) -> None:
    monkeypatch.setattr("pagekit.run.parallel.schedule.cores", lambda: 3)
    asked = "os.environ['OMP_NUM_THREADS']"
    artefact(project, f"import os\n(folder / 'threads').write_text({asked})")
    if beside_blocks:
        run_blocks(project)
    else:
        artefacts.make(["model"], project)
    assert (project.build / "model" / "threads").read_text() == str(threads)


def output(project: Project, name: str) -> str:
    (path,) = (project.results / name).glob("*.json")
    return json.loads(path.read_text())["segments"][0]["output"]


def test_blocks_run_while_what_they_do_not_need_is_made(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The artefact is not done until a block beside it has run; its own page waits for it."""
    monkeypatch.setenv("PAGEKIT_WORKERS", "2")
    project.build.mkdir()
    there = str(project.build / "there")
    artefact(project, WAIT.format(there=there))
    page(project, "other", f"open({there!r}, 'w').close()")
    assert run_blocks(project, stale_only=True) == 4
    assert output(project, "reads") == "42\n"
    assert run_blocks(project, stale_only=True) == 0


def test_of_an_artefact_that_fails_one_line_tells(project: Project) -> None:
    artefact(project, "raise SystemExit('no such data')")
    with pytest.raises(PageError) as caught:
        run_blocks(project)
    assert str(caught.value) == "artefacts.toml: model was not made: no such data"
    assert output(project, "index") == "42\n", "what does not need it has run"


def test_an_artefact_can_be_taken_as_it_is(project: Project) -> None:
    """As the live preview does: a save must not cost a training run."""
    artefact(project, "")
    run_blocks(project, stale_only=True)
    model = project.root / "snippets" / "model.py"
    # Longer, for Python takes a file of the same second and size for the one it has compiled.
    model.write_text(model.read_text().replace("42", "430"))
    page(project, "index", "print(7)")
    assert run_blocks(project, stale_only=True, as_made=True) == 1
    assert output(project, "reads") == "42\n"
    assert run_blocks(project, stale_only=True) == 2, "the artefact, and the block that reads it"
    assert output(project, "reads") == "430\n"
