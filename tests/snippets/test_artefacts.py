"""An artefact is found where the package has it, and else where the project builds it."""

from pathlib import Path

import pytest

from snippets import artefacts
from snippets.artefacts import artefact_folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project elsewhere, with the module's file in its package."""
    (tmp_path / "snippets").mkdir()
    monkeypatch.setattr(artefacts, "__file__", str(tmp_path / "snippets" / "artefacts.py"))
    return tmp_path


def test_the_package_comes_before_the_build(project: Path) -> None:
    built, installed = project / "build" / "model", project / "snippets" / "model"
    assert artefact_folder("model") == built, "where it would be made"
    built.mkdir(parents=True)
    assert artefact_folder("model") == built
    installed.mkdir()
    assert artefact_folder("model") == installed
    assert artefact_folder("other") == project / "build" / "other"


def test_a_file_of_that_name_is_no_artefact(project: Path) -> None:
    (project / "snippets" / "model").write_text("")
    assert artefact_folder("model") == project / "build" / "model"


def test_a_folder_that_is_given_is_where_it_lies(project: Path) -> None:
    (project / "snippets" / "model").mkdir()
    assert artefact_folder("model", project / "mine") == project / "mine"
