"""Points for the assignments of the course: what each criterion is worth, and what a work gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from snippets.foundations.facts import facts_folder

TOTAL = 100  # points of an assignment
LEVELS = {"met": 1.0, "partly": 0.5, "not": 0.0}


@dataclass(frozen=True)
class Assignment:
    """A task, the hours that it takes, and the points for each criterion.

    Raises ValueError where the points are not even whole numbers above 0 with the sum ``TOTAL``, or
    the hours not above 0.
    """

    title: str
    hours: int
    criteria: Mapping[str, int]

    def __post_init__(self) -> None:
        points = list(self.criteria.values())
        whole = all(isinstance(p, int) and p > 0 and p % 2 == 0 for p in points)
        if not whole or sum(points) != TOTAL:
            raise ValueError(f"{self.title}: points {points} are not even, or not {TOTAL} in all")
        if not self.hours > 0:
            raise ValueError(f"{self.title}: hours={self.hours} must be above 0")


def read_assignments(text: str) -> dict[str, Assignment]:
    """The assignments of a file's text, by name; ValueError names what is wrong."""
    listed: Any = yaml.safe_load(text)
    if not isinstance(listed, dict):
        raise ValueError(f"a file of assignments has them by name, not {type(listed).__name__}")
    found = {}
    for name, said in listed.items():
        if not isinstance(said, dict) or said.keys() != {"title", "hours", "criteria"}:
            raise ValueError(f"{name}: {said!r} needs a title, hours and criteria, and no more")
        found[str(name)] = Assignment(said["title"], said["hours"], said["criteria"])
    return found


def load_assignments() -> dict[str, Assignment]:
    """The six of the course."""
    return read_assignments((facts_folder() / "homework.yml").read_text(encoding="utf-8"))


def mark(assignment: Assignment, judged: Mapping[str, str]) -> int:
    """The points of a work, from a level of ``LEVELS`` for each criterion.

    Raises:
        ValueError: a criterion that was not judged or is not there, or an unknown level.
    """
    if judged.keys() != assignment.criteria.keys():
        missing = sorted(assignment.criteria.keys() - judged.keys())
        unknown = sorted(judged.keys() - assignment.criteria.keys())
        raise ValueError(f"{assignment.title}: not judged {missing}, not in the rubric {unknown}")
    if wrong := sorted(set(judged.values()) - LEVELS.keys()):
        raise ValueError(f"levels {wrong} are none of {list(LEVELS)}")
    return round(sum(LEVELS[judged[name]] * p for name, p in assignment.criteria.items()))  # (!)
