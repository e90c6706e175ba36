"""Outlines: read as matplotlib writes them, written in fewer letters, and whether they overlap."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagekit.render.figures.outlines import LONG, Box, Outline, apart, drawn, read


def outline(d: str) -> Outline:
    found = read(d)
    assert found is not None
    return found


def test_commands_take_their_numbers() -> None:
    assert outline("M 0 1 L 2 -3 Q 1 2 3 4 C 1 2 3 4 5 6.5 z").steps == (
        ("M", (0.0, 1.0)),
        ("L", (2.0, -3.0)),
        ("Q", (1.0, 2.0, 3.0, 4.0)),
        ("C", (1.0, 2.0, 3.0, 4.0, 5.0, 6.5)),
        ("z", ()),
    )


@pytest.mark.parametrize(
    "d", ["", "z", "L 0 0", "M", "M 0", "M a b", "M 0 0 L 1", "M 0 0 l 1 1", "M 0 0 A 1 1", "M0 0"]
)
def test_what_is_written_otherwise_is_not_read(d: str) -> None:
    assert read(d) is None


def test_a_box_holds_all_points_those_that_bend_a_curve_too() -> None:
    assert outline("M 1 2 L 4 9 Q 8 -3 2 2 z").box == (1.0, -3.0, 8.0, 9.0)


@pytest.mark.parametrize(
    ("d", "text", "end"),
    [
        ("M 1 2", "", (0, 0)),
        ("M 1 2 L 4 2 L 4 6 L 2.5 5 z", "h3v4l-1.5-1z", (0, 0)),
        ("M 1 1 L 2 1 z M 5 5 L 6 5 z", "h1zm4 4h1z", (4, 4)),
        ("M 1 1 L 2 1 z L 1 3", "h1zv2", (0, 2)),
        ("M 1 1 Q 2 3 4 2 C 4 2 5 2 6 1", "q1 2 3 1c0 0 1 0 2-1", (5, 0)),
        ("M 0 0 L 0.5 -0.25", "l.5-.25", (0.5, -0.25)),
        ("M 0 0 L 3 0.01 L 3.01 2", "l3 .01l.01 1.99", (3.01, 2)),
        ("M 0 0 L 3 0.004 L 3.004 2", "h3v2", (3, 2)),
        ("M 0 0 L 0.333 0.333 L 0.666 0.666 L 1 1", "l.33 .33l.34 .34l.33 .33", (1, 1)),
    ],
)
def test_steps_are_told_from_the_first_point(d: str, text: str, end: tuple[float, float]) -> None:
    found, at = outline(d).relative
    assert found == text
    assert at == pytest.approx(end)


def test_of_a_long_curve_a_tenth_is_told_of_corners_a_hundredth() -> None:
    def told(steps: int) -> str:
        return outline(" ".join(["M 0 0", *["L 1.23 4.56", "L 0 0"] * LONG][:steps])).relative[0]

    assert told(LONG).startswith("l1.23 4.56l")
    assert told(LONG + 1).startswith("l1.2 4.6l")


def test_of_several_each_begins_where_it_is_moved_to() -> None:
    closed, line = outline("M 1 2 L 4 2 L 4 6 z"), outline("M 0 0 L 1 2")
    assert drawn([(closed, 0, 0), (closed, 10, -0.5)]) == "M1 2h3v4zm10-.5h3v4z"
    assert drawn([(line, 0, 0), (line, 2, 3), (closed, 0, 0)]) == "M0 0l1 2m1 1l1 2m-2-3h3v4z"
    assert drawn([(outline("M -0.001 10"), 0, 0)]) == "M0 10"
    assert drawn([]) == ""


@pytest.mark.parametrize(
    ("boxes", "are"),
    [
        ([], True),
        ([(0, 0, 2, 2)], True),
        ([(0, 0, 2, 2), (2, 0, 4, 2)], True),
        ([(0, 0, 2, 2), (1.995, 0, 4, 2)], True),  # a rounding error
        ([(0, 0, 2, 2), (1.98, 0, 4, 2)], False),
        ([(0, 0, 2, 2), (0, 1.995, 2, 4)], True),
        ([(0, 1.995, 2, 4), (0.5, 0, 2, 2)], True),
        ([(0, 0, 2, 2), (0, 1.98, 2, 4)], False),
        ([(0, 1.98, 2, 4), (0.5, 0, 2, 2)], False),
        ([(0, 0, 9, 1), (1, 2, 2, 3), (8, 0.5, 9, 1)], False),  # with one that is not the last
        ([(0, 0, 2, 2), (0, 0, 2, 2)], False),
    ],
)
def test_boxes_that_touch_are_apart(boxes: list[Box], are: bool) -> None:
    assert apart(boxes) is are
    assert apart([(top, left, bottom, right) for left, top, right, bottom in boxes]) is are


def overlap(one: Box, other: Box) -> bool:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    return wide > 0 and min(one[3], other[3]) - max(one[1], other[1]) > 0


@given(st.lists(st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 4)] * 2), max_size=6))
def test_boxes_are_apart_where_no_two_overlap(drawn: list[tuple[int, int, int, int]]) -> None:
    boxes: list[Box] = [(x, y, x + width, y + height) for x, y, width, height in drawn]
    pairs = [(one, other) for n, one in enumerate(boxes) for other in boxes[:n]]
    assert apart(boxes) is not any(overlap(*pair) for pair in pairs)


def test_roundings_of_places_do_not_add_up() -> None:
    point = outline("M 0 0")
    moves = re.findall(
        r"([\d.]+) ([\d.]+)", drawn([(point, 1.004 * n, 0.996 * n) for n in range(9)])
    )
    for axis, step in enumerate((1.004, 0.996)):
        at = 0.0
        for n, move in enumerate(moves):
            at += float(move[axis])
            assert abs(at - step * n) < 0.0051
