"""``python -m pagekit.build.preview PAGE``: run one page's blocks, render it, say where.

The exit status says whether the page is sound. Other pages are there, so that links can be
checked, but as bare text, and whatever is wrong with them is overlooked.
"""

import os
import shutil
import sys
from pathlib import Path

from pagekit.build.site import html_of, render, ship_font
from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.render.counting import check
from pagekit.run.session import run_blocks


def find(name: str, project: Project) -> Path:
    """The page that a name means: ``transformer/attention``, with or without ``docs/`` and ``.md``.

    Raises:
        PageError: there is no such page.
    """
    path = project.docs / name.removeprefix("docs/").removesuffix(".md")
    path = path.with_name(path.name + ".md")
    if not path.is_file():
        known = ", ".join(
            p.relative_to(project.docs).with_suffix("").as_posix() for p in project.pages()
        )
        raise PageError(f"there is no page {name!r}; the pages are: {known}")
    return path


def preview(path: Path, project: Project) -> Path:
    """Run the stale blocks of a page and render it into ``build/preview``; returns its HTML.

    Raises:
        PageError: the page is not sound.
    """
    run_blocks(project, [path], stale_only=True)
    os.environ["PAGEKIT_ONLY"] = name = project.relative(path)
    folder = project.build / "preview"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        render(project, folder, only=name)
    finally:
        del os.environ["PAGEKIT_ONLY"]
    ship_font(project, folder)
    html = html_of(path, project, folder)
    if html is None:
        raise PageError("the page is not part of the site; see exclude_docs in mkdocs.yml")
    check(read_page(path, project), html.read_text(encoding="utf-8"))
    return html


def main() -> int:
    """Preview the page that the command line names."""
    project = Project.here()
    if len(sys.argv) != 2:
        print("usage: make page P=transformer/attention", file=sys.stderr)
        return 2
    try:
        html = preview(find(sys.argv[1], project), project)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The page is sound: {project.relative(html)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
