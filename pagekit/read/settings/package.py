"""What readers install to run what they copy: the package that ``pyproject.toml`` describes.

Its ``[tool.pagekit.wheel]`` says what goes into the wheel that the site carries, and which of the
package's extras a copy needs.
"""

import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Chain, Fence
from pagekit.read.text import read_text

SOURCE = "pyproject.toml"
FOLDER = "get"  # of the site: there lies what can be had


@dataclass(frozen=True)
class Package:
    """A package of which the site carries a wheel.

    Attributes:
        name: the distribution's, for pip.
        version: its version, and the course's.
        files: which files of the project the wheel holds, as patterns.
        artefacts: those that it brings along -> the folder of the package where they go.
        data: other files of the project, as patterns -> the folder of the package where they go.
        extras: the extra of the package -> names by which code shows that it needs it.
        alone: likewise, packages with their versions that are read as files: they are installed
            without what they declare, which would clash.
    """

    name: str
    version: str
    files: tuple[str, ...]
    artefacts: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    extras: dict[str, tuple[str, ...]] = field(default_factory=dict)
    alone: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def wheel(self) -> str:
        """The wheel's address within the site."""
        return f"{FOLDER}/{re.sub(r'[-_.]+', '_', self.name)}-{self.version}-py3-none-any.whl"

    @property
    def modules(self) -> set[str]:
        """The names under which its code is imported."""
        return {pattern.partition("/")[0] for pattern in self.files}

    def install(self, extras: Iterable[str] = ()) -> str:
        """The command that installs it from the site, or from the site's folder.

        The first where ``SITE_URL`` says at which address the site will be.
        """
        return f'pip install "{self.requirement(extras)}"'

    def requirement(self, extras: Iterable[str] = ()) -> str:
        """What pip is to install: the wheel, at its address or in the site's folder."""
        chosen = f"[{','.join(extras)}]" if extras else ""
        if site := site_url():
            return f"{self.name}{chosen} @ {site}{self.wheel}"
        return f"site/{self.wheel}{chosen}"

    def used_by(self, code: str) -> list[str]:
        """Its modules that this code names, sorted."""
        return [module for module in sorted(self.modules) if _names(code, [module])]

    def needed_by(self, code: str) -> tuple[list[str], list[str]]:
        """The extras that this code needs, and the packages that it reads as files."""
        extras = [extra for extra, names in self.extras.items() if _names(code, names)]
        return extras, [package for package, names in self.alone.items() if _names(code, names)]

    def first_line(self, code: str) -> str:
        """The comment that a copy of this code begins with; empty where it does without us."""
        if not self.used_by(code):
            return ""
        needed, read = self.needed_by(code)
        further = f" && pip install --no-deps {' '.join(read)}" if read else ""
        return f"# {self.install(needed)}{further}{where()}"


def site_url() -> str:
    """The address that the site will have, with a slash at its end; empty if nobody says."""
    site = os.environ.get("SITE_URL", "").rstrip("/")
    return f"{site}/" if site else ""


def where() -> str:
    """A comment on where a command works, if not everywhere: without an address, in one folder."""
    return "" if site_url() else "  # in the folder of the course, once the site is built"


def package_of(project: Project) -> Package | None:
    """The package that the site carries; ``None`` for a project that offers none.

    Raises:
        PageError: what ``pyproject.toml`` says of it can't be read.
    """
    path = project.root / SOURCE
    return _package(read_text(path, SOURCE)) if path.is_file() else None


def up_to(fence: Fence, chain: Chain) -> Chain:
    """What the copy button of a fence takes: its chain, up to the fence itself."""
    return Chain(chain.fences[: chain.fences.index(fence) + 1])


def first_line(code: str, project: Project) -> str:
    """The comment that a copy of this code begins with; see ``Package.first_line``."""
    package = package_of(project)
    return package.first_line(code) if package else ""


@lru_cache(maxsize=4)
def _package(text: str) -> Package | None:
    try:
        settings: dict[str, Any] = tomllib.loads(text)
        wheel = settings.get("tool", {}).get("pagekit", {}).get("wheel")
        if wheel is None:
            return None
        return Package(
            settings["project"]["name"],
            settings["project"]["version"],
            tuple(wheel["files"]),
            dict(wheel.get("artefacts", {})),
            dict(wheel.get("data", {})),
            *({key: tuple(names) for key, names in wheel.get(table, {}).items()}
              for table in ("extras", "alone")),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PageError(f"what the wheel is made of can't be read: {error!r}", SOURCE) from error


def _names(code: str, names: Iterable[str]) -> bool:
    """Whether one of these names stands anywhere in the code, as a word."""
    found = "|".join(map(re.escape, sorted(names)))
    return bool(found and re.search(rf"(?<!\w)({found})(?!\w)", code))
