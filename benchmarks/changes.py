"""Where a module's code can be changed: see `benchmarks.mutation`."""

import ast
import re
from itertools import pairwise

from benchmarks.operators import (
    ARITHMETIC,
    COMPARISONS,
    SILENT_ARGUMENTS,
    SILENT_ENTRIES,
    SPOKEN,
)

Change = tuple[int, int, str]  # from where to where (bytes of the source), and what stands there


def changes(source: bytes) -> list[Change]:
    """Each change of one place in a module's code that might be a fault.

    Raises SyntaxError where the source is not Python.
    """
    finder = _Finder(source)
    finder.visit(ast.parse(source))
    return finder.changes


class _Finder(ast.NodeVisitor):
    """Walks through a module's code and collects changes; what is not code it does not enter."""

    def __init__(self, source: bytes) -> None:
        self.source, self.starts = source, [0]
        for row in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(row))
        self.changes: list[Change] = []

    def start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        assert node.end_lineno and node.end_col_offset is not None
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.expr) -> str:
        return self.source[self.start(node) : self.end(node)].decode()

    def replace(self, node: ast.expr | ast.stmt, new: str) -> None:
        self.changes.append((self.start(node), self.end(node), new))

    def between(self, left: ast.expr, right: ast.expr, old: str, *news: str) -> None:
        """The operator ``old``, which stands between two operands, becomes one of ``news``."""
        start, gap = self.end(left), self.source[self.end(left) : self.start(right)].decode()
        edge = r"\b" if old[0].isalpha() else ""
        found = re.search(edge + re.escape(old).replace(r"\ ", r"\s+") + edge, gap)
        if found and "#" not in gap:
            for new in news:
                self.changes.append((start + found.start(), start + found.end(), new))

    def negate(self, test: ast.expr) -> None:
        """A condition becomes its opposite, unless a changed operator in it says that already."""
        said = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        said = said or (isinstance(test, ast.Compare) and len(test.ops) == 1)
        if not said:
            self.replace(test, f"not ({self.text(test)})")

    # --- what is not code ---

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass

    def visit_arguments(self, node: ast.arguments) -> None:
        for default in [*node.defaults, *node.kw_defaults]:
            if default is not None:
                self.visit(default)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.visit(node.args)
        for statement in node.body:
            self.visit(statement)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_Assert(self, node: ast.Assert) -> None:
        pass  # for the type checker, or for the reader

    # --- statements ---

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            if _name(node.value.func) not in SPOKEN:
                self.replace(node, "pass")
            self.visit(node.value)
        elif not isinstance(node.value, ast.Constant):  # a docstring is one
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self.replace(node, "pass")

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.replace(node, "pass")
        self.visit(node.value)

    def visit_Delete(self, node: ast.Delete) -> None:
        self.replace(node, "pass")

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            return
        if not (isinstance(node.value, ast.Constant) and node.value.value in (None, True, False)):
            self.replace(node.value, "None")
        self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        if _name(node.test) == "TYPE_CHECKING" or "__name__" in ast.dump(node.test):
            return
        self.negate(node.test)
        self.generic_visit(node)

    # --- expressions ---

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.negate(node.test)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for (left, right), op in zip(
            pairwise([node.left, *node.comparators]), node.ops, strict=True
        ):
            self.between(left, right, *COMPARISONS[type(op)])
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        texts = any(isinstance(n, ast.JoinedStr) or _is_text(n) for n in (node.left, node.right))
        if type(node.op) in ARITHMETIC and not texts:
            self.between(node.left, node.right, *ARITHMETIC[type(node.op)])
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in pairwise(node.values):
            self.between(left, right, *words)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.USub | ast.Invert):
            self.replace(node, self.text(node.operand))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self.replace(node, str(not node.value))
        elif isinstance(node.value, int):
            self.replace(node, str(node.value + 1))
        elif isinstance(node.value, float):
            self.replace(node, str(2 * node.value or 1.0))

    def visit_Slice(self, node: ast.Slice) -> None:
        for bound in (node.lower, node.upper):
            if bound is not None:
                self.replace(bound, "")
                self.visit(bound)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                self.visit(key)
            if not (isinstance(key, ast.Constant) and key.value in SILENT_ENTRIES):
                self.visit(value)

    def visit_Call(self, node: ast.Call) -> None:
        if _name(node.func) in SPOKEN:
            return
        for keyword in node.keywords:
            if keyword.arg not in {None, *SILENT_ARGUMENTS}:
                self.changes.append((*self.with_comma(keyword), ""))
        node.keywords = [k for k in node.keywords if k.arg not in SILENT_ARGUMENTS]
        self.generic_visit(node)

    def with_comma(self, keyword: ast.keyword) -> tuple[int, int]:
        """Where an argument stands, the comma that goes with it included."""
        start, end = self.start(keyword), self.end(keyword)
        if after := re.match(rb"\s*,\s*", self.source[end:]):
            return start, end + after.end()
        before = re.search(rb"(,\s*)?$", self.source[:start])
        return (before.start() if before else start), end


def _name(node: ast.expr) -> str:
    """The last part of a dotted name; nothing where it is no name."""
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
