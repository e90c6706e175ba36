"""The wheel and the archives that the site carries: whole, the same each time, and nothing else."""

import os
import tomllib
import zipfile
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest

from pagekit.build import wheel
from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.settings.package import package_of

SETTINGS = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "the-course"
version = "1.2.0"
dependencies = ["numpy>=2"]

[tool.setuptools]
packages.find = { include = ["snippets*"], namespaces = false }
package-data = { snippets = ["model/*"] }

[tool.pagekit.wheel]
files = ["snippets/**/*.py"]
artefacts = { model = "snippets/model" }
"""
WHEEL = "get/the_course-1.2.0-py3-none-any.whl"


@pytest.fixture
def offering(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that offers its snippets and a model."""
    for name in ("SITE_URL", "REPO_URL"):
        monkeypatch.delenv(name, raising=False)
    (project.root / "pyproject.toml").write_text(SETTINGS)
    for name in ("weights.bin", "config.json", "made.json", ".hidden"):
        path = project.build / "model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return project


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_code_and_the_artefact(offering: Project, tmp_path: Path) -> None:
    (offering.root / "snippets" / "notes.txt").write_text("not for readers")
    made = wheel.ship(offering, tmp_path / "out")
    assert made == [tmp_path / "out" / WHEEL, tmp_path / "out" / "get" / "model.zip"]
    assert {path.name for path in (tmp_path / "out" / "get").iterdir()} == {p.name for p in made}
    held = contents(made[0])
    assert {name for name in held if ".dist-info/" not in name} == {
        "snippets/__init__.py",
        "snippets/sums.py",
        "snippets/model/config.json",
        "snippets/model/weights.bin",
    }
    assert held["snippets/sums.py"] == (offering.root / "snippets" / "sums.py").read_bytes()
    assert not list(offering.build.glob("wheel-*")), "nothing is left behind"


def test_the_wheel_holds_data_where_the_code_looks_for_it(
    offering: Project, tmp_path: Path
) -> None:
    data = 'data = { "docs/data/*.yml" = "snippets/facts" }\n'
    settings = SETTINGS.replace('["model/*"]', '["model/*", "facts/*"]') + data
    (offering.root / "pyproject.toml").write_text(settings)
    with pytest.raises(PageError, match=r"data: no file fits 'docs/data/\*\.yml'"):
        wheel.ship(offering, tmp_path / "none")
    (offering.root / "docs" / "data").mkdir(parents=True, exist_ok=True)
    (offering.root / "docs" / "data" / "models.yml").write_text("A: 1\n")
    made, _ = wheel.ship(offering, tmp_path / "out")
    assert contents(made)["snippets/facts/models.yml"] == b"A: 1\n"


def test_what_a_killed_build_left_behind_is_removed(offering: Project, tmp_path: Path) -> None:
    (offering.build / "wheel-killed" / "snippets").mkdir(parents=True)
    wheel.ship(offering, tmp_path)
    assert not list(offering.build.glob("wheel-*"))


def test_the_archive_holds_a_folder_of_the_artefacts_name(
    offering: Project, tmp_path: Path
) -> None:
    _, archive = wheel.ship(offering, tmp_path)
    assert contents(archive) == {
        "model/config.json": b"config.json",
        "model/weights.bin": b"weights.bin",
    }


def test_all_that_is_packed_has_one_date_and_may_be_read(offering: Project, tmp_path: Path) -> None:
    for path in wheel.ship(offering, tmp_path):
        with zipfile.ZipFile(path) as packed:
            held = packed.infolist()
        assert {one.date_time for one in held} == {(1980, 1, 1, 0, 0, 0)}
        assert all(one.external_attr >> 16 & 0o444 == 0o444 for one in held)


def test_the_same_sources_give_the_same_bytes(offering: Project, tmp_path: Path) -> None:
    """Whatever the time, the umask and the modes of files are."""
    first = [path.read_bytes() for path in wheel.ship(offering, tmp_path / "one")]
    before = os.umask(0o077)
    try:
        for path in (offering.root / "snippets").glob("*.py"):
            os.utime(path, (1, 1))
            path.chmod(0o600)
        second = [path.read_bytes() for path in wheel.ship(offering, tmp_path / "two")]
    finally:
        os.umask(before)
    assert first == second


