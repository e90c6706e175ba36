"""``python -m pagekit.build.preview PAGE``: run one page's blocks, or a lab, render it, say where.

The exit status says whether the page is sound. Other pages are there, so that links can be
checked, but as bare text without code, and whatever is wrong with them is overlooked.
"""

import os
import shutil
import sys
from pathlib import Path

from pagekit.build import anatomy
from pagekit.build.assets import typefaces
from pagekit.build.complaints import in_nav, not_in_nav
from pagekit.build.site import html_of, render, ship_font
from pagekit.errors import PageError
from pagekit.labs import notebooks
from pagekit.labs.source import labs, read_lab
from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.read.settings.menu import is_chapter
from pagekit.render.counting import check
from pagekit.run import artefacts
from pagekit.run.session import run_blocks
from pagekit.suggest import did_you_mean


def find(name: str, project: Project) -> Path:
    """The page or lab that a name means: ``transformer/attention``, ``docs/labs/minigpt.py``.

    Raises:
        PageError: there is no such page.
    """
    known = {
        path.relative_to(project.docs).with_suffix("").as_posix(): path
        for path in [*project.pages(), *labs(project)]
    }
    stem = name.removeprefix("docs/")
    for ending in (".md", ".py", ".ipynb", ".html"):
        stem = stem.removesuffix(ending)
    if stem in known:
        return known[stem]
    last = [full for full in known if full.rpartition("/")[2] == stem]
    near = f"; did you mean {last[0]!r}?" if last else did_you_mean(stem, known)
    raise PageError(f"there is no page {name!r}{near or '; the pages are: ' + ', '.join(known)}")


def preview(path: Path, project: Project) -> Path:
    """Run what is stale of a page or lab and render it into ``build/preview``; returns its HTML.

    Raises:
        PageError: the page is not sound.
    """
    is_lab = path.suffix == ".py"
    if is_lab:
        artefacts.make_for([read_lab(path, project)], project)
        notebooks.run_labs(project, [path])
    else:
        run_blocks(project, [path], stale_only=True)
    os.environ["PAGEKIT_ONLY"] = name = project.relative(path)
    typefaces.ship(project)
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
    if not is_lab:
        check(read_page(path, project), html.read_text(encoding="utf-8"))
    return html


def to_do(path: Path, project: Project) -> list[str]:
    """What a sound page still lacks before it can be sent in, one line each."""
    todo = []
    if not in_nav(path, project):
        shown = path.with_suffix(".ipynb") if path.suffix == ".py" else path
        todo.append(not_in_nav(shown.relative_to(project.docs).as_posix(), project))
    if is_chapter(path, project):
        todo += anatomy.lacking(path.read_text(encoding="utf-8"))
    return [f"{project.relative(path)}: {line}" for line in todo]


def main() -> int:
    """Preview the page that the command line names."""
    project = Project.here()
    if len(sys.argv) != 2:
        print("usage: make page P=transformer/attention", file=sys.stderr)
        return 2
    try:
        path = find(sys.argv[1], project)
        html = preview(path, project)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    for line in to_do(path, project):
        print(f"to do: {line}")
    print(f"The page is sound: {project.relative(html)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
