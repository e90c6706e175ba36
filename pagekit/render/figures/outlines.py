"""The outline of a shape: read as matplotlib writes it, written again in fewer letters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom

_NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6, "z": 0}  # of matplotlib's commands, all absolute
LONG = 20
"""Steps: an outline of more is a curve, whose points need to be known less exactly than corners."""

_TOUCH = 0.01  # points: neighbours that share an edge may overlap by a rounding error


@dataclass(frozen=True)
class Outline:
    """A path, step by step: a command and its coordinates."""

    steps: tuple[tuple[str, tuple[float, ...]], ...]

    @cached_property
    def box(self) -> Box:
        """The box around all its points; those that bend a curve lie around the curve."""
        numbers = [number for _, numbers in self.steps for number in numbers]
        return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])

    @cached_property
    def relative(self) -> tuple[str, Point]:
        """The path's text behind its first point, from which it starts, and where it ends then.

        To the hundredth of a point, of a curve to the tenth.
        """
        left, top = self.steps[0][1]
        digits = 1 if len(self.steps) > LONG else 2
        at: Point = (0.0, 0.0)
        begun, text = at, ""
        for command, numbers in self.steps[1:]:
            if command == "z":
                at = begun
                text += "z"
                continue
            # Rounded before they are subtracted, so that rounding errors don't add up.
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            points = [(round(x - left, digits), round(y - top, digits)) for x, y in pairs]
            text += _step(command.lower(), [(x - at[0], y - at[1]) for x, y in points])
            at = points[-1]
            begun = at if command == "M" else begun
        return text, at


def drawn(outlines: Iterable[tuple[Outline, float, float]]) -> str:
    """The text of one path of several outlines, each moved by its ``(x, y)``.

    All behind the first point is relative to what came before, so that equal shapes at equal
    distances have equal letters, which compresses well.
    """
    text, at = "", (0.0, 0.0)
    for outline, x, y in outlines:
        left, top = outline.steps[0][1]
        begin = round(left + x, 2), round(top + y, 2)
        move = _joined((begin[0] - at[0], begin[1] - at[1]))
        rest, end = outline.relative
        text += f"{'m' if text else 'M'}{move}{rest}"
        at = begin[0] + end[0], begin[1] + end[1]
    return text


def _step(command: str, moves: list[Point]) -> str:
    x, y = moves[0]
    if command == "l" and abs(y) < _TOUCH / 2:
        return f"h{_number(x)}"
    if command == "l" and abs(x) < _TOUCH / 2:
        return f"v{_number(y)}"
    return command + _joined(number for move in moves for number in move)


def _joined(numbers: Iterable[float]) -> str:
    return re.sub(r" (?=-)", "", " ".join(map(_number, numbers)))


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else re.sub(r"^(-?)0\.", r"\1.", text)


@lru_cache(maxsize=1024)  # each of thousands of copies of one shape asks for it
def read(d: str) -> Outline | None:
    """The outline that a ``d`` attribute describes; ``None`` where it isn't as matplotlib's are."""
    words, steps, place = d.split(), [], 0
    while place < len(words):
        command = words[place]
        end = place + 1 + _NUMBERS.get(command, len(words))
        if end > len(words):
            return None
        try:
            steps.append((command, tuple(map(float, words[place + 1 : end]))))
        except ValueError:
            return None
        place = end
    return Outline(tuple(steps)) if steps and steps[0][0] == "M" else None


def apart(boxes: Iterable[Box]) -> bool:
    """Whether no two boxes overlap; they may touch."""
    beside: list[Box] = []
    for box in sorted(boxes):
        left, top, _, bottom = box
        beside = [other for other in beside if other[2] > left + _TOUCH]
        if any(other[1] < bottom - _TOUCH and top < other[3] - _TOUCH for other in beside):
            return False
        beside.append(box)
    return True
