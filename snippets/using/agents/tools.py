"""Two tools for an agent: a calculator that only computes, and a search that names its sources."""

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from snippets.using.agents.agent import Tool
from snippets.using.search.chunks import Chunk

OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


class Searches(Protocol):
    """Anything that finds chunks for a query."""

    def search(self, query: str, count: int = 3) -> Sequence[Chunk]:
        """The best chunks."""


# --8<-- [start:arithmetic]
def calculate(expression: str) -> str:
    """The value of an expression of numbers, + − * / ** and brackets.

    Only these are computed: no names, no calls, no eval. ValueError for anything else, and for a
    power that would fill the memory.
    """
    if len(expression) > 200:
        raise ValueError(f"{len(expression)} characters are too long an expression")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{expression!r} is no expression") from error
    return f"{value_of(tree.body):.10g}"


def value_of(node: ast.AST) -> float:
    """The value of a part of an expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        if isinstance(node.value, bool):
            raise ValueError(f"{node.value} is no number")
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
        return float(OPERATORS[type(node.op)](value_of(node.operand)))
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = value_of(node.left), value_of(node.right)
        if isinstance(node.op, ast.Pow) and abs(right) > 100:
            raise ValueError(f"the exponent {right:g} is too large")
        found = OPERATORS[type(node.op)](left, right)
        if isinstance(found, complex):
            raise ValueError("a root of a negative number is no real number")
        return float(found)
    raise ValueError(f"{type(node).__name__} is not allowed: only numbers, + - * / ** and brackets")


# --8<-- [end:arithmetic]


def text_parameter(name: str, about: str) -> dict[str, Any]:
    """The schema of a single argument, a text."""
    properties = {name: {"type": "string", "description": about}}
    return {"type": "object", "properties": properties, "required": [name]}


def calculator() -> Tool:
    """`calculate` as a tool."""
    schema = text_parameter("expression", "such as (3 + 4) * 2")
    return Tool("calculator", "Computes an arithmetic expression.", schema, calculate)


def course_search(index: Searches, count: int = 1) -> Tool:
    """A search as a tool; each passage begins with its source. What it finds is untrusted."""

    def run(query: str) -> str:
        return "\n".join(f"[{c.where}] {c.text}" for c in index.search(query, count))

    schema = text_parameter("query", "what to look for")
    return Tool("search", "Searches the course's pages.", schema, run, untrusted=True)
