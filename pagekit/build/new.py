"""``python -m pagekit.build.new PART/PAGE``: begin a chapter from a template that runs."""

import re
import sys
from pathlib import Path

from pagekit.build.complaints import not_in_nav
from pagekit.errors import PageError
from pagekit.project import Project, write_whole
from pagekit.read.settings.menu import OTHERS

TEMPLATE = Path(__file__).with_name("chapter.md")


def begin(name: str, project: Project) -> Path:
    """Write a new chapter; returns its file.

    Raises:
        PageError: the name is none, or the page is there already.
    """
    stem = name.removeprefix("docs/").removesuffix(".md")
    if not re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", stem):
        raise PageError(f"{name!r} is not of the form part/page, in small letters and hyphens")
    part = stem.partition("/")[0]
    parts = {path.name for path in project.docs.iterdir() if path.is_dir()} - OTHERS
    if part not in parts:
        raise PageError(f"there is no part {part!r}; the parts are: {', '.join(sorted(parts))}")
    path = project.docs / f"{stem}.md"
    if path.exists():
        raise PageError("the page is there already", project.relative(path))
    title = path.stem.replace("-", " ").capitalize()
    write_whole(path, TEMPLATE.read_text(encoding="utf-8").replace("TITLE", title))
    return path


def main() -> int:
    """Begin the chapter that the command line names, and say what comes next."""
    project = Project.here()
    if len(sys.argv) != 2:
        print("usage: make new P=training/perplexity", file=sys.stderr)
        return 2
    try:
        path = begin(sys.argv[1], project)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    name = path.relative_to(project.docs).as_posix()
    print(f"{project.relative(path)} is there, and runs as it stands: make serve shows it.")
    print(f"{project.relative(path)}: {not_in_nav(name, project)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
