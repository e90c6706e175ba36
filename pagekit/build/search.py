"""The search index, made by Pagefind from the rendered pages; a browser loads it in small parts.

What is indexed: the prose, headings and code of what `data-pagefind-body` marks. Listings count
for less than sentences (`data-pagefind-weight`), so that a word leads to where it is explained
before it leads to where it is used. What blocks printed and drew is left out: numbers and labels.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from pagekit.errors import PageError

FOLDER = "pagefind"
NOT_INDEXED = (
    ".filename",
    ".headerlink",
    ".md-content__button",
    ".pk-chapters",
    ".pk-continues",
    ".pk-letters",
    ".pk-math",
    ".pk-not-run",
    ".pk-output",
    ".pk-recorded",
    ".pk-terms",
    ".pk-used",
    "svg",
)
# The interfaces that Pagefind brings along; the site has its own (overrides/partials/search.html).
_INTERFACES = ("pagefind-*ui.*", "pagefind-highlight.js")
# What the theme would search with.
_THEMES_OWN = ("assets/javascripts/lunr", "assets/javascripts/workers")


def index_site(folder: Path) -> None:
    """Index the pages of a built site into ``folder/pagefind``.

    Raises:
        PageError: Pagefind finds no page, or fails; with what it said.
    """
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    command = [sys.executable, "-m", "pagefind", "--site", str(folder), "--output-subdir", FOLDER]
    command += ["--exclude-selectors", ", ".join(NOT_INDEXED), "--keep-index-url", "--quiet"]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode or not (folder / FOLDER / "pagefind.js").is_file():
        raise PageError(f"Pagefind made no search index: {done.stdout.strip()}")
    for pattern in _INTERFACES:
        for path in (folder / FOLDER).glob(pattern):
            path.unlink()
    for name in _THEMES_OWN:
        shutil.rmtree(folder / name, ignore_errors=True)
