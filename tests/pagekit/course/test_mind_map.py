"""The map of the field: boxes hold their words, lines join what belongs together, nothing overlaps.

Words are taken to be as wide as letters are on average, rather more than less.
"""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import combinations, pairwise

import pytest

from pagekit.course.mind_map import mind_map
from pagekit.render.diagrams.theme import EDGES, FILLS, LINE

BRANCHES = {
    "Numbers": ["one", "many more of them", "none"],
    "Signs": ["a_b"],
    "Words & texts": ["<b>", "c", "long and longer", "d"],
    "Nothing yet": [],
}
LETTER = 7.0  # pixels: no letter of a text of 15 pixels is wider on average


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        beside = self.right <= other.left or other.right <= self.left
        return not beside and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: "Box") -> bool:
        wide = self.left <= other.left and other.right <= self.right
        return wide and self.top <= other.top and other.bottom <= self.bottom


@dataclass(frozen=True)
class Drawn:
    """What a map shows: the sheet, the boxes and the free words by their text, and the lines."""

    svg: ET.Element
    sheet: Box
    boxes: dict[str, Box]
    free: dict[str, Box]
    lines: list[list[float]]


def words_of(text: ET.Element) -> Box:
    x, y, wide = float(text.get("x", "")), float(text.get("y", "")), LETTER * len(text.text or "")
    anchor = re.findall(r"text-anchor:(\w+)", text.get("style", ""))[0]
    left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
    return Box(left, y - 11, left + wide, y + 3)


def drawn(middle: str, branches: dict[str, list[str]]) -> Drawn:
    told = mind_map(middle, branches)
    svg = ET.fromstring(told[told.index("<svg") : told.index("</div>")])
    left, top, wide, tall = map(float, svg.get("viewBox", "").split())
    texts = {text.text or "": words_of(text) for text in svg.iter("text")}
    rects = []
    for rect in svg.iter("rect"):
        x, y, w, h = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
        rects.append(Box(x, y, x + w, y + h))
    boxes = {name: next((r for r in rects if r.holds(t)), None) for name, t in texts.items()}
    paths = [path.get("d", "") for path in svg.iter("path")]
    return Drawn(
        svg,
        Box(left, top, left + wide, top + tall),
        {name: box for name, box in boxes.items() if box},
        {name: texts[name] for name, box in boxes.items() if not box},
        [[float(number) for number in re.findall(r"-?[\d.]+", path)] for path in paths],
    )


@pytest.fixture(scope="module")
def shown() -> Drawn:
    return drawn("All of it", BRANCHES)


def test_branches_and_the_middle_have_boxes_around_their_words(shown: Drawn) -> None:
    assert sorted(shown.boxes) == sorted([*BRANCHES, "All of it"])
    assert len(list(shown.svg.iter("rect"))) == len(BRANCHES) + 1
    for text in shown.svg.iter("text"):
        if box := shown.boxes.get(text.text or ""):
            assert float(text.get("x", "")) == pytest.approx((box.left + box.right) / 2, abs=0.2)
            assert 10 < words_of(text).left - box.left < 30, "and room beside them"
            assert "font-weight:600" in text.get("style", "")
        else:
            assert "font-weight" not in text.get("style", "")


def test_nothing_overlaps_and_nothing_leaves_the_sheet(shown: Drawn) -> None:
    parts = [*shown.boxes.values(), *shown.free.values()]
    assert all(shown.sheet.holds(part) for part in parts)
    assert not any(one.meets(other) for one, other in combinations(parts, 2))
    wide = max(shown.sheet.right - part.right for part in parts)
    assert shown.sheet.left == pytest.approx(-shown.sheet.right, abs=1), "the middle is the middle"
    assert min(shown.sheet.right - part.right for part in parts) < 60 < wide, "nor is it too wide"


def test_the_middle_box_is_in_the_middle(shown: Drawn) -> None:
    box, sheet = shown.boxes["All of it"], shown.sheet
    assert box.left == pytest.approx(-box.right, abs=0.2)
    assert (box.top + box.bottom) / 2 == pytest.approx((sheet.top + sheet.bottom) / 2, abs=0.6)
    others = [shown.boxes[name] for name in BRANCHES]
    tall = box.bottom - box.top
    assert all(1 < tall / (other.bottom - other.top) < 2 for other in others)


def side_of(box: Box) -> int:
    return 1 if box.left > 0 else -1


