"""``python -m pagekit.build.anatomy``: has every chapter the parts that a chapter has, in order?"""

import re
import sys

from pagekit.project import Project
from pagekit.read.settings.menu import is_chapter

PARTS = (
    "question:",
    "**After this chapter you can**",
    "!!! predict",
    "## Exercises",
    '??? success "Solution"',
    "## Quiz",
    "!!! quiz",
    "## Key points",
    "## References",
)
# What has its place where the text needs it.
ANYWHERE = ('!!! warning "Pitfall',)
DIAGRAM = re.compile(r"^\s*(```mermaid|\w+_drawing\()", re.MULTILINE)
QUESTIONS = 3  # of the quiz


def lacking(text: str) -> list[str]:
    """What a chapter's text lacks, one line each; empty for a whole chapter."""
    lines = text.splitlines()
    places = {part: _place(part, lines) for part in (*PARTS, *ANYWHERE)}
    missing = [f"it lacks `{part}`" for part, place in places.items() if place is None]
    if not DIAGRAM.search(text):
        missing.append("it lacks a diagram: `mermaid`, or one of `snippets.plots.drawings`")
    there = [part for part in PARTS if places[part] is not None]
    if there != sorted(there, key=lambda part: places[part] or 0):
        missing.append(f"its parts are in another order than: {', '.join(PARTS)}")
    questions = _quiz(lines).count("\n!!! quiz")
    if places["## Quiz"] is not None and questions != QUESTIONS:
        missing.append(f"its quiz has {questions} questions, not {QUESTIONS}")
    return missing


def _place(part: str, lines: list[str]) -> int | None:
    return next((n for n, line in enumerate(lines) if line.strip().startswith(part)), None)


def _quiz(lines: list[str]) -> str:
    text = "\n".join(lines)
    return text.partition("\n## Quiz")[2].partition("\n## ")[0]


def main() -> int:
    """Tell what chapters lack."""
    project = Project.here()
    faults = [
        f"{project.relative(path)}: {fault}"
        for path in project.pages()
        if is_chapter(path, project)
        for fault in lacking(path.read_text(encoding="utf-8"))
    ]
    print("\n".join(faults) or "every chapter has its parts")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