def test_its_metadata_say_where_it_comes_from(
    offering: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITE_URL", "https://example.org/course")
    monkeypatch.setenv("REPO_URL", "https://example.org/authors/course")
    held = contents(wheel.ship(offering, tmp_path)[0])
    said = message_from_bytes(held["the_course-1.2.0.dist-info/METADATA"])
    assert said.get_all("Requires-Dist") == ["numpy>=2"]
    assert said.get_all("Project-URL") == [
        "Homepage, https://example.org/course/",
        "Repository, https://example.org/authors/course",
    ]


def test_a_project_that_offers_nothing_ships_nothing(project: Project, tmp_path: Path) -> None:
    assert wheel.ship(project, tmp_path / "out") == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("snippets/**/*.py", "snippets/*.pyx", "no file fits 'snippets/*.pyx'"),
        ("{ model =", "{ other =", "build/other is missing; `make artefacts` makes it"),
        ('dependencies = ["numpy>=2"]', 'dependencies = ["numpy>>2"]', "the wheel was not made"),
    ],
)
def test_what_is_wrong_is_told_with_its_file(
    offering: Project, tmp_path: Path, old: str, new: str, fault: str
) -> None:
    path = offering.root / "pyproject.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(PageError) as raised:
        wheel.ship(offering, tmp_path / "out")
    assert str(raised.value).startswith("pyproject.toml: ") and fault in str(raised.value)


def test_the_site_carries_it(offering: Project, pagekit: Callable) -> None:
    page = offering.docs / "index.md"
    page.write_text("# Home\n\n```python\nfrom snippets.sums import add\n\nprint(add(1, 2))\n```\n")
    done = pagekit("build.site", SITE_URL="https://example.org/")
    assert done.returncode == 0, done.stderr
    site = offering.root / "site"
    assert (site / WHEEL).is_file()
    html = (site / "index.html").read_text()
    line = f"# pip install &quot;the-course @ https://example.org/{WHEEL}&quot;"
    assert f'data-first="{line}"' in html


def test_an_archive_is_that_of_a_unix_and_packed(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "weights").write_bytes(b"0" * 10_000)
    (folder / "a").write_bytes(b"a")
    target = tmp_path / "model.zip"
    assert wheel.archive(folder, target) == target
    with zipfile.ZipFile(target) as packed:
        a, weights = packed.infolist()
    assert (a.filename, weights.filename) == ("model/a", "model/sub/weights")
    for one in (a, weights):
        assert (one.create_system, one.external_attr >> 16) == (3, 0o644)
        assert one.compress_type == zipfile.ZIP_DEFLATED
    assert weights.compress_size < 1000


def gathered(project: Project, folder: Path) -> dict[str, str]:
    package = package_of(project)
    assert package
    wheel.gather(package, project, folder)
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}


def test_gathered_is_what_the_wheel_names_and_what_its_metadata_do(
    offering: Project, tmp_path: Path
) -> None:
    for name in ("README.md", "LICENSE", "LICENSE-TEXTS", "NOTES.md", "LICENSES"):
        (offering.root / name).write_text(name)
    (offering.root / "snippets" / "deep").mkdir()
    (offering.root / "snippets" / "deep" / "a.py").write_text("a")
    (offering.root / "snippets" / "folder.py").mkdir()
    found = gathered(offering, tmp_path / "to")
    assert found.keys() == {
        *("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXTS"),
        *("snippets/__init__.py", "snippets/sums.py", "snippets/deep/a.py"),
        *("snippets/model/config.json", "snippets/model/weights.bin"),
    }
    assert found["pyproject.toml"] == SETTINGS, "without an address nothing is added"
    assert found["snippets/deep/a.py"] == "a"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"SITE_URL": "https://a.org/c"}, {"Homepage": "https://a.org/c/"}),
        ({"REPO_URL": "https://b.org/c"}, {"Repository": "https://b.org/c"}),
    ],
)
def test_only_the_addresses_that_are_known_are_said(
    offering: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    said: dict[str, str],
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = tomllib.loads(gathered(offering, tmp_path / "to")["pyproject.toml"])
    assert settings["project"]["urls"] == said
    assert settings["tool"] == tomllib.loads(SETTINGS)["tool"]


def test_where_setuptools_makes_no_wheel_it_is_told_what_there_is(
    offering: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel, "build", lambda sources, target: (target / "other").touch())
    with pytest.raises(PageError, match=r"no the_course-1\.2\.0-.*whl: \['model.zip', 'other'\]"):
        wheel.ship(offering, tmp_path / "out")
