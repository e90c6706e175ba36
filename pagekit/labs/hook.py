"""The MkDocs hook that shows labs as pages; ``mkdocs.yml`` lists it under ``hooks:``.

All else of ours is a Markdown extension, which Zensical runs too. Labs are not: Zensical builds no
notebooks. mkdocs-jupyter makes a notebook a page and ships it for download. Its own rendering
(650 KB of styles, and scripts from elsewhere) gives way here to the site's Markdown.
"""

import os
import sys
from contextlib import suppress
from typing import Any

from pagekit.errors import PageError
from pagekit.labs import notebooks
from pagekit.labs import page as lab_page
from pagekit.labs.source import read_lab
from pagekit.project import Project
from pagekit.render import faults

_under_way: dict[str, lab_page.LabPage] = {}


def on_config(config: Any) -> None:
    """In a preview, a lab that has not run yet still has its page, so that links to it hold."""
    if os.environ.get("PAGEKIT_LENIENT") or os.environ.get("PAGEKIT_ONLY"):
        with suppress(PageError):
            notebooks.write_unrun(Project.here())


def on_pre_page(page: Any, **_: Any) -> None:
    """Have MkDocs render the page itself: undo what mkdocs-jupyter puts in the place of that."""
    if lab_page.is_lab(page.file.src_uri):
        vars(page).pop("render", None)
        if page.edit_url:
            page.edit_url = page.edit_url.removesuffix(".ipynb") + ".py"


def on_page_read_source(page: Any, config: Any) -> str | None:
    """The lab's prose as Markdown, with tokens where its cells go."""
    source = page.file.src_uri
    if not lab_page.is_lab(source):
        return None
    project = Project.here()
    path = (project.docs / source).with_suffix(".py")
    if os.environ.get("PAGEKIT_ONLY", project.relative(path)) != project.relative(path):
        return "# A lab\n"  # only one page is wanted, and it is another one
    try:
        lab = read_lab(path, project)
        _under_way[source] = lab_page.LabPage(lab, project, lab_page.read_markdown(config))
    except PageError as error:
        return _told(error)
    return _under_way[source].source()


def on_page_content(html: str, page: Any, **_: Any) -> str | None:
    """Put the cells in."""
    under_way = _under_way.pop(page.file.src_uri, None)
    try:
        return under_way.html(html) if under_way else None
    except PageError as error:
        return _told(error)


def _told(error: PageError) -> str:
    """In a preview the fault of a lab is what its page shows; a build stops."""
    if not os.environ.get("PAGEKIT_LENIENT"):
        raise error
    print(error, file=sys.stderr)
    return faults.fault_html(str(error))
