"""A small project to try pages in, and a way to build it as a user would."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pagekit.project import Project
from tests.forking import ForkingPython

REPOSITORY = Path(__file__).resolve().parents[2]

MKDOCS = """
site_name: Fixture
theme: {name: material, font: false}
plugins: []
use_directory_urls: false
exclude_docs: |
  labs/*.py
validation:
  nav: {omitted_files: warn, not_found: warn, absolute_links: warn}
  links: {not_found: warn, anchors: warn, absolute_links: warn, unrecognized_links: warn}
markdown_extensions:
  - admonition
  - attr_list
  - def_list
  - md_in_html
  - tables
  - pymdownx.highlight: {pygments_lang_class: true}
  - pymdownx.superfences
  - pymdownx.details
  - pymdownx.arithmatex: {generic: true}
  - pymdownx.tabbed: {alternate_style: true}
  - pagekit.render.extension
"""

BIBLIOGRAPHY = """
smith2020:
  authors: [Ann Smith]
  title: On fixtures
  year: 2020
  venue: Journal of Tests
  arxiv: "2001.00001"
"""

GLOSSARY = """# Glossary

Fixture
:   Something that a test stands on.
"""


def make_project(folder: Path) -> Project:
    """A project with a home page, a bibliography and a glossary, and nothing wrong with it."""
    files = {
        "mkdocs.yml": MKDOCS,
        "docs/index.md": "# Home\n\n```python\nprint(6 * 7)\n```\n",
        "docs/reference/bibliography.yml": BIBLIOGRAPHY,
        "docs/reference/bibliography.md": "# Bibliography\n\n<!-- pagekit:bibliography -->\n",
        "docs/reference/glossary.md": GLOSSARY,
        "snippets/__init__.py": "",
        "snippets/sums.py": (
            "# --8<-- [start:add]\ndef add(a, b):\n    return a + b\n# --8<-- [end:add]\n\n\n"
            "# --8<-- [start:fail]\ndef fail():\n    raise ValueError('as asked')\n"
            "# --8<-- [end:fail]\n"
        ),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Project(folder)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of a test's own, with nothing wrong with it."""
    monkeypatch.setenv("PAGEKIT_ROOT", str(tmp_path))
    return make_project(tmp_path)


# What a build imports, of ours and of others; it takes longer than building a small project.
LOADED = (
    *("fontTools.subset", "mkdocs.commands.build", "material", "pytest", "pymdownx.superfences"),
    *("pagekit.build.site", "pagekit.build.preview", "pagekit.run.plugin", "pagekit.labs.plugin"),
    *("pagekit.render.extension", "pagekit.render.diagrams.ahead"),
)


@pytest.fixture(scope="session")
def forking() -> Iterator[ForkingPython]:
    python = ForkingPython(
        sys.executable, LOADED, {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    )  # fmt: skip
    yield python
    python.close()


@pytest.fixture
def pagekit(
    project: Project, forking: ForkingPython
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of pagekit on the project, as ``make`` does: ``pagekit("build.site")``."""

    def run(command: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}
        return forking.run(["-m", f"pagekit.{command}", *arguments], project.root, env, limit=300)

    return run


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A test and what it starts may be interrupted, even where a shell runs it behind itself.

    Such a shell has it ignore SIGINT, which what it starts would inherit, unless it handles that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def started(project: Project, command: str) -> subprocess.Popen[bytes]:
    """A command of pagekit on the project, left running, as the leader of a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", f"pagekit.{command}"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
