"""Inline values: ``{python} expression`` between backticks in the prose.

The block above a value computes it. A prediction stands before the block that it is about, so what
stands in a prediction is computed by the block below.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pagekit.errors import PageError
from pagekit.read.passages import Passage, unbroken

_VALUE = re.compile(r"\{python\}\s+(?P<expression>\S.*)")
_ALMOST = re.compile(r"\{\s*python\s*\}", re.IGNORECASE)
_HEADING = re.compile(r"#|.*\n[ \t>]*(?:=+|-+)[ \t]*$", re.DOTALL)
_ADVICE = "write `{python} expression` between single backticks"
PREDICTION = re.compile(r"!!! ?predict(?![\w-])")


@dataclass(frozen=True)
class Value:
    """An inline value: ``{python} expression`` in the prose.

    Attributes:
        line: the line of the page.
        expression: what is to be computed.
        ahead: whether the block below computes it, and not the one above.
    """

    line: int
    expression: str
    ahead: bool = False


def value_expression(code_span: str) -> str | None:
    """The expression of an inline value, or ``None`` for any other code span."""
    match = _VALUE.fullmatch(unbroken(code_span))
    return match["expression"] if match else None


def values_of(passages: Sequence[Passage]) -> Iterator[Value]:
    """The inline values of a page, in its order.

    Raises:
        PageError: see ``values_in``.
    """
    within: int | None = None  # how far the prediction is indented that a passage belongs to
    for passage in passages:
        bare = passage.text.lstrip(" \t>")
        if bare.strip():
            indent = len(passage.text) - len(bare)
            if within is not None and indent <= within:
                within = None
            if PREDICTION.match(bare):
                within = indent
        yield from values_in(passage, ahead=within is not None)


def block_of(value: Value, lines: Sequence[int]) -> int:
    """Which Python block computes a value: the nearest above it, or below, where it says so.

    Args:
        value: the value.
        lines: the lines on which the page's Python blocks begin, in order.

    Raises:
        PageError: there is none.
    """
    near = [n for n, line in enumerate(lines) if (line > value.line) == value.ahead]
    if not near:
        where = "below" if value.ahead else "above"
        raise PageError(
            f"`{value.expression}` is to be computed, but no Python block stands {where} it",
            line=value.line,
        )
    return near[0 if value.ahead else -1]


def values_in(passage: Passage, ahead: bool = False) -> list[Value]:
    """The inline values of a passage.

    Args:
        passage: some prose.
        ahead: whether it belongs to a prediction.

    Raises:
        PageError: with its line, for one that is written almost like an inline value, or stands in
            a heading.
    """
    values = []
    for span in passage.code_spans():
        line = passage.line_at(span.start())
        expression = value_expression(span["body"])
        if expression is not None:
            values.append(Value(line, expression, ahead))
        elif _ALMOST.match(span["body"].strip()):
            raise PageError(f"{span[0]} is no inline value; {_ADVICE}", line=line)
    if almost := _ALMOST.search(passage.masked):
        line = passage.line_at(almost.start())
        raise PageError(f"`{almost[0]}` stands in no inline code; {_ADVICE}", line=line)
    if values and _HEADING.match(passage.text.lstrip(" \t>")):
        raise PageError(
            "a heading can't hold an inline value; its link would change with it", line=passage.line
        )
    return values
