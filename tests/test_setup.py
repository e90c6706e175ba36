"""`make setup` with small packages of our own, made here: no network, and every kind of refusal."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def wheel(folder: Path, name: str, version: str, *requires: str) -> str:
    """Writes a wheel with one module; returns its SHA-256 hash."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {line}\n" for line in requires),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()},{len(text)}\n"
        for path, text in files.items()
        for digest in [hashlib.sha256(text.encode()).digest()]
    )
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in [*files.items(), (f"{info}/RECORD", f"{record}{info}/RECORD,,\n")]:
            archive.writestr(inside, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_lock(folder: Path, name: str, *found: tuple[str, str]) -> None:
    text = "".join(f"{pin} \\\n    --hash=sha256:{value}\n" for pin, value in found)
    (folder / "locks" / f"{name}.txt").write_text(text, "utf-8")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of four packages: PyTorch in two builds, a tool of the site, data."""
    course = tmp_path_factory.mktemp("template")
    wheels = course / "wheels"
    wheels.mkdir()
    shutil.copy(ROOT / "Makefile", course)
    shutil.copytree(ROOT / "locks", course / "locks", ignore=shutil.ignore_patterns("__pycache__"))
    (course / "requirements.txt").write_text("torch==1.0\ntool==1.0\n")
    (course / "requirements-data.txt").write_text("texts==1.0\n")
    (course / "requirements-test.txt").write_text("")
    hashes = {
        "torch": wheel(wheels, "torch", "1.0", "helper", "cudalib"),
        "cpu": wheel(wheels, "torch", "1.0+cpu", "helper"),
        "helper": wheel(wheels, "helper", "2.0"),
        "cudalib": wheel(wheels, "cudalib", "3.0"),
        "tool": wheel(wheels, "tool", "1.0", "torch"),
        # What a package of data declares is left aside.
        "texts": wheel(wheels, "texts", "1.0", "nowhere-to-be-had"),
    }
    write_lock(course, "torch", ("torch==1.0", hashes["torch"]))
    write_lock(course, "torch-cpu", ("torch==1.0+cpu", hashes["cpu"]))
    write_lock(course, "site", ("tool==1.0", hashes["tool"]), ("helper==2.0", hashes["helper"]))
    write_lock(course, "cuda", ("cudalib==3.0", hashes["cudalib"]))
    write_lock(course, "data", ("texts==1.0", hashes["texts"]))
    write_lock(course, "test")
    write_lock(course, "uv")
    venv.create(course / ".venv", with_pip=True, symlinks=True)
    return course


@pytest.fixture
def environment(course: Path, template: Path) -> None:
    """A virtual environment in which nothing is installed yet. Made once, then linked to."""
    shutil.copytree(template / ".venv", course / ".venv", symlinks=True, copy_function=os.link)
    (course / ".venv" / ".stamp-env").touch()


@pytest.fixture
def course(template: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "course"
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns(".venv"))
    return folder


def check(course: Path) -> subprocess.CompletedProcess[str]:
    """What `make setup` asks before it installs anything."""
    command = [sys.executable, "-m", "locks.check"]
    return subprocess.run(command, cwd=course, capture_output=True, text=True)


def make(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs make with nothing but our own packages in reach."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    environment |= {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(course / "wheels"),
        "PIP_CONFIG_FILE": os.devnull,
        "PYTHON": sys.executable,
    }
    for name in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "CPU"):
        environment.pop(name, None)
    command = ["make", *(arguments or ["setup"])]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)


def installed(course: Path) -> set[str]:
    [site] = course.glob(".venv/lib/python*/site-packages")
    return {path.name.removesuffix(".dist-info") for path in site.glob("*.dist-info")}


def is_set_up(course: Path) -> bool:
    return (course / ".venv" / ".stamp-site").exists()


@pytest.mark.usefixtures("environment")
def test_the_cpu_build_is_taken_where_there_is_one(course: Path) -> None:
    done = make(course)
    assert done.returncode == 0, done.stderr
    assert is_set_up(course)
    assert installed(course) >= {"torch-1.0+cpu", "helper-2.0", "tool-1.0", "texts-1.0"}
    assert "cudalib-3.0" not in installed(course)
    assert "Installing" not in make(course).stdout  # once is enough


@pytest.mark.usefixtures("environment")
def test_the_default_build_brings_what_only_it_needs(course: Path) -> None:
    (course / "wheels" / "torch-1.0+cpu-py3-none-any.whl").unlink()
    done = make(course)
    assert done.returncode == 0, done.stderr
    assert installed(course) >= {"torch-1.0", "cudalib-3.0", "tool-1.0", "texts-1.0"}


@pytest.mark.parametrize("name", ["torch-cpu", "site", "data"])
@pytest.mark.usefixtures("environment")
def test_another_file_than_the_one_locked_is_refused(course: Path, name: str) -> None:
    path = course / "locks" / f"{name}.txt"
    path.write_text(re.sub("sha256:[0-9a-f]", "sha256:0", path.read_text("utf-8")) + "\n")
    path.write_text(re.sub("sha256:0[0-9a-f]", "sha256:00", path.read_text("utf-8")))
    done = make(course)
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert "Expected sha256 00" in done.stderr
    assert not is_set_up(course)
    assert "torch-1.0" not in installed(course)  # no way round by the other build


@pytest.mark.parametrize("name", ["torch", "torch-cpu", "site", "cuda", "data"])
def test_a_lock_without_a_hash_is_refused(course: Path, name: str) -> None:
    path = course / "locks" / f"{name}.txt"
    path.write_text(re.sub(r" \\\n    --hash.*", "", path.read_text("utf-8"), count=1), "utf-8")
    done = check(course)
    assert done.returncode != 0
    assert f"locks/{name}.txt has no hash of " in done.stderr


@pytest.mark.usefixtures("environment")
def test_a_dependency_that_is_not_locked_is_refused(course: Path) -> None:
    path = course / "locks" / "site.txt"
    path.write_text(path.read_text("utf-8").split("helper")[0], "utf-8")
    done = make(course)
    assert done.returncode != 0
    assert "helper" in done.stderr
    assert not is_set_up(course)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ("torch==1.0\ntool==1.1\n", "pins tool at 1.1, and the lock has 1.0"),
        ("torch==1.1\ntool==1.0\n", "pins torch at 1.1, and the lock has 1.0"),
        ("torch==1.0\ntool==1.0\nnew==1.0\n", "pins new at 1.0, and the lock has no version of it"),
    ],
)
def test_other_pins_than_those_locked_are_refused(course: Path, changed: str, fault: str) -> None:
    (course / "requirements.txt").write_text(changed)
    done = check(course)
    assert done.returncode != 0
    assert f"requirements.txt {fault}" in done.stderr
    assert "make lock" in done.stderr


def test_builds_of_two_versions_are_refused(course: Path) -> None:
    path = course / "locks" / "torch-cpu.txt"
    path.write_text(path.read_text("utf-8").replace("1.0+cpu", "0.9+cpu"), "utf-8")
    done = check(course)
    assert done.returncode != 0
    assert "['1.0', '0.9']" in done.stderr


@pytest.mark.usefixtures("environment")
def test_what_the_check_refuses_is_not_installed(course: Path) -> None:
    (course / "requirements.txt").write_text("torch==1.0\ntool==1.1\n")
    done = make(course)
    assert done.returncode != 0
    assert "requirements.txt pins tool at 1.1" in done.stderr
    assert not installed(course) & {"torch-1.0", "torch-1.0+cpu", "tool-1.0"}


def test_a_python_without_wheels_is_refused(course: Path) -> None:
    other = course / "python3.15"
    other.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.15.0\nexit 1\n')
    other.chmod(0o755)
    done = make(course, "setup", f"PYTHON={other}")
    assert done.returncode != 0
    assert "Python 3.11, 3.12, 3.13 or 3.14 is needed" in done.stderr
    assert "(Python 3.15.0)" in done.stderr
