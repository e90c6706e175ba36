"""``python -m pagekit.build.site``: run what is stale, render, check, then replace ``site/``.

With ``--release`` it is to be published, and refuses to be without an address.
"""

import logging
import os
import re
import shutil
import sys
from pathlib import Path

from pagekit.build import release, search, stamp, wheel
from pagekit.build.assets import pictures, typefaces
from pagekit.build.book import pdf
from pagekit.build.complaints import complaints
from pagekit.errors import PageError
from pagekit.labs import notebooks
from pagekit.labs.source import labs, read_lab
from pagekit.project import Project, working_in
from pagekit.read.blocks import read_page
from pagekit.render import counting
from pagekit.render.tex import font
from pagekit.run.process.scratch import scratch, sweep
from pagekit.run.session import run_blocks

LABS, DIAGRAMS = "pagekit.labs.plugin", "pagekit.render.diagrams.ahead"


def build_site(project: Project, target: Path | None = None) -> bool:
    """Build the whole site, unless it lies there as it would be built.

    Args:
        project: what to build.
        target: the folder that is replaced once all went well; ``site/`` unless given.

    Returns:
        Whether anything was to do.

    Raises:
        PageError: something is wrong with a page; ``target`` is as it was.
    """
    target = target or project.root / "site"
    pictures.draw(project)
    typefaces.ship(project)
    plugins = () if labs_fresh(project) else (LABS,)
    run_blocks(project, stale_only=True, plugins=plugins, beside=(DIAGRAMS,))
    notebooks.run_labs(project)  # all have run: where its prose changed, one is put together again
    sweep("site", project.build)  # what killed builds left behind
    source = stamp.made_of(project)
    if stamp.holds(target, source, project):
        return False
    with scratch("site", project.build) as new:
        render(project, new)
        count_blocks(project, new)
        ship_font(project, new)
        search.index_site(new)
        wheel.ship(project, new)
        if name := os.environ.get("COURSE_PDF"):
            pdf.bind(project, new, new / name)
        _replace(target, new)
    stamp.write(target, source, project)
    return True


def labs_fresh(project: Project) -> bool:
    """Whether no lab is to be run; one that can't be read is, as its run says what is wrong."""
    try:
        return all(notebooks.fresh(read_lab(p, project), project) for p in labs(project))
    except PageError:
        return False


def render(project: Project, folder: Path, only: str | None = None) -> None:
    """Let MkDocs render the pages into a folder; its warnings are faults.

    With ``only``, the name of one page, the faults of all others are overlooked.
    """
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, MkDocsException

    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")  # no build differs by its day
    stopped: Exception | None = None
    with working_in(project.root), complaints(project) as faults:
        try:
            file = str(project.root / "mkdocs.yml")
            config = load_config(file, site_dir=str(folder), strict=only is None)
            release.announce(config, project)
            if only:  # a page may be tried before a menu leads to it
                config.validation.nav.omitted_files = logging.INFO
            build(config)
        except (Abort, MkDocsException) as error:
            stopped = error
        except OSError as error:
            raise PageError(
                f"cannot write {error.filename or folder}: {error.strerror}; make room and run the "
                "command again"
            ) from error
    if stopped and not faults:
        raise PageError(f"MkDocs: {stopped}", "mkdocs.yml") from stopped
    faults = [fault for fault in faults if only is None or fault.startswith(f"{only}:")]
    if faults:
        raise PageError("\n".join(faults))


def count_blocks(project: Project, folder: Path) -> int:
    """Check that every code block of the HTML ran; returns how many did."""
    ran = 0
    for path in project.pages():
        page = read_page(path, project)
        html = html_of(path, project, folder)
        if html is not None:
            ran += counting.check(page, html.read_text(encoding="utf-8")).ran
    return ran


def html_of(path: Path, project: Project, folder: Path) -> Path | None:
    """The HTML file that a page was rendered to; ``None`` if it is no page of the site."""
    name = path.relative_to(project.docs).with_suffix("")
    plain = folder / name.with_suffix(".html")
    nested = folder / name / "index.html"
    return next((p for p in (plain, nested) if p.is_file()), None)


def ship_font(project: Project, folder: Path) -> None:
    """Cut the font of the formulas to the glyphs that the pages use."""
    formulas = [
        formula
        for path in sorted(folder.rglob("*.html"))
        for formula in re.findall(r"<math.*?</math>", path.read_text(encoding="utf-8"), re.S)
    ]
    kept = project.generated / "stix-two-math.woff2"
    font.subset_font("".join(formulas), kept, stamp=project.build / "font.txt")
    target = folder / kept.relative_to(project.docs).parent
    target.mkdir(parents=True, exist_ok=True)
    for name in (kept.name, font.LICENCE):
        shutil.copy(project.generated / name, target / name)


def _replace(target: Path, new: Path) -> None:
    """Put the new folder in the place of the old one; if killed between, the next run mends it."""
    os.chmod(new, 0o755)
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    os.replace(new, target)
    shutil.rmtree(old, ignore_errors=True)


def main() -> int:
    """Build ``site/``; say what to open, or what is wrong. With ``--release``, to be published."""
    project = Project.here()
    try:
        if "--release" in sys.argv[1:]:
            release.check()
        built = build_site(project)
    except PageError as error:
        print(f"\n{error}\n\nThe site was not changed.", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a folder that can't be written to
        place = error.filename or project.build
        print(f"\n{place}: {error.strerror}\n\nThe site was not changed.", file=sys.stderr)
        return 1
    state = "\nThe site is ready" if built else "The site is up to date"
    print(f"{state}: open site/index.html in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
