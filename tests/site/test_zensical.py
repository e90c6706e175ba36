"""The chapters under Zensical, Material's successor: the same mkdocs.yml, the same cells."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pagekit.project import Project
from pagekit.run.artefacts import declared
from tests.site.pages import ROOT

SHOWN = re.compile(
    r'data-run="ok"|class="pk-output"|class="pk-figure"|class="pk-diagram"|<math|class="pk-value"'
    r'|class="pk-cite"|class="pk-term"'
)


@pytest.fixture(scope="session")
def zensical_site(tmp_path_factory: pytest.TempPathFactory, built_site: Path) -> Path:
    """The site as Zensical builds it, from the results that are recorded already."""
    folder = tmp_path_factory.mktemp("zensical")
    for name in ("docs", "overrides", "snippets", "benchmarks", "build/results", "build/diagrams"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("requirements-data.txt", "pyproject.toml", "CITATION.cff"):
        shutil.copy(ROOT / name, folder)
    # Zensical does not know notebooks, so the links to the lab are dead there; ours are tested.
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    (folder / "mkdocs.yml").write_text(settings.replace("\nstrict: true", "\nstrict: false"))
    # The recorded results name the artefacts, which they depend on.
    for name in declared(Project(ROOT)):
        (folder / "build" / name).symlink_to(ROOT / "build" / name)
    command = [sys.executable, "-m", "zensical", "build"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # our extension is found there
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def chapters() -> list[str]:
    docs = ROOT / "docs"
    return sorted(p.relative_to(docs).with_suffix("").as_posix() for p in docs.rglob("*.md"))


@pytest.mark.parametrize("chapter", chapters())
def test_shows_what_mkdocs_shows(chapter: str, built_site: Path, zensical_site: Path) -> None:
    ours, theirs = (
        Counter(SHOWN.findall((site / f"{chapter}.html").read_text(encoding="utf-8")))
        for site in (built_site, zensical_site)
    )
    assert ours == theirs
