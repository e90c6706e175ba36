"""How much there is: chapters, hours, blocks that ran, tests; and of which day the course is."""

import os
import re
import subprocess
from datetime import UTC, date, datetime

from pagekit.course.catalogue import entries
from pagekit.labs.source import labs, read_lab
from pagekit.project import Project
from pagekit.read.blocks import read_page

_TEST = re.compile(r"^ *(?:async )?def test_\w*\(", re.MULTILINE)


def numbers(project: Project) -> dict[str, str | None]:
    """By their names, the numbers that a sentence may hold; ``None`` for what can't be told."""
    course = entries(project)
    day = day_of(project)
    tests = number_of_tests(project)
    return {
        "chapters": str(sum(entry.number is not None for entry in course)),
        "labs": _counted(sum(entry.number is None for entry in course), "lab"),
        "hours": str(round(sum(entry.minutes for entry in course) / 60)),
        "blocks": f"{number_of_blocks(project):,}",
        "tests": f"{tests:,}" if tests else None,
        "day": f"{day.day} {day:%B %Y}" if day else None,
    }


def _counted(count: int, what: str) -> str:
    return {0: f"no {what}s", 1: f"a {what}"}.get(count, f"{count} {what}s")


def number_of_blocks(project: Project) -> int:
    """How many blocks of code the pages and labs show with what they did when they ran."""
    pages = (read_page(path, project) for path in project.pages())
    ran = sum(len(c.fences) for page in pages for c in page.chains if c.not_run is None)
    return ran + sum(len(read_lab(path, project).code) for path in labs(project))


def number_of_tests(project: Project) -> int:
    """How many test functions there are in ``tests/``."""
    files = sorted((project.root / "tests").rglob("test_*.py"))
    return sum(len(_TEST.findall(path.read_text(encoding="utf-8"))) for path in files)


def day_of(project: Project) -> date | None:
    """The day of what is built: of its last commit, not of the build, which would differ by it.

    ``SOURCE_DATE_EPOCH`` (seconds since 1970) names another one. ``None`` where neither tells.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds.isdecimal() or int(seconds) == 0:  # 0 says: no day at all
        seconds = _last_commit(project)
    return datetime.fromtimestamp(int(seconds), UTC).date() if seconds else None


def _last_commit(project: Project) -> str:
    """The time of the last commit, in seconds since 1970; empty where there is none."""
    # A project within another one's repository is not what was committed there.
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(project.root.parent)}
    # Who has git show signatures gets them here too, among the seconds.
    command = ["git", "-c", "log.showSignature=false", "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(
            command, cwd=project.root, env=alone, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""  # no git
    return done.stdout.strip() if done.returncode == 0 else ""
