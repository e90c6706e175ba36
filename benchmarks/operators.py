"""What takes the place of what in a mutant, and what stays: see `benchmarks.mutation`."""

import ast

# Of each operator: how it is written, and what takes its place.
COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<", "<=", ">="),
    ast.LtE: ("<=", "<", ">"),
    ast.Gt: (">", ">=", "<="),
    ast.GtE: (">=", ">", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
}
# Arguments whose effect shows only where the locale is not UTF-8 or where a caller breaks a
# promise, and those that say how thick or large a part of a figure is, which eyes have to judge.
SILENT = {"encoding", "strict"}
LOOKS = {"borderaxespad", "capsize", "fontsize", "handlelength", "linestyle", "linewidth", "lw"}
SILENT_ARGUMENTS = SILENT | LOOKS | {"linespacing", "markersize", "ms"}
# Entries of dictionaries that say the same: sizes in points (matplotlib) and in pixels (mermaid).
SILENT_ENTRIES = {
    *("axes.labelsize", "axes.linewidth", "axes.titlepad", "axes.titlesize", "font.size"),
    *("grid.linewidth", "legend.fontsize", "lines.linewidth", "xtick.labelsize"),
    *("ytick.labelsize", "barGap", "barHeight", "fontSize", "leftMargin", "leftPadding"),
    *("rightPadding", "sectionFontSize", "topPadding", "useWidth"),
}
# Calls whose arguments people read.
SPOKEN = {"print", "warn", "error", "fail", "PageError", "ArgumentParser", "add_argument"}
