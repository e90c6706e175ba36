"""What the HTML of a page holds: all of it, resolved, run, and there with scripts off."""

import re
from collections.abc import Callable
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

from playwright.sync_api import Page

from tests.site.conftest import WORDS, listed
from tests.site.pages import built_pages, site_pages
from tests.site.server import SiteServer

Facts = Callable[[str], dict[str, Any]]

RUNNABLE = {"python", "py", "python3", "pycon", "bash", "sh", "shell", "console", "zsh"}


def test_every_source_has_its_page(built_site: Path) -> None:
    assert built_pages(built_site) == site_pages()


def test_every_page_is_in_the_navigation(server: SiteServer, facts: Facts) -> None:
    linked = {urldefrag(link).url for link in facts("")["nav"]}
    lost = [page for page in site_pages() if server.url + page not in linked]
    assert not lost, listed(lost, "in no navigation:")


def test_has_a_title_of_its_own(built_site: Path) -> None:
    """Read from the files: to open every page in one browser takes a minute."""
    pages = [(built_site / (page or "index.html")).read_text("utf-8") for page in site_pages()]
    titles = [page.partition("<title>")[2].partition("</title>")[0] for page in pages]
    assert all(titles) and len(set(titles)) == len(titles), titles


def test_all_is_there_without_scripts(
    address: str, facts: Facts, open_page: Callable[..., Page]
) -> None:
    without = facts(address)
    assert not without["hidden"], listed(without["hidden"], "not shown without scripts:")
    with_scripts = open_page(address).evaluate(WORDS)
    gained = set(with_scripts.split()) - set(without["text"].split())
    assert not gained, f"only shown with scripts: {sorted(gained)}"


def test_code_ran_or_says_why_not(address: str, facts: Facts) -> None:
    """The reader's side of counting: a fence that slipped past the runner stands out here."""
    code = facts(address)["code"]
    unnamed = [block for block in code if block["language"] is None]
    assert not unnamed, listed(unnamed, "code blocks without a language:")
    runnable = [block for block in code if block["language"].lower() in RUNNABLE]
    wrong = [block for block in runnable if not block["ran"] and not block["reason"]]
    assert not wrong, listed(wrong, "neither run, nor a reason given:")


def test_no_id_twice(address: str, facts: Facts) -> None:
    assert not facts(address)["twice"], listed(facts(address)["twice"], "ids used twice:")


def test_images_show(address: str, facts: Facts, server: SiteServer) -> None:
    images = [image for image in facts(address)["images"] if image.startswith(server.url)]
    lost = [image for image in images if not server.file(unquote(path_of(image, server))).is_file()]
    broken = lost + facts(address)["broken"]
    assert not broken, listed(broken, "images that do not show:")


def test_links_lead_somewhere(address: str, facts: Facts, server: SiteServer) -> None:
    dead = [
        written
        for link, written in zip(facts(address)["links"], facts(address)["written"], strict=True)
        if not leads_somewhere(link, server)
    ]
    assert not dead, listed(dead, "dead links:")


def leads_somewhere(link: str, server: SiteServer) -> bool:
    """Whether a link within the site has a target; one that leaves it is not looked at."""
    if not link.startswith(server.url.removesuffix(server.mount) + "/"):
        return True
    url, fragment = urldefrag(link)
    if not url.startswith(server.url):
        return False  # on this host, and yet above the site's own folder
    inside = unquote(url).split("?")[0].removeprefix(server.url)
    if not server.file(server.mount + inside).is_file():
        return False
    if not fragment or not (inside == "" or inside.endswith(".html")):
        return True
    return unquote(fragment) in {*anchors(server.file(server.mount + inside)), "top"}


@cache
def anchors(page: Path) -> set[str]:
    """What links may lead to within a page, from its file: a browser takes a second for it."""
    found = re.findall(r'\sid="([^"]*)"|<a\s[^<>]*?\bname="([^"]*)"', page.read_text("utf-8"))
    return {unescape(one or other) for one, other in found}


def path_of(url: str, server: SiteServer) -> str:
    return server.mount + url.removeprefix(server.url)
