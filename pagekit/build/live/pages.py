"""The pages of a live preview: what a change touches is rendered again, the rest stays.

A page with a fault shows the fault, and all others stay as they are.
"""

import logging
import sys
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import TableOfContents

from pagekit.build import release
from pagekit.build.complaints import complaints
from pagekit.build.site import html_of
from pagekit.errors import PageError
from pagekit.labs.source import labs
from pagekit.project import Project, working_in
from pagekit.render.faults import fault_html
from pagekit.render.words import citations, glossary

# What any page may show something of.
SHARED = ("mkdocs.yml", glossary.SOURCE, citations.LIST, "docs/reference/bibliography.yml")


class LivePages:
    """The rendered pages of a project, in a folder of their own.

    Args:
        project: whose pages they are.
        folder: theirs, with what is to be served in ``site``.
        url: the address that this is served at.
    """

    def __init__(self, project: Project, folder: Path, url: str) -> None:
        self.project = project
        self.site = folder / "site"
        self.site.mkdir(parents=True)
        self.url = url
        # Half of the time that it takes to render one page would go into compiling the theme.
        (folder / "theme").mkdir()
        self.compiled = FileSystemBytecodeCache(str(folder / "theme"))
        self.titles: dict[str, str | None] = {}
        self._complained: set[str] = set()

    def render(self, changed: set[Path]) -> None:
        """Render what a change of these files touches, and what has not been rendered yet.

        Whatever goes wrong is told in one line; what was rendered before stays.
        """
        for path in self.touched(changed):
            if html := html_of(path, self.project, self.site):
                html.unlink()  # MkDocs renders what is not there
        faults: list[str] = []
        with working_in(self.project.root), complaints(self.project) as complained:
            logging.getLogger("mkdocs.commands.build").addFilter(_not_about_dirty_builds)
            try:
                config = load_config(
                    str(self.project.root / "mkdocs.yml"), site_dir=str(self.site), strict=False
                )
                config.site_url = self.url
                release.announce(config, self.project)
                config.plugins["pagekit-preview"] = _Preview(self.titles, faults, self.compiled)
                build(config, serve_url=self.url, dirty=True)
            except Exception as error:
                faults.append(_line(error, "mkdocs.yml"))
        self._tell([*faults, *complained])

    def touched(self, changed: set[Path]) -> list[Path]:
        """The pages and labs that a change of these files touches."""
        project = self.project
        names = {project.relative(path) for path in changed if path.is_relative_to(project.root)}
        every = [*project.pages(), *labs(project)]
        if names & set(SHARED) or any(name.startswith("overrides/") for name in names):
            return every
        shown = {path.with_suffix("") for path in changed}  # a lab's .py and .ipynb are one page
        included = [name for name in names if name.startswith("snippets/")]
        touched = [path for path in every if path.with_suffix("") in shown]
        for path in every if included else ():
            text = path.read_text(encoding="utf-8", errors="replace")
            if any(name in text for name in included):
                touched.append(path)
        return [*touched, *(path for path in changed if path.suffix == ".md" and _gone(path))]

    def _tell(self, lines: list[str]) -> None:
        """Print what was not said last time."""
        for line in lines:
            if line not in self._complained:
                print(line, file=sys.stderr, flush=True)
        self._complained = set(lines)


class _Preview(BasePlugin):
    """Has each page's fault shown in its own place, and menus keep the titles of the others."""

    def __init__(
        self, titles: dict[str, str | None], faults: list[str], compiled: FileSystemBytecodeCache
    ) -> None:
        self.titles = titles
        self.faults = faults
        self.compiled = compiled

    def on_env(self, env: Environment, /, **_: Any) -> None:
        """Take the theme as it was compiled last time, where it has not changed."""
        env.bytecode_cache = self.compiled

    def on_nav(self, nav: Navigation, /, *, config: MkDocsConfig, files: Files) -> None:
        """A page that is not rendered again has no title yet."""
        for page in nav.pages:
            if not page.file.is_modified() and page.file.src_uri in self.titles:
                page.title = self.titles[page.file.src_uri]

    def on_pre_page(self, page: Page, /, *, config: MkDocsConfig, files: Files) -> None:
        """Let the page be read and rendered so that its fault becomes its content."""
        fault: list[str] = []

        def read_source(config: MkDocsConfig) -> None:
            try:
                Page.read_source(page, config)
            except Exception as error:
                page.markdown, page.meta = "", {}
                fault.append(_line(error, f"docs/{page.file.src_uri}"))

        def render(config: MkDocsConfig, files: Files) -> None:
            try:
                Page.render(page, config, files)
            except Exception as error:
                fault.append(_line(error, f"docs/{page.file.src_uri}"))
            if fault:
                page.content, page.toc = fault_html(fault[0]), TableOfContents([])
            self.faults.extend(fault)

        page.read_source, page.render = read_source, render  # type: ignore[method-assign]

    def on_page_content(self, html: str, /, *, page: Page, **_: Any) -> None:
        """Keep its title for the menus of other pages."""
        self.titles[page.file.src_uri] = page.title


def _line(error: Exception, place: str) -> str:
    """A fault in one line per fault, with its place."""
    if isinstance(error, PageError):
        return str(error)
    said = " ".join(str(error).split())
    return f"{place}: {type(error).__name__}: {said}"


def _not_about_dirty_builds(record: logging.LogRecord) -> bool:
    return "'dirty' build" not in record.getMessage()


def _gone(path: Path) -> bool:
    return not path.exists()
