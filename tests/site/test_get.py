"""What a reader gets from the site, and what copies do where nothing else of the course is."""

import os
import re
import shlex
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pagekit.read.settings.package import Package, package_of
from pagekit.run import results
from tests.site.copies import PROJECT, chains_of, copies_of, imports_of, is_lab, read, tried
from tests.site.pages import site_pages
from tests.site.reader import DATA, Reader, declared, make_environment, pip
from tests.site.server import SiteServer

# Both ask whether it is there, whatever they load.
LOOKED_UP = {"mistral-common": {"transformers", "gguf"}}

IMPORT_ALL = """
def import_all(lines):
    for line in lines:
        try:
            exec(line, {})
        except Exception as error:
            print(f"{line}: {error!r}")
"""


@pytest.fixture(scope="session")
def package() -> Package:
    found = package_of(PROJECT)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def wheel(built_site: Path, package: Package) -> Path:
    return built_site / package.wheel


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory, wheel: Path, package: Package) -> Path:
    """The Python of a reader who installed the wheel and has nothing else of ours."""
    folder = tmp_path_factory.mktemp("reader") / "environment"
    return make_environment(folder, wheel, package.alone)


@pytest.fixture(scope="session")
def reader(python: Path) -> Iterator[Reader]:
    reader = Reader(python)
    yield reader
    reader.close()


def test_a_copy_runs_where_only_the_wheel_is_installed(
    address: str, reader: Reader, tmp_path: Path
) -> None:
    if copy := tried(address):
        done = reader.run(copy, tmp_path)
        assert done.returncode == 0, f"{copy}\n\n{done.stdout}{done.stderr}"


def test_a_lab_runs_where_only_the_wheel_is_installed(reader: Reader, tmp_path: Path) -> None:
    """With all its cells, as one who downloaded it runs them: the lab that trains no model."""
    whole = "\n\n".join(copies_of("labs/interactive_lab.html"))
    done = reader.run(whole, tmp_path)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert "was not refused" not in done.stdout and "the last 128 characters" in done.stdout


def test_whatever_copies_import_is_there(reader: Reader, tmp_path: Path) -> None:
    """Of all copies of all pages, each statement once."""
    copies = [copy for address in site_pages() for copy in copies_of(address)]
    wanted = sorted({line for copy in copies for line in imports_of(copy)})
    assert len(wanted) > 200
    done = reader.run(f"{IMPORT_ALL}import_all({wanted})", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stdout, done.stdout
    done = reader.run(f"{IMPORT_ALL}import_all(['from snippets import nothing'])", tmp_path)
    assert done.stdout.startswith("from snippets import nothing: ImportError"), "it would be told"


def test_a_copy_that_fails_is_noticed(reader: Reader, tmp_path: Path) -> None:
    for code, says in (("print(1); 1 / 0", "ZeroDivision"), ("import pagekit", "No module")):
        done = reader.run(code, tmp_path)
        assert done.returncode == 1 and says in done.stderr


def test_enough_copies_are_tried() -> None:
    pages = [address for address in site_pages() if copies_of(address)]
    assert len(pages) >= 40
    assert all(tried(address) for address in pages)


def test_whatever_the_wheel_holds_can_be_imported(reader: Reader, tmp_path: Path) -> None:
    """With no more than it declares; and it holds all that copies import of the project."""
    program = """
        import benchmarks, importlib, pkgutil, snippets
        for package in (snippets, benchmarks):
            assert "site-packages" in package.__file__
            for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
                if not found.name.endswith("__main__"):
                    importlib.import_module(found.name)
    """
    done = reader.run(re.sub(r"^ {8}", "", program, flags=re.MULTILINE), tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_model_comes_along(reader: Reader, tmp_path: Path) -> None:
    code = "from snippets.training.checkpoint import *; load_trained(); print(trained_folder())"
    done = reader.run(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("site-packages/snippets/minigpt")


def test_the_archive_is_the_model(reader: Reader, built_site: Path, tmp_path: Path) -> None:
    """Unpacked in the folder where one works, it comes before the one that was installed."""
    with zipfile.ZipFile(built_site / "get" / "minigpt.zip") as archive:
        archive.extractall(tmp_path)
    code = "from snippets.training.checkpoint import *; load_trained(); print(trained_folder())"
    assert reader.run(code, tmp_path).stdout.strip() == "minigpt"


def test_the_wheel_holds_nothing_else(wheel: Path, package: Package) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == package.modules


def test_the_first_line_installs_it(
    wheel: Path, package: Package, server: SiteServer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("SITE_URL", server.url)
    first = package.first_line("from snippets.foundations.texts.corpus import plays")
    words = shlex.split(first.removeprefix("# "))
    assert words[:2] == ["pip", "install"] and "[data]" in words[2]
    pip(Path(sys.executable), "install", "--no-deps", "--target", str(tmp_path), *words[2:])
    assert (tmp_path / "snippets" / "minigpt" / "model.safetensors").is_file()


def test_the_line_without_an_address_installs_it_from_the_folder(
    package: Package, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SITE_URL", raising=False)
    (tmp_path / "site").symlink_to(wheel.parents[1])
    monkeypatch.chdir(tmp_path)
    command = package.install(["data"])
    assert package.first_line("import snippets").startswith("# pip install ")
    pip(Path(sys.executable), *shlex.split(command)[1:], "--no-deps", "--target", "there")
    assert os.listdir("there/snippets/minigpt")


def test_copies_ask_for_the_data_that_they_read(
    address: str, wheel: Path, package: Package
) -> None:
    """What a run turned out to read of installed data is in its first line, by extra or alone."""
    extra_of = {
        requirement.name: str(requirement.marker).partition('"')[2].strip('"')
        for requirement in declared(wheel)
        if requirement.name in DATA
    }
    asked_by = extra_of | {name.partition("==")[0]: name for name in package.alone}
    assert set(DATA) <= set(asked_by)  # besides, libraries whose files are read, too
    if is_lab(address):
        return
    page = read(address)
    for copy, (chain, part) in zip(copies_of(address), chains_of(page), strict=True):
        result = results.load(page, chain, PROJECT)
        assert result is not None
        if part.fences != chain.fences:
            continue  # the run was that of the whole chain
        read_in = result.record.versions
        for name in DATA.keys() & read_in.keys():
            if LOOKED_UP.get(name, set()) & read_in.keys():
                continue
            first = copy.partition("\n")[0]
            assert asked_by[name] in first, f"line {chain.line} reads {name}: {first}"
