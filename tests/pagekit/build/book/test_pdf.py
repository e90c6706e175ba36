"""The PDF of a site of two pages: bound in the order of the menu, every link and number in place.

That the whole course can be bound is seen in tests/site; this is quick.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from pagekit.build.book import pdf
from pagekit.errors import PageError
from pagekit.project import Project

NAV = """
site_description: To be tried.
copyright: Free.
nav:
  - index.md
  - Parts:
      - parts/one.md
      - parts/two.md
"""
SCRIPT = "addEventListener('DOMContentLoaded', () => document.querySelector('.md-logo').remove());"
PAGE = """<!doctype html><html lang="en"><head><title>{title}</title>
<script src="assets/gone.js"></script></head><body>
<a class="md-logo" hidden><svg viewBox="0 0 1 1"></svg></a><main class="md-content">
<article class="md-content__inner">
<h1 id="{name}">{title}<a class="headerlink" href="#{name}">¶</a></h1>
<p>Text of {name}, and <a href="{other}.html#more">elsewhere</a>.</p>
<details><summary>Folded</summary><p>Hidden {name}.</p></details>
<h2 id="more" style="break-before: page">More of {name}<a class="headerlink">¶</a></h2>
<p>The rest: <a href="../index.html">home</a>.</p></article></main></body></html>"""


@pytest.fixture
def parts(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a section of two chapters, and its site, as far as a book is made of it."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    monkeypatch.delenv("SITE_URL", raising=False)
    settings = project.root / "mkdocs.yml"
    settings.write_text(settings.read_text() + NAV)
    site = project.root / "site"
    (site / "parts").mkdir(parents=True)
    (project.docs / "parts").mkdir()
    shown = [("one", "The first", "two"), ("two", "The second", "one")]
    for name, title, other in shown:
        front = f"---\ntitle: {title}\nquestion: Why {name}?\n---\n"
        (project.docs / "parts" / f"{name}.md").write_text(f"{front}\n# {title}\n")
        page = PAGE.format(name=name, title=title, other=other)
        (site / "parts" / f"{name}.html").write_text(page)
    (site / "index.html").write_text(PAGE.format(name="home", title="Home", other="parts/one"))
    (site / "assets").mkdir()
    (site / "assets" / "gone.js").write_text(SCRIPT)
    return project


@pytest.fixture
def bind(parts: Project) -> Callable[[], Path]:
    """Binds the book, in a thread of its own, since others may have a browser in this one."""

    def bind() -> Path:
        target = parts.build / "course.pdf"
        with ThreadPoolExecutor(max_workers=1) as thread:
            thread.submit(pdf.bind, parts, parts.root / "site", target).result()
        return target

    return bind


def test_a_book_has_its_pages_in_order_and_says_where_they_are(bind: Callable[[], Path]) -> None:
    book = PdfReader(bind())
    texts = ["".join(page.extract_text().split()) for page in book.pages]
    assert len(texts) == 6, "the title, the contents, and two pages for each chapter"
    assert texts[0] == "FixtureTobetried.2January1970Free."
    assert "1Thefirst3Whyone?" in texts[1] and "2Thesecond5Whytwo?" in texts[1]
    assert "Textofone" in texts[2] and "Hiddenone" in texts[2] and "Moreoftwo" in texts[5]
    assert "¶" not in "".join(texts[:3])

    assert [isinstance(part, list) for part in book.outline] == [False, True, False, True]
    marks: list[Any] = [
        mark for part in book.outline for mark in (part if isinstance(part, list) else [part])
    ]
    assert [(mark.title, book.get_destination_page_number(mark)) for mark in marks] == [
        ("1 The first", 2),
        ("More of one", 3),
        ("2 The second", 4),
        ("More of two", 5),
    ]
    links = [note.get_object() for page in book.pages for note in page.get("/Annots", [])]
    assert len([link for link in links if "/Dest" in link]) >= 4
    assert not [link for link in links if "/URI" in link.get("/A", {})], "nothing leads outside"
    assert book.page_mode == "/UseOutlines"
    assert book.metadata is not None and book.metadata.title == "Fixture"
    assert str(book.metadata.creation_date)[:10] == "1970-01-02"


def test_a_page_that_is_not_built_is_told(parts: Project) -> None:
    (parts.root / "site" / "parts" / "two.html").unlink()
    with pytest.raises(PageError, match=r"^parts/two\.html is not in site/; build the site first"):
        pdf.bind(parts, parts.root / "site", parts.build / "course.pdf")


def test_a_menu_without_sections_makes_no_book(project: Project) -> None:
    with pytest.raises(PageError, match=r"^mkdocs\.yml: no section of the menu has a page"):
        pdf.bind(project, project.root / "site", project.build / "course.pdf")


def test_without_a_browser_the_reason_is_told(
    parts: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chrome")
    with pytest.raises(PageError, match="BROWSER_PATH=/nowhere/chrome does not start"):
        pdf.bind(parts, parts.root / "site", parts.build / "course.pdf")
