"""How much there is, counted in the sources; and of which day the course is."""

import os
import subprocess

import pytest

from pagekit.course.numbers import day_of, number_of_blocks, number_of_tests, numbers
from pagekit.project import Project

DAY = "2026-03-04T23:30:00+0000"


@pytest.fixture(autouse=True)
def no_day_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def commit(folder: Project) -> None:
    who = {f"GIT_{role}_{part}": "a@b.org" for role in ("AUTHOR", "COMMITTER")
           for part in ("NAME", "EMAIL")}  # fmt: skip
    when = {"GIT_AUTHOR_DATE": DAY, "GIT_COMMITTER_DATE": DAY}
    for words in (["init", "-q"], ["add", "mkdocs.yml"], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(
            ["git", *words], cwd=folder.root, env={**os.environ, **who, **when}, check=True
        )


def test_blocks_are_counted_that_run(course: Project) -> None:
    assert number_of_blocks(course) == 4  # one at home, two in the first chapter, one in the last
    page = course.docs / "basics/two.md"
    skipped = '<!--pytest.mark.skip(reason="no")-->\n```python\n1\n```\n\n'
    goes_on = "```python\na = 1\n```\n\n<!--pytest-codeblocks:cont-->\n```python\na\n```\n"
    page.write_text(f"{page.read_text()}\n{skipped}{goes_on}```text\nno code\n```\n")
    assert number_of_blocks(course) == 6


def test_tests_are_counted_by_function(course: Project) -> None:
    assert number_of_tests(course) == 0
    folder = course.root / "tests" / "deeper"
    folder.mkdir(parents=True)
    (folder / "test_it.py").write_text(
        "def test_a():\n    pass\n\n\nclass TestB:\n    def test_c(self):\n        attest_d()\n"
    )
    (folder / "helpers.py").write_text("def test_none():\n    pass\n")
    assert number_of_tests(course) == 2


def test_without_git_there_is_no_day(course: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert day_of(course) is None
    monkeypatch.setenv("PATH", "")
    assert day_of(course) is None


def test_the_day_is_that_of_the_last_commit(course: Project) -> None:
    commit(course)
    assert str(day_of(course)) == "2026-03-04"


def test_signatures_that_git_shows_are_no_part_of_the_day(course: Project) -> None:
    """It prints what the program that checks them says, among what it was asked for."""
    checker = course.root / "gpg"
    checker.write_text(
        "#!/bin/sh\n"
        'case "$*" in *verify*) echo "Good signature" >&2; exit 0;; esac\n'
        'cat > /dev/null; echo "[GNUPG:] SIG_CREATED " >&2\n'
        "echo '-----BEGIN PGP SIGNATURE-----'; echo; echo x; echo '-----END PGP SIGNATURE-----'\n"
    )
    checker.chmod(0o755)
    subprocess.run(["git", "init", "-q"], cwd=course.root, check=True)
    for name, value in (("gpg.program", str(checker)), ("commit.gpgSign", "true"),
                        ("log.showSignature", "true")):  # fmt: skip
        subprocess.run(["git", "config", name, value], cwd=course.root, check=True)
    commit(course)
    log = ["git", "log", "-1", "--format=%ct"]
    shown = subprocess.run(log, cwd=course.root, capture_output=True, text=True, check=True)
    assert not shown.stdout.strip().isdecimal(), "git shows more than it is asked for"
    assert str(day_of(course)) == "2026-03-04"


def test_a_repository_around_the_project_is_another_one(course: Project) -> None:
    commit(course)
    within = course.root / "docs"
    assert day_of(Project(within)) is None


def test_a_day_may_be_given(course: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(course)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert str(day_of(course)) == "1970-01-02"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # what a build sets for others, and means no day
    assert str(day_of(course)) == "2026-03-04"


def test_numbers_are_said_in_words_and_figures(course: Project) -> None:
    assert numbers(course) == {
        "chapters": "3",
        "labs": "no labs",
        "hours": "2",
        "blocks": "4",
        "tests": None,
        "day": None,
    }
