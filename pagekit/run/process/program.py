"""A chain of fences as the one program that a reader copies, cut where its fences end."""

import __future__

import ast
from bisect import bisect_right
from pathlib import Path
from types import CodeType
from typing import Any

_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag


class Program:
    """A chain, written to a file as its copy would be.

    Args:
        sources: the code of each fence.
        path: the file to write; tracebacks and ``inspect`` read it.
    """

    def __init__(self, sources: list[str], path: str) -> None:
        self.path = path
        # As `Chain.code` has it: without blank lines around a fence, and one between two.
        texts = [source.strip("\n") + "\n" for source in sources]
        self.text = "\n".join(texts)
        self._skipped = [len(source) - len(source.lstrip("\n")) for source in sources]
        self._starts = [1]
        for text in texts:
            self._starts.append(self._starts[-1] + text.count("\n") + 1)
        Path(path).write_text(self.text, encoding="utf-8")

    def parts(self) -> list[CodeType]:
        """The code of each fence.

        Compiled as a whole first: what is an error in the copy (a late ``from __future__``) is one
        here, and what holds for the whole copy holds for each part.

        Raises:
            SyntaxError: with the line of the file.
        """
        tree = ast.parse(self.text, self.path)
        whole = compile(tree, self.path, "exec", dont_inherit=True)
        bodies: list[list[ast.stmt]] = [[] for _ in self._skipped]
        for statement in tree.body:
            number = self._fence(_first_line(statement))
            if (statement.end_lineno or 0) >= self._starts[number + 1]:
                raise SyntaxError(
                    "a statement goes on in the next fence; a fence holds whole ones",
                    (self.path, statement.lineno, None, None),
                )
            bodies[number].append(statement)
        flags = whole.co_flags & _FUTURE
        return [
            compile(ast.Module(body, []), self.path, "exec", flags=flags, dont_inherit=True)
            for body in bodies
        ]

    def place(self, filename: str, line: int) -> dict[str, Any] | None:
        """The fence and the line within it, both from 0; ``None`` if another file is meant."""
        if filename != self.path:
            return None
        number = self._fence(line)
        return {"segment": number, "line": line - self._starts[number] + self._skipped[number]}

    def _fence(self, line: int) -> int:
        return min(bisect_right(self._starts, line), len(self._skipped)) - 1


def _first_line(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])
