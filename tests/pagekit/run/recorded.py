"""A project with something in it to read, and the record of a program that reads it."""

import subprocess
import sys
from pathlib import Path

import pytest

from pagekit.project import Project
from pagekit.run.environment import environment
from pagekit.run.reads.record import Record, read_log
from pagekit.run.reads.recorder import LOG

FILES = {
    "snippets/other.py": "x = 1\n",
    "build/words.txt": "words\n",
    "build/model/config.json": "{}",
    "build/model/weights.bin": "0123456789abcdef",
    "docs/data/facts.txt": "facts",
}


@pytest.fixture
def filled(project: Project) -> Project:
    for name, text in FILES.items():
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return project


def record(project: Project, code: str, folder: Path) -> Record:
    """What is recorded of a program, run in a folder as a block's child is."""
    log = folder / "log"
    (folder / "here").mkdir(exist_ok=True)
    subprocess.run(
        [sys.executable, "-c", f"ROOT = {str(project.root)!r}\n{code}"],
        env={**environment(project.root), LOG: str(log)},
        cwd=folder / "here",
        check=True,
        timeout=120,
    )
    return read_log(log)
