"""The course as one PDF: whole, in order, with numbers and bookmarks that lead where they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
from pypdf import PdfReader
from pypdf.generic import Destination

from pagekit.build.book.pdf import contents
from pagekit.course.numbers import day_of
from pagekit.project import Project
from tests.site.pages import ROOT

PROJECT = Project(ROOT)


@pytest.fixture(scope="module")
def pdf(built_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by a process of its own: one has one browser."""
    target = tmp_path_factory.mktemp("book") / "course.pdf"
    command = [sys.executable, "-m", "pagekit.build.book.pdf", str(built_site), str(target)]
    environment = os.environ | {"PAGEKIT_ROOT": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def book(pdf: Path) -> PdfReader:
    return PdfReader(pdf)


@pytest.fixture(scope="module")
def texts(pdf: Path) -> list[str]:
    """The text of each page, by Chromium's own library: pypdf takes a minute for it."""
    document = pypdfium2.PdfDocument(pdf)
    found = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return found


def plain(text: str) -> str:
    """Without spaces, which are not to be told from gaps, and with the quotes that are typed."""
    return re.sub(r"\s", "", text).replace("’", "'")


def chapters_of(book: PdfReader) -> list[tuple[str, int, list[Destination]]]:
    """Of each page of the menu its bookmark, the number of its first page, and those below it."""
    outline = book.outline
    found = []
    for place, one in enumerate(outline):
        if isinstance(one, list):
            continue
        below = outline[place + 1] if place + 1 < len(outline) else []
        number = book.get_destination_page_number(one)
        assert number is not None
        sections = below if isinstance(below, list) else []
        found.append((str(one.title), number, [d for d in sections if isinstance(d, Destination)]))
    return found


def test_all_pages_of_the_menu_are_there_in_order(book: PdfReader, texts: list[str]) -> None:
    said = [title for title, _, _ in chapters_of(book)]
    entries = contents(PROJECT)
    wanted = [f"{entry.number or ''} {entry.title}".strip() for entry in entries]
    assert [plain(title) for title in said] == [plain(title) for title in wanted]
    begins = [number for _, number, _ in chapters_of(book)]
    assert begins == sorted(set(begins)), "each on a page of its own"
    for title, number, _ in chapters_of(book):
        assert plain(title) in plain(texts[number])


def test_bookmarks_lead_to_their_sections(book: PdfReader, texts: list[str]) -> None:
    wrong = []
    sections = [one for _, _, below in chapters_of(book) for one in below]
    assert len(sections) > 3 * len(contents(PROJECT))
    for one in sections:
        number = book.get_destination_page_number(one)
        assert number is not None
        if plain(str(one.title)) not in plain(texts[number]):
            wrong.append(f"{one.title}: {number + 1}")
    assert not wrong


def test_every_page_has_its_number_and_something_on_it(book: PdfReader, texts: list[str]) -> None:
    count = len(book.pages)
    for number, (page, text) in enumerate(zip(book.pages, texts, strict=True), 1):
        if number == 1:  # the title page
            continue
        assert f"{number} / {count}" in text
        drawn = page.get_contents()
        assert len(text) > 60 or (drawn and len(drawn.get_data()) > 5000), (
            f"page {number} is blank: {text!r}"
        )


def test_the_contents_say_where_each_page_begins(book: PdfReader, texts: list[str]) -> None:
    first = chapters_of(book)[0][1]
    listed = plain("".join(texts[1:first]))
    for title, number, _ in chapters_of(book):
        words = re.escape(plain(re.sub(r"^\d+ ", "", title)))
        assert re.search(rf"{words}\D*?{number + 1}(?!\d)|{number + 1}(?!\d).*{words}", listed), (
            title
        )


def test_links_between_pages_stay_in_the_book(book: PdfReader) -> None:
    targets, outside = 0, []
    for page in book.pages:
        for note in page.get("/Annots", []):
            link = note.get_object()
            uri = link.get("/A", {}).get("/URI", "")
            targets += "/Dest" in link
            if uri and (".invalid" in uri or not uri.startswith(("http", "mailto:"))):
                outside.append(uri)
    assert targets > 300 and not outside


def test_it_is_dated_as_what_it_was_made_of(book: PdfReader) -> None:
    day = day_of(PROJECT)
    made = book.metadata.creation_date if book.metadata else None
    assert made and day and made.date() == day
