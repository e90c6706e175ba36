"""Folds the lines of a listing that its idea can do without: imports, and details of docstrings.

The lines are there, and what is copied has them all. The style sheet folds them away, on screens
and where scripts run, so that the button can bring them back; else everything is shown.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby

LEAST = 3  # lines; folding fewer gains nothing

_ROW = re.compile(r"[^\n]*\n(?:</span>)*|[^\n]+$")  # Pygments ends a line's own span after its end
_CODE = re.compile(r"(<code\b[^>]*>)(.*?)(?=</code>)", re.DOTALL)

Imports = ast.Import | ast.ImportFrom
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Fold:
    """Lines of a listing behind one line.

    Attributes:
        first: the first of them, counted from 1.
        last: the last of them.
        what: what they are.
        indent: how far from the left they stand, in characters.
    """

    first: int
    last: int
    what: str
    indent: int = 0

    @property
    def lines(self) -> int:
        """How many there are."""
        return self.last - self.first + 1


def folds(code: str) -> list[Fold]:
    """What of a listing is folded, in order; nothing of what is no Python."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return []
    found = [*_imports(tree, code.split("\n")), *_docstrings(tree)]
    return sorted((fold for fold in found if fold.lines >= LEAST), key=lambda fold: fold.first)


def folded(html: str, code: str) -> str:
    """Highlighted code with each of its folds behind a button.

    Args:
        html: what Pygments made of the code.
        code: the code.
    """
    found = _CODE.search(html)
    if found is None:
        return html
    rows = _ROW.findall(found[2])
    for fold in folds(code):
        opens = f'{button(f"{fold.lines} {fold.what}", fold.indent)}<span class="pk-folded">'
        rows[fold.first - 1] = opens + rows[fold.first - 1]
        rows[fold.last - 1] += "</span>"
    return f"{html[: found.start(2)]}{''.join(rows)}{html[found.end(2) :]}"


def button(says: str, indent: int = 0, kind: str = "") -> str:
    """What unfolds that which stands right behind it.

    It has no text, for that would be copied with the code: the style sheet shows what it says.
    """
    named = f"pk-fold {kind}".strip()
    return (
        f'<button type="button" class="{named}" style="--pk-indent: {indent}" '
        f'aria-expanded="false" aria-label="{escape(says)}"></button>'
    )


def shown_lines(code: str) -> int:
    """How many lines of a listing are shown while its folds are closed."""
    return code.count("\n") + 1 - sum(fold.lines - 1 for fold in folds(code))


def _imports(tree: ast.Module, rows: list[str]) -> Iterator[Fold]:
    """Import statements in a row, with the blank lines after them but for one."""
    for are_imports, group in groupby(tree.body, lambda node: isinstance(node, Imports)):
        nodes = list(group)
        if not are_imports or len(nodes) == len(tree.body) or _shares_a_line(nodes, tree):
            continue
        last = nodes[-1].end_lineno or nodes[-1].lineno
        while last + 2 < len(rows) and not any(row.strip() for row in rows[last : last + 2]):
            last += 1
        yield Fold(nodes[0].lineno, last, "lines of imports")


def _shares_a_line(nodes: list[ast.stmt], tree: ast.Module) -> bool:
    """Whether another statement stands beside them: ``import torch; x = 1``."""
    lines = {line for node in nodes for line in (node.lineno, node.end_lineno)}
    others = (node for node in tree.body if node not in nodes)
    return any(lines & {node.lineno, node.end_lineno} for node in others)


def _docstrings(tree: ast.Module) -> Iterator[Fold]:
    """All of a docstring but its first line."""
    for node in ast.walk(tree):
        if isinstance(node, Documented) and ast.get_docstring(node, clean=False) is not None:
            text = node.body[0]
            last = text.end_lineno or text.lineno
            yield Fold(text.lineno + 1, last, "more lines of the docstring", text.col_offset)