def test_a_line_leads_from_the_middle_to_each_branch_and_on_to_each_topic(shown: Drawn) -> None:
    """From edge to edge; a little before a topic's words it ends."""
    ends = {tuple(line[:2] + line[-2:]) for line in shown.lines}
    assert len(shown.lines) == len(ends) == len(BRANCHES) + sum(map(len, BRANCHES.values()))
    middle = shown.boxes["All of it"]
    for branch, topics in BRANCHES.items():
        box = shown.boxes[branch]
        sign, y = side_of(box), (box.top + box.bottom) / 2
        near, far = (box.left, box.right)[::sign]
        begin = (sign * middle.right, (middle.top + middle.bottom) / 2)
        assert any(end == pytest.approx((*begin, near, y), abs=0.2) for end in ends)
        for topic in topics:
            text = shown.free[topic]
            assert side_of(text) == sign
            edge, row = (text.left, text.right)[::sign][0], text.bottom - 8
            begins = pytest.approx(far, abs=0.2)
            [end] = [e for e in ends if e[3] == pytest.approx(row, abs=0.2) and e[0] == begins]
            assert end[:2] == pytest.approx((far, y), abs=0.2)
            assert 2 < sign * (edge - end[2]) < 10 and 15 < sign * (edge - far) < 60


def test_a_line_leaves_and_arrives_level(shown: Drawn) -> None:
    for x, y, bend, from_y, same, to_y, to_x, end_y in shown.lines:
        assert (from_y, to_y, same) == (y, end_y, bend)
        assert bend == pytest.approx((x + to_x) / 2, abs=0.1)


def test_topics_stand_in_a_column_around_their_branch(shown: Drawn) -> None:
    for branch, topics in BRANCHES.items():
        if topics:
            box, rows = shown.boxes[branch], [shown.free[topic] for topic in topics]
            assert all(15 < lower.top - row.top < 35 for row, lower in pairwise(rows))
            centre = (rows[0].bottom + rows[-1].bottom) / 2 - 8
            assert centre == pytest.approx((box.top + box.bottom) / 2, abs=0.2)
            assert len({(row.left, row.right)[:: side_of(box)][0] for row in rows}) == 1


def test_each_side_is_centred_and_its_branches_have_the_same_width(shown: Drawn) -> None:
    for sign in (1, -1):
        names = [name for name in BRANCHES if side_of(shown.boxes[name]) == sign]
        boxes = [shown.boxes[name] for name in names]
        assert names and len({(box.left, box.right) for box in boxes}) == 1
        assert boxes == sorted(boxes, key=lambda box: box.top)
    few = drawn("M", {"A": ["a", "b"], "B": ["c", "d", "e", "f", "g", "h"]})
    for box in (few.boxes["A"], few.boxes["B"]):
        assert (box.top + box.bottom) / 2 == pytest.approx(few.sheet.bottom / 2, abs=0.6)


@pytest.mark.parametrize(
    ("counts", "right"),
    [
        ((2, 2, 2, 2), 2),
        ((6, 2, 2, 2), 1),
        ((2, 2, 2, 9), 3),
        ((1, 0, 2, 2), 2),  # a branch with few topics takes the room of two
        ((3,), 0),
    ],
)
def test_the_sides_are_as_equal_as_the_order_allows(counts: tuple[int, ...], right: int) -> None:
    branches = {f"B{n}": [f"t{n}{i}" for i in range(count)] for n, count in enumerate(counts)}
    found = drawn("M", branches)
    assert [side_of(found.boxes[name]) for name in branches] == [1] * right + [-1] * (
        len(counts) - right
    )


def test_branches_of_one_topic_keep_apart() -> None:
    found = drawn("M", {f"B{n}": [f"t{n}"] for n in range(6)})
    parts = [*found.boxes.values(), *found.free.values()]
    assert not any(one.meets(other) for one, other in combinations(parts, 2))


def test_a_map_is_named_and_described_and_no_wider_than_it_is_drawn(shown: Drawn) -> None:
    svg, wide = shown.svg, f"{shown.sheet.right - shown.sheet.left:.0f}"
    names = {element.get("id"): element.text for element in svg if element.get("id")}
    assert names[svg.get("aria-labelledby")] == "All of it, as the course sees them"
    assert "around them 4 branches" in (names[svg.get("aria-describedby")] or "")
    assert svg.get("role") == "img"
    assert svg.get("width") == wide and f"max-width:{wide}px" in svg.get("style", "")
    assert svg.get("height") == f"{shown.sheet.bottom:.0f}"


def test_boxes_and_lines_have_the_colours_of_diagrams(shown: Drawn) -> None:
    styles = [rect.get("style", "") for rect in shown.svg.iter("rect")]
    accent, plain = styles[-1], styles[:-1]
    assert FILLS["accent"] in accent and EDGES["accent"] in accent
    assert all(FILLS["plain"] in style and EDGES["plain"] in style for style in plain)
    lines = [group.get("style", "") for group in shown.svg.iter("g")]
    assert len(lines) == 2 and all(LINE in style and "fill:none" in style for style in lines)
