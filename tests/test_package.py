"""The package that readers install: what it declares is what it needs, and what was tested."""

import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from locks.files import LOCKS, lock, normalized
from pagekit.build.release import NEEDED
from pagekit.project import Project
from pagekit.read.settings.menu import plain_settings
from pagekit.read.settings.package import package_of
from tests.test_repository import modules

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKED = {entry.name: entry.version for part in LOCKS for entry in lock(part)}
DECLARED = [Requirement(line) for line in SETTINGS["dependencies"]]
IMPORTED_AS = {
    "yaml": "PyYAML",
    "fontTools": "fonttools",
}  # where a library's module has another name
EXTRAS = {
    extra: [Requirement(line) for line in lines]
    for extra, lines in SETTINGS["optional-dependencies"].items()
}


def test_it_declares_what_its_code_imports_and_no_more() -> None:
    package = package_of(Project(ROOT))
    assert package is not None
    files = [path for pattern in package.files for path in ROOT.glob(pattern)]
    imported = {name.partition(".")[0] for path in files if path.suffix == ".py"
                for name in modules(path)}  # fmt: skip
    others = imported - package.modules - sys.stdlib_module_names
    assert {IMPORTED_AS.get(name, name) for name in others} == {
        requirement.name for requirement in DECLARED
    }


@pytest.mark.parametrize(
    "requirement", [*DECLARED, *(one for extra in EXTRAS.values() for one in extra)], ids=str
)
def test_it_asks_for_versions_that_were_tested(requirement: Requirement) -> None:
    """A library of that version or newer; data of that version and no other."""
    tested = Version(LOCKED[normalized(requirement.name)])
    [asked] = requirement.specifier
    if asked.operator == "==":
        assert Version(asked.version) == tested
    else:
        assert asked.operator == ">="
        assert Version(asked.version).release == tested.release[:2]


def test_every_extra_is_asked_for_by_some_name() -> None:
    package = package_of(Project(ROOT))
    assert package is not None and package.extras.keys() == EXTRAS.keys()


def test_modules_that_show_what_a_copy_needs_exist() -> None:
    """A module that moved would no longer be known, and its copies would lack their data."""
    package = package_of(Project(ROOT))
    assert package is not None
    shown = [*package.extras.values(), *package.alone.values()]
    modules = {name for names in shown for name in names if "." in name}
    files = {name: ROOT / "snippets" / f"{name.replace('.', '/')}.py" for name in modules}
    gone = [name for name, file in files.items() if not file.is_file()]
    assert modules and not gone, f"pyproject.toml names what is not there: {gone}"


def test_what_is_read_as_files_is_what_was_tested() -> None:
    """The data of each copy comes by an extra, or alone; both in the version that was tested."""
    package = package_of(Project(ROOT))
    assert package is not None
    alone = {requirement.name: requirement for requirement in map(Requirement, package.alone)}
    by_extra = {requirement.name for extra in EXTRAS.values() for requirement in extra}
    assert not alone.keys() & by_extra
    assert {entry.name for entry in lock("data")} <= alone.keys() | by_extra
    for requirement in alone.values():
        assert str(requirement.specifier) == f"=={LOCKED[normalized(requirement.name)]}"


def test_the_citation_is_of_this_version_and_by_its_name() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["version"] == SETTINGS["version"]
    assert cited["title"] == plain_settings(Project(ROOT))["site_name"]


def test_what_is_published_is_a_release() -> None:
    """Built by the command that refuses to leave out where the course is to be had."""
    workflow = (ROOT / ".github/workflows/publish.yml").read_text("utf-8")
    steps = yaml.safe_load(workflow)["jobs"]["build"]["steps"]
    [built] = [step for step in steps if "make " in step.get("run", "")]
    assert built["run"] == "make release"
    assert NEEDED.keys() <= built["env"].keys()
