"""``python -m pagekit.build.book.pdf [SITE [PDF]]``: the built site as one PDF.

Without names: of ``site/``, to ``build/course.pdf``. A release has it among its files.

A browser lays out all pages of the menu one after another, as it would print each of them
(``docs/assets/css/print.css``). Only then are the numbers known that stand in the table of contents
(Chromium has no ``target-counter``): with them it prints the first sheets once more, and no others.
"""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pagekit.course.catalogue import Entry, entry_at
from pagekit.course.numbers import day_of
from pagekit.errors import PageError
from pagekit.project import Project, write_whole
from pagekit.read.settings.menu import menu, plain_settings
from pagekit.read.settings.package import package_of, site_url

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

HOST = "http://book.invalid/"  # nothing is asked of anybody: files answer
PATIENCE = 600_000  # milliseconds; hundreds of pages take about one minute
HERE = Path(__file__).parent

_NUMBERS = """(pages) => document.querySelectorAll(".pk-contents a").forEach((link) => {
  link.querySelector(".pk-at").textContent = pages[link.hash.slice(1)] ?? "";
})"""


def bind(project: Project, site: Path, target: Path) -> None:
    """Write the PDF of a built site.

    Args:
        project: whose menu says what is in it, and in which order.
        site: the folder of the built site.
        target: the file.

    Raises:
        PageError: there is no browser, or a page of the menu is not in the site.
    """
    from pypdf import PdfReader

    pages = [_described(entry) for entry in contents(project)]
    if not pages:
        raise PageError("no section of the menu has a page", "mkdocs.yml")
    for one in pages:
        if not (site / one["file"]).is_file():
            raise PageError(f"{one['file']} is not in {site.name}/; build the site first")
    with _opened(site) as page:
        page.goto(HOST)
        page.add_style_tag(content=(HERE / "book.css").read_text(encoding="utf-8"))
        book = {"pages": pages, "cover": _cover(project), "site": site_url()}
        outline = page.evaluate((HERE / "bind.js").read_text(encoding="utf-8"), book)
        printed = _printed(page)
        numbers, count = places(printed), len(PdfReader(io.BytesIO(printed)).pages)
        page.evaluate(_NUMBERS, numbers)
        # The first sheets alone, laid out as before, for a number has its room before it is known.
        alone = ".pk-page { display: none !important } @page { @bottom-right { content: COUNT } }"
        page.add_style_tag(content=alone.replace("COUNT", f'counter(page) " / {count}"'))
        front = _printed(page)
    write_whole(target, _finished(printed, front, numbers, outline, project))


def contents(project: Project) -> list[Entry]:
    """The pages of the book: those in the sections of the menu."""
    return [entry_at(address, section, project) for section, address in menu(project) if section]


def places(pdf: bytes) -> dict[str, int]:
    """On which page each link within the book leads, by its name; the first page is 1."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(pdf))
    found = {
        name.removeprefix("/"): reader.get_destination_page_number(place)
        for name, place in reader.named_destinations.items()
    }
    return {name: number + 1 for name, number in found.items() if number is not None}


def _described(entry: Entry) -> dict[str, Any]:
    file = str(Path(entry.address).with_suffix(".html").as_posix())
    return {
        "file": file,
        "name": re.sub(r"\W+", "-", file.removesuffix(".html")),
        "number": entry.number,
        "title": entry.title,
        "question": entry.question,
    }


def _cover(project: Project) -> dict[str, Any]:
    """What stands on the title page."""
    settings, package, day = plain_settings(project), package_of(project), day_of(project)
    version = f"Version {package.version}" if package else ""
    dated = f"{day.day} {day:%B %Y}" if day else ""
    lines = [
        str(settings.get("site_description", "")).strip(),
        " · ".join(filter(None, (version, dated, site_url()))),
        str(settings.get("copyright", "")),
    ]
    return {"title": str(settings["site_name"]), "lines": [line for line in lines if line]}


@contextmanager
def _opened(site: Path) -> Iterator["Page"]:
    """An empty page of a browser for which the files of the site are all that there is."""
    from playwright.sync_api import sync_playwright

    from pagekit.build.browser import NoBrowserError, find_or_install_browser

    def answer(route: "Route") -> None:
        path = site / unquote(urlsplit(route.request.url).path).lstrip("/")
        path = path / "index.html" if path.is_dir() else path
        # Without its scripts a page is whole, and nothing in it waits to be unfolded.
        if route.request.url.startswith(HOST) and path.is_file() and path.suffix != ".js":
            route.fulfill(path=path)
        else:
            route.abort()

    try:
        path = find_or_install_browser()
    except NoBrowserError as error:
        raise PageError(str(error)) from error
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        page = browser.new_page(color_scheme="light")
        page.set_default_timeout(PATIENCE)
        page.route("**/*", answer)
        page.emulate_media(media="print")
        yield page
        browser.close()


def _printed(page: "Page") -> bytes:
    return page.pdf(format="A4", prefer_css_page_size=True, print_background=True)


def _finished(
    pdf: bytes,
    front: bytes,
    numbers: dict[str, int],
    outline: list[dict[str, Any]],
    project: Project,
) -> bytes:
    """With the first sheets of `front`, but the links that they had; with bookmarks, and a date.

    Chromium would read bookmarks off headings that it has laid out twice. The day is its sources'.
    """
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import NameObject

    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    for sheet, numbered in zip(writer.pages, PdfReader(io.BytesIO(front)).pages, strict=False):
        sheet.replace_contents(None)
        for part in map(NameObject, ("/Contents", "/Resources")):
            sheet[part] = numbered.raw_get(part).clone(writer)
    for page in outline:
        place = numbers[page["name"]] - 1
        above = writer.add_outline_item(title=page["title"], page_number=place)
        for one in page["sections"]:
            if one["name"] in numbers:
                place = numbers[one["name"]] - 1
                writer.add_outline_item(title=one["title"], page_number=place, parent=above)
    writer.page_mode = "/UseOutlines"
    day = day_of(project)
    dated = f"D:{day:%Y%m%d}000000Z" if day else "D:20000101000000Z"
    title = str(plain_settings(project)["site_name"])
    writer.add_metadata(
        {"/Title": title, "/Creator": "", "/CreationDate": dated, "/ModDate": dated}
    )
    bound = io.BytesIO()
    writer.write(bound)
    return bound.getvalue()


def main(arguments: list[str]) -> int:
    """Make the PDF of a site that is built."""
    project = Project.here()
    places = [project.root / "site", project.build / "course.pdf"]
    site, target = [*map(Path, arguments), *places[len(arguments) :]]
    try:
        bind(project, site, target)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The course as one PDF, {target.stat().st_size / 1e6:.1f} MB: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
