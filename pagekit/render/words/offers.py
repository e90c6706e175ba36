"""What a page says of how to get the course: commands, files and a citation, each from its source.

A comment stands for each of them in the page: ``<!-- pagekit:install data -->``.
"""

import os
from pathlib import Path

import yaml

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.read.settings.menu import chapters
from pagekit.read.settings.package import FOLDER, SOURCE, Package, package_of, site_url, where
from pagekit.read.text import read_text
from pagekit.render.words.inline import escaped
from pagekit.suggest import did_you_mean

CITATION = "CITATION.cff"
NO_ADDRESS = (
    "This copy of the site was built from a folder that has them: it is published nowhere yet."
)
WORDS = ("install", "reinstall", "files", "pdf", "clone", "citation")


def offer(words: list[str], page: Page, project: Project) -> str:
    """The Markdown that a comment stands for.

    ``install EXTRA…`` is the command that installs the package, ``reinstall`` the one that renews
    it, ``files`` the list of what lies on the site, ``pdf`` the course as one file, ``clone`` the
    command that gets the sources, where they are published, and ``citation`` how to cite them.

    Raises:
        PageError: the project has no such thing.
    """
    if words[0] == "pdf":
        return paper(page)
    if words[0] == "citation":
        return citation(project)
    if words[0] == "clone":
        address = os.environ.get("REPO_URL")
        return _command(f"git clone {address} course") if address else NO_ADDRESS
    package = package_of(project)
    if package is None:
        raise PageError(f"there is no wheel to install: see tool.pagekit.wheel in {SOURCE}")
    if words[0] == "files":
        return files(package, page, project)
    if words[0] == "reinstall":
        again = "pip install --force-reinstall --no-deps "
        return _command(package.install().replace("pip install ", again, 1), where())
    for extra in words[1:]:
        if extra not in package.extras:
            near = did_you_mean(extra, package.extras)
            raise PageError(f"the package has no extra {extra!r}{near}")
    return _command(package.install(words[1:]), where())


def files(package: Package, page: Page, project: Project) -> str:
    """Links to what lies on the site; raw HTML, for MkDocs knows only files of ``docs/``.

    First the package, and the artefacts that the page itself reads. All others are folded, each
    with the first chapter that reads it.
    """
    site = os.path.relpath("docs", Path(page.name).parent)
    links = {
        name: f'- <a href="{site}/{path}" download>{Path(path).name}</a>'
        for name, path in {
            "": package.wheel,
            **{name: f"{FOLDER}/{name}.zip" for name in package.artefacts},
        }.items()
    }
    own = [link for name, link in links.items() if not name or name in page.artefacts]
    readers = _readers(project)
    others = []
    for name in sorted(set(links) - {"", *page.artefacts}):
        reader = readers.get(name)
        of = f" for [{_title(reader)}]({_way(page, reader)})" if reader else ""
        others.append(f"    {links[name]}{of}")
    fold = ["", '??? info "What other chapters trained"', *others] if others else []
    return "\n".join([*own, *fold])


def _readers(project: Project) -> dict[str, Page]:
    """The first chapter that reads each artefact, in the menu's order; else another page."""
    pages = [read_page(path, project) for path in (*chapters(project), *project.pages())]
    return {name: page for page in reversed(pages) for name in page.artefacts}


def _title(page: Page) -> str:
    return str(page.front_matter.get("title") or page.path.stem)


def _way(page: Page, other: Page) -> str:
    """The address of another page as a link of this one has it."""
    return Path(os.path.relpath(other.path, page.path.parent)).as_posix()


def paper(page: Page) -> str:
    """A link to the course as one PDF; where this build has none, how to make it."""
    if name := os.environ.get("COURSE_PDF"):
        address = os.path.relpath(f"docs/{name}", Path(page.name).parent)
        return f'<a href="{address}" download>{Path(name).name}</a> is the whole course as one PDF.'
    return "`make pdf` makes one PDF of the whole course, `build/course.pdf`."


def citation(project: Project) -> str:
    """How to cite the course: a sentence, and an entry for BibTeX.

    Raises:
        PageError: ``CITATION.cff`` can't be read as what it should be.
    """
    try:
        work = yaml.safe_load(read_text(project.root / CITATION, CITATION))
        authors = " and ".join(str(author["name"]) for author in work["authors"])
        title, version = str(work["title"]), str(work["version"])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise PageError(f"authors, title or version can't be read: {error!r}", CITATION) from error
    address = site_url() or os.environ.get("REPO_URL", "")
    entry = [
        "```text",
        "@misc{llm-course,",
        f"  author = {{{{{authors}}}}},",
        f"  title  = {{{{{title}}}}},",
        f"  note   = {{Version {version}}},",
        *([f"  url    = {{{address}}},"] if address else []),
        "}",
        "```",
    ]
    link = f" <{address}>" if address else ""
    said = f"{escaped(authors)}. *{escaped(title)}*, version {escaped(version)}.{link}"
    return "\n".join([said, "", *entry])


def _command(words: str, remark: str = "") -> str:
    """A fence with the command, under a remark on it: beside it a narrow page would cut both."""
    lines = [*([remark.strip()] if remark else []), words]
    return "\n".join(['```text title="In a terminal"', *lines, "```"])
