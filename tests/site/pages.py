"""Which pages the site has, and where it lies; the tests of this folder are parametrised by it."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def named_site() -> Path | None:
    """The built site that $SITE_DIR names, to look at one that is already there."""
    named = os.environ.get("SITE_DIR")
    return Path(named).resolve() if named else None


def site_pages() -> list[str]:
    """Each page's address within the site: ``""`` is the start, ``"transformer/attention.html"`` …

    Read from the sources, as the site isn't built yet when tests are collected; of a site that
    $SITE_DIR names, from what lies there.
    """
    if site := named_site():
        return built_pages(site)
    docs = ROOT / "docs"
    sources = [*docs.rglob("*.md"), *(docs / "labs").glob("*.py")]
    return sorted(address(path.relative_to(docs)) for path in sources)


def built_pages(site: Path) -> list[str]:
    pages = (path for path in site.rglob("*.html") if path.name != "404.html")
    return sorted(address(path.relative_to(site)) for path in pages)


def address(path: Path) -> str:
    return "" if path.with_suffix("") == Path("index") else path.with_suffix(".html").as_posix()


def name_of(address: str) -> str:
    """What the tests of a page are called by: ``index``, ``transformer/attention`` …"""
    return address.removesuffix(".html") or "index"


def build_site() -> None:
    """Builds ``site/`` as `make site` does; the recorded runs of the pages make this quick."""
    command = [sys.executable, "-m", "pagekit.build.site"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the site does not build:\n{done.stdout}{done.stderr}")


def mount_point(site: Path) -> str:
    """The folder part of site_url (``/course/``), under which absolute links expect the site."""
    found = re.search(
        r'rel="canonical" href="https?://[^/"]+(/[^"]*)"',
        (site / "index.html").read_text(encoding="utf-8"),
    )
    return found[1] if found else "/"
