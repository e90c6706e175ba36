"""A small project with artefacts, of which one needs another."""

import pytest

from pagekit.project import Project
from pagekit.run import artefacts
from tests.pagekit.conftest import REPOSITORY

# Counts up to ten in a folder, one number per call of `step`, and notes each in a log outside.
COUNT = '''"""Counts."""
import os
import sys
from pathlib import Path

from snippets.steps import step

folder, log = Path(sys.argv[1]), Path("log.txt")
folder.mkdir(parents=True, exist_ok=True)
state = folder.with_name("state.txt")
numbers = state.read_text().split() if state.exists() else []
for number in range(len(numbers), 10):
    numbers.append(str(step(number)))
    Path(f"{state}.new").write_text(" ".join(numbers))
    os.replace(f"{state}.new", state)
    with log.open("a") as file:
        print(number, file=file)
(folder / "numbers.txt").write_text(" ".join(numbers))
'''
STEPS = '''"""Steps."""
import time


def step(number):
    """One step."""
    time.sleep(0.0)
    return number * number
'''
SUM = """import sys
from pathlib import Path

numbers = Path("build/squares/numbers.txt").read_text().split()
Path(sys.argv[1]).mkdir(parents=True)
Path(sys.argv[1], "sum.txt").write_text(str(sum(map(int, numbers))))
"""
LIST = """
[total]
command = "python -m snippets.total {folder}"
needs = ["squares"]

[squares]
command = "python -m snippets.count {folder}"
packages = ["pytest"]
data = ["data.txt"]
"""


@pytest.fixture
def artefact_project(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with two artefacts, of which `total` needs `squares`."""
    for name, text in {
        "artefacts.toml": LIST,
        "data.txt": "1",
        "snippets/count.py": COUNT,
        "snippets/steps.py": STEPS,
        "snippets/total.py": SUM,
        "snippets/other.py": "x = 1\n",
    }.items():
        (project.root / name).write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    return project


def made(project: Project, *names: str) -> list[str]:
    return artefacts.make(names or ("total",), project)


def change(project: Project, name: str, old: str, new: str) -> None:
    path = project.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
