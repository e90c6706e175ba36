"""Artefacts are made in order of need, and again where something that matters has changed."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.run import artefacts
from pagekit.run.environment import PROCESSOR, environment
from tests.pagekit.run.conftest import change, made


def test_what_is_needed_is_made_first_and_only_once(artefact_project: Project) -> None:
    assert made(artefact_project) == ["squares", "total"]
    assert (artefact_project.build / "total" / "sum.txt").read_text() == "285"
    assert made(artefact_project) == []
    assert sorted(p.name for p in artefact_project.build.iterdir()) == [
        "making",
        "squares",
        "total",
    ]
    left = [p.name for p in (artefact_project.build / "making").rglob("*") if p.is_file()]
    assert left == ["lock", "lock"]


def test_those_that_are_not_asked_for_are_left_alone(artefact_project: Project) -> None:
    assert made(artefact_project, "squares") == ["squares"]
    assert not (artefact_project.build / "total").exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "again"),
    [
        ("snippets/steps.py", "number * number", "number + number", ["squares", "total"]),
        ("snippets/steps.py", "One step.", "One more step.", []),
        ("snippets/other.py", "1", "2", []),
        ("snippets/total.py", "sum(map", "max(map", ["total"]),
        ("data.txt", "1", "2", ["squares", "total"]),
        ("artefacts.toml", "count {folder}", "count {folder} --more", ["squares", "total"]),
        ("artefacts.toml", 'packages = ["pytest"]', 'packages = ["tqdm"]', ["squares", "total"]),
        ("build/squares/numbers.txt", "81", "82", ["squares"]),
        ("build/total/sum.txt", "285", "286", ["total"]),
        ("build/total/made.json", "{", "", ["total"]),
    ],
)
def test_made_again_where_it_matters(
    artefact_project: Project, name: str, old: str, new: str, again: list[str]
) -> None:
    """What needs it is made again too, unless it came out as before."""
    made(artefact_project)
    change(artefact_project, name, old, new)
    assert made(artefact_project) == again
    known = artefacts.declared(artefact_project)
    assert all(artefacts.fresh(artefact, artefact_project) for artefact in known.values())


def test_what_a_desktop_puts_there_does_not_matter(artefact_project: Project) -> None:
    made(artefact_project)
    (artefact_project.build / "total" / ".DS_Store").write_text("")
    assert made(artefact_project) == []
    (artefact_project.build / "total" / "more.txt").write_text("")
    assert made(artefact_project) == ["total"]


@pytest.mark.parametrize("variable", PROCESSOR)
def test_a_restricted_processor_makes_another(
    artefact_project: Project, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv(variable, raising=False)  # as by `make test CPU=avx2`
    made(artefact_project, "squares")
    monkeypatch.setenv(variable, "avx2")
    assert made(artefact_project, "squares") == ["squares"]


def test_another_version_of_a_library_makes_another(
    artefact_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    squares = artefacts.declared(artefact_project)["squares"]
    marks = {artefacts.mark(squares, artefact_project)}
    monkeypatch.setattr(artefacts, "version", lambda name: "9.9")  # of a package read as data
    marks.add(artefacts.mark(squares, artefact_project))
    monkeypatch.setattr(artefacts, "libraries_of", lambda module, root: {"torch": "9.9"})
    marks.add(artefacts.mark(squares, artefact_project))
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    marks.add(artefacts.mark(squares, artefact_project))
    assert len(marks) == 4


def test_checking_imports_no_library(artefact_project: Project) -> None:
    made(artefact_project)
    script = (
        "import sys; from pagekit.project import Project; from pagekit.run import artefacts\n"
        "assert artefacts.make(['total'], Project.here()) == []\n"
        "print({'torch', 'numpy', 'pytest', 'snippets', 'mkdocs'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=artefact_project.root, capture_output=True, text=True
    )
    assert done.stdout == "set()\n", done.stdout + done.stderr


def test_a_module_that_is_not_there_is_one_clear_line(project: Project) -> None:
    (project.root / "artefacts.toml").write_text('[a]\ncommand = "python -m snippets.no {folder}"')
    with pytest.raises(PageError, match=r"^artefacts\.toml: a: there is no module snippets\.no"):
        artefacts.make(["a"], project)
    with pytest.raises(PageError, match=r"there is no artefact 'b'"):
        artefacts.make(["b"], project)


def test_the_mark_says_what_was_made(artefact_project: Project) -> None:
    made(artefact_project)
    found = json.loads((artefact_project.build / "total" / "made.json").read_text())
    assert found.keys() == {"mark", "files"} and found["files"].keys() == {"sum.txt"}


def test_a_command_that_makes_one_has_all_cores_and_what_blocks_know(
    artefact_project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran: list[tuple[list[str], dict[str, object]]] = []

    def run(command: list[str], **how: object) -> SimpleNamespace:
        ran.append((command, how))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(artefacts.subprocess, "run", run)
    monkeypatch.setattr(artefacts.schedule, "cores", lambda: 7)
    monkeypatch.setattr(artefacts, "fresh", lambda artefact, project: False)
    monkeypatch.setenv("A_PASSWORD", "secret")
    assert made(artefact_project, "total", "squares") == ["squares", "total"]
    assert [command[1:] for command, _ in ran] == [
        ["-m", "pagekit.run.making", "squares"],
        ["-m", "pagekit.run.making", "total"],
    ]
    for command, how in ran:
        assert command[0] == sys.executable and how["cwd"] == artefact_project.root
        assert how["env"] == environment(artefact_project.root, 7)
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "making squares: python -m snippets.count {folder}" and len(told) == 2
    monkeypatch.setattr(artefacts, "fresh", lambda artefact, project: artefact.name == "squares")
    assert made(artefact_project) == ["total"]


def test_a_folder_has_a_mark_only_while_its_files_are_those_that_were_made(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a", "sub/b", ".hidden", "sub/.hidden"):
        (tmp_path / name).write_text(name)
    assert artefacts.mark_of(tmp_path) == ""
    files = artefacts.files_of(tmp_path)
    assert list(files) == ["a", "sub/b"] and len(set(files.values())) == 2
    mark = tmp_path / "made.json"
    mark.write_text(json.dumps({"mark": "m", "files": files}))
    assert artefacts.mark_of(tmp_path) == "m" and artefacts.files_of(tmp_path) == files
    (tmp_path / "sub/b").write_text("c")
    assert artefacts.mark_of(tmp_path) == ""
    for damaged in ("[]", "{}", '{"mark": 1}', "null", "{", f'{{"files": {json.dumps(files)}}}'):
        mark.write_text(damaged)
        assert artefacts.mark_of(tmp_path) == "", damaged
