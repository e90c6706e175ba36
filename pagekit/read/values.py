"""Inline values: ``{python} expression`` between backticks in the prose."""

import re
from dataclasses import dataclass

from pagekit.errors import PageError
from pagekit.read.passages import Passage, unbroken

_VALUE = re.compile(r"\{python\}\s+(?P<expression>\S.*)")
_ALMOST = re.compile(r"\{\s*python\s*\}", re.IGNORECASE)
_HEADING = re.compile(r"#|.*\n[ \t>]*(?:=+|-+)[ \t]*$", re.DOTALL)
_ADVICE = "write `{python} expression` between single backticks"


@dataclass(frozen=True)
class Value:
    """An inline value: ``{python} expression`` in the prose."""

    line: int
    expression: str


def value_expression(code_span: str) -> str | None:
    """The expression of an inline value, or ``None`` for any other code span."""
    match = _VALUE.fullmatch(unbroken(code_span))
    return match["expression"] if match else None


def values_in(passage: Passage) -> list[Value]:
    """The inline values of a passage.

    Raises:
        PageError: with its line, for one that is written almost like an inline value, or stands in
            a heading.
    """
    values = []
    for span in passage.code_spans():
        line = passage.line_at(span.start())
        expression = value_expression(span["body"])
        if expression is not None:
            values.append(Value(line, expression))
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
