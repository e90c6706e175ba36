"""Points: they sum up, a work is marked by all criteria, and the page's tables are the file's."""

import re
from pathlib import Path

import pytest

from snippets.using.homework.rubric import (
    TOTAL,
    Assignment,
    load_assignments,
    mark,
    read_assignments,
)

PAGE = (Path(__file__).parents[4] / "docs/reference/homework.md").read_text("utf-8")
TASKS = load_assignments()
EASY = Assignment("easy", 1, {"a": 60, "b": 40})


def test_there_are_six_and_each_has_all_points() -> None:
    assert len(TASKS) == 6
    assert all(sum(task.criteria.values()) == TOTAL for task in TASKS.values())


def test_the_page_has_each_assignment_with_its_hours_criteria_and_points() -> None:
    sections = re.split(r"^## \d\. ", PAGE, flags=re.MULTILINE)[1:]
    assert [section.partition("\n")[0] for section in sections] == [t.title for t in TASKS.values()]
    for section, task in zip(sections, TASKS.values(), strict=True):
        rows = re.findall(
            r"^\| ([A-Z][^|]*) \| (\d+) \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE
        )
        assert {name: int(points) for name, points, *_ in rows} == task.criteria
        assert f"**Time:** {task.hours} hours" in section


@pytest.mark.parametrize(
    ("a", "b", "points"),
    [("met", "met", 100), ("partly", "met", 70), ("not", "partly", 20), ("not", "not", 0)],
)
def test_a_work_gets_all_half_or_none_of_each_criterion(a: str, b: str, points: int) -> None:
    assert mark(EASY, {"a": a, "b": b}) == points


def test_what_cannot_be_marked_is_named() -> None:
    with pytest.raises(ValueError, match=r"not judged \['b'\], not in the rubric \['c'\]"):
        mark(EASY, {"a": "met", "c": "met"})
    with pytest.raises(ValueError, match=r"levels \['good'\]"):
        mark(EASY, {"a": "good", "b": "met"})


@pytest.mark.parametrize(
    "criteria", [{"a": 60, "b": 30}, {"a": 99, "b": 1}, {"a": 120, "b": -20}, {}]
)
def test_points_that_do_not_add_up_are_refused(criteria: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="in all"):
        Assignment("wrong", 1, criteria)


def test_an_assignment_takes_time() -> None:
    with pytest.raises(ValueError, match="hours=0"):
        Assignment("wrong", 0, {"a": 100})


@pytest.mark.parametrize("text", ["[1]", "a: 3", "a: {title: t, hours: 1}"])
def test_a_file_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"by name|needs a title"):
        read_assignments(text)


@pytest.mark.parametrize("text", ["a: {title: t, hours: 1, criteria: {b: 100}, more: 1}", "a: []"])
def test_an_assignment_has_no_more_than_it_may_have(text: str) -> None:
    with pytest.raises(ValueError, match=r"a: .* needs a title"):
        read_assignments(text)


def test_points_are_numbers_above_zero() -> None:
    for wrong in ({"a": 100, "b": 0}, {"a": 50.0, "b": 50.0}):
        with pytest.raises(ValueError, match="in all"):
            Assignment("wrong", 1, wrong)  # type: ignore[arg-type]
    assert Assignment("right", 1, {"a": 98, "b": 2}).criteria["b"] == 2
