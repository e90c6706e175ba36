"""Whether a run bears out what a fence claims of it, and with which values it does not."""

import ast
import builtins
import reprlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pagekit.run.process.watch import Fault, said


def broken(claim: str, number: int, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Evaluate the claim of a fence right after the fence has run.

    Args:
        claim: a Python expression; empty where nothing is claimed.
        number: which fence of the chain it is, from 0.
        names: what the expression may name.

    Returns:
        Nothing if it is true, else one entry: the ``segment``, and the ``values`` of what the claim
        compares, as text.

    Raises:
        Fault: it has no truth value, with ``claim``, the expression.
    """
    try:
        if not claim or eval(claim, names):
            return []
    except BaseException as error:
        raise Fault(said(error), segment=number, line=None, claim=claim) from None
    values: dict[str, str] = {}
    for term in _terms(ast.parse(claim, mode="eval").body):
        text = ast.unparse(term)
        with suppress(Exception):  # a name of a comprehension, say
            values[text] = _shown(eval(text, names))
    return [{"segment": number, "values": values}]


def _terms(node: ast.expr) -> Iterator[ast.expr]:
    """What an expression compares; where it compares nothing, the names in it."""
    if isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _terms(value)
    elif isinstance(node, ast.UnaryOp):
        yield from _terms(node.operand)
    elif isinstance(node, ast.Compare):
        terms = (node.left, *node.comparators)
        yield from (term for term in terms if not isinstance(term, ast.Constant))
    else:
        names = (inner for inner in ast.walk(node) if isinstance(inner, ast.Name))
        yield from (name for name in names if not hasattr(builtins, name.id))


def _shown(value: Any) -> str:
    """A value, short and on one line."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value[:12]))}{', …' if len(value) > 12 else ''}]"
    return " ".join(reprlib.repr(value).split())
