"""What readers can get from the site: a wheel of the code that pages show, and its artefacts.

``site/get/`` holds the wheel, which ``pip install ADDRESS`` takes, and each artefact that is in the
wheel as a ZIP archive, for those who want nothing else. The same sources give the same bytes.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.settings.package import FOLDER, SOURCE, Package, package_of, site_url
from pagekit.run.artefacts import files_of
from pagekit.run.process.scratch import scratch, sweep

# Nobody's umask shows in the wheel, nor the time of day: ZIP knows none before 1980.
_BUILD = """
import os, sys
os.umask(0o022)
from setuptools import build_meta
build_meta.build_wheel(sys.argv[1])
"""
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_EPOCH = "315532800"
_BESIDE = (SOURCE, "README.md", "LICENSE", "LICENSE-*")  # what the package's metadata name


def ship(project: Project, folder: Path) -> list[Path]:
    """Put the wheel and the archives of artefacts into the folder of a site.

    Returns:
        The files made; none for a project that offers no package.

    Raises:
        PageError: something that the wheel is to hold is missing, or setuptools refuses.
    """
    package = package_of(project)
    if package is None:
        return []
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    archives = [archive(project.build / name, target / f"{name}.zip") for name in package.artefacts]
    sweep("wheel", project.build)  # what killed builds left behind
    with scratch("wheel", project.build) as sources:
        gather(package, project, sources)
        build(sources, target)
    made = folder / package.wheel
    if not made.is_file():
        raise PageError(f"setuptools made no {made.name}: {sorted(os.listdir(target))}", SOURCE)
    return [made, *archives]


def gather(package: Package, project: Project, folder: Path) -> None:
    """Copy what the wheel is made from: no more, so that nothing else can slip into it.

    Raises:
        PageError: a pattern fits no file, or an artefact is missing.
    """
    for pattern in (*_BESIDE, *package.files):
        found = [path for path in project.root.glob(pattern) if path.is_file()]
        if not found and pattern in package.files:
            raise PageError(f"tool.pagekit.wheel.files: no file fits {pattern!r}", SOURCE)
        for path in found:
            _copy(path, folder / path.relative_to(project.root))
    for pattern, place in package.data.items():
        found = [path for path in project.root.glob(pattern) if path.is_file()]
        if not found:
            raise PageError(f"tool.pagekit.wheel.data: no file fits {pattern!r}", SOURCE)
        for path in found:
            _copy(path, folder / place / path.name)
    for name, place in package.artefacts.items():
        for inside in _files_of(project.build / name):
            _copy(project.build / name / inside, folder / place / inside)
    if urls := _urls():
        with open(folder / SOURCE, "a", encoding="utf-8") as file:
            file.write(f"\n[project.urls]\n{urls}")


def build(sources: Path, target: Path) -> None:
    """Let setuptools make the wheel, in a process of its own, without asking anybody for anything.

    Raises:
        PageError: with its last words, if it fails.
    """
    done = subprocess.run(
        [sys.executable, "-c", _BUILD, str(target)],
        cwd=sources,
        env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PageError(f"the wheel was not made: {done.stderr.strip()[-2000:]}", SOURCE)


def archive(folder: Path, target: Path) -> Path:
    """Pack an artefact into a ZIP archive, within a folder of its name."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in _files_of(folder):
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", _FIRST_DAY)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.create_system = 3  # or the bytes would tell Windows from others
            packed.writestr(entry, (folder / name).read_bytes())
    return target


def _files_of(folder: Path) -> list[str]:
    names = sorted(files_of(folder))
    if not names:
        raise PageError(f"build/{folder.name} is missing; `make artefacts` makes it", SOURCE)
    return names


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)


def _urls() -> str:
    """Where the package comes from, for its metadata."""
    urls = {"Homepage": site_url(), "Repository": os.environ.get("REPO_URL", "")}
    return "".join(f'{name} = "{url}"\n' for name, url in urls.items() if url)
