"""What a block or a lab knows of its surroundings: what it is given, and nothing else."""

import os
from pathlib import Path

import pytest

from pagekit.run.environment import THREADS, environment, processor
from pagekit.run.reads.recorder import ROOT
from tests.pagekit.conftest import REPOSITORY

OURS = {"GOMP_SPINCOUNT", *THREADS, "PYTHONHASHSEED", "PYTHONPATH", ROOT}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)


def test_in_an_empty_one_there_is_only_what_is_ours() -> None:
    found = environment(Path("/project"))
    assert found.keys() == OURS
    assert found[ROOT] == "/project"
    assert found["PYTHONHASHSEED"] == "0", "sets come in one order"


@pytest.mark.parametrize("name", ["PATH", "HOME", "USER", "TMPDIR", "LANG", "LC_ALL", "TZ"])
def test_what_programs_need_is_handed_on(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "as it is")
    found = environment(Path("/project"))
    assert found.keys() == {*OURS, name} and found[name] == "as it is"


def test_nothing_else_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A_PASSWORD", "PYTHONSTARTUP", "MINIGPT_DIR", "OMP_NUM_THREADS", "PYTHONPATH"):
        monkeypatch.setenv(name, "secret")
    found = environment(Path("/project"))
    assert found.keys() == OURS and not any("secret" in value for value in found.values())


@pytest.mark.parametrize(
    "name", ["ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"]
)
def test_a_restriction_of_the_processor_holds_for_it_too(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert processor() == {}
    monkeypatch.setenv(name, "avx2")
    assert processor() == {name: "avx2"}
    assert environment(Path("/project"))[name] == "avx2"


def test_a_library_has_one_thread_unless_told() -> None:
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    one, three = environment(Path("/p")), environment(Path("/p"), 3)
    assert [one[name] for name in names] == ["1"] * 3
    assert [three[name] for name in names] == ["3"] * 3
    assert {name for name in one if one[name] != three[name]} == set(names)


def test_how_long_threads_wait_is_what_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert int(environment(Path("/p"))["GOMP_SPINCOUNT"]) > 0
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    assert environment(Path("/p"))["GOMP_SPINCOUNT"] == "7"


def test_python_finds_the_recorder_first_then_the_project_then_pagekit() -> None:
    recording, root, pagekit = environment(Path("/project"))["PYTHONPATH"].split(os.pathsep)
    assert (Path(recording) / "sitecustomize.py").is_file()
    assert root == "/project"
    assert Path(pagekit) == REPOSITORY and (Path(pagekit) / "pagekit").is_dir()
