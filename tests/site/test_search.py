"""Searching the built site by keyboard alone, under a sub-path, and where it can't be done."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.site.axe import told, violations
from tests.site.conftest import DESKTOP, PHONE
from tests.site.server import SiteServer, running
from tests.site.test_requests import SEARCH

START = "transformer/attention.html"


@pytest.fixture(scope="module")
def deep_server(built_site: Path) -> Iterator[SiteServer]:
    """The site in a folder of its host's, as a project's pages often lie."""
    with running(SiteServer(built_site, "/a/course/")) as server:
        yield server


@pytest.fixture
def reader(context: Callable[..., BrowserContext], deep_server: SiteServer) -> Iterator[Page]:
    page = context().new_page()
    page.goto(deep_server.url + START)
    yield page
    page.close()


def search(page: Page, words: str) -> None:
    """Opens the dialog by key, types, and waits for what comes of it."""
    page.keyboard.press("/")
    page.keyboard.insert_text(words)
    expect(page.locator(".pk-search__status")).to_contain_text("ound", timeout=30_000)


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent || document.activeElement.value")
    return text


@pytest.mark.parametrize("key", ["/", "Control+k", "Meta+k"])
def test_opens_by_key_and_closes_again(reader: Page, key: str) -> None:
    button = reader.get_by_role("button", name="Search", exact=True)
    button.focus()
    reader.keyboard.press(key)
    expect(reader.get_by_role("textbox", name="Search the course")).to_be_focused()
    reader.keyboard.press("Escape")
    expect(reader.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


@pytest.mark.parametrize("way", ["button", "beside"])
def test_opens_and_closes_by_pointer(reader: Page, way: str) -> None:
    reader.get_by_role("button", name="Search", exact=True).click()
    expect(reader.get_by_role("dialog", name="Search")).to_be_visible()
    if way == "button":
        reader.get_by_role("button", name="Close").click()
    else:
        reader.mouse.click(5, 880)
    expect(reader.get_by_role("dialog")).to_have_count(0)


def test_a_slash_can_be_typed(reader: Page) -> None:
    reader.keyboard.press("/")
    reader.keyboard.type("a/b")
    expect(reader.get_by_role("textbox", name="Search the course")).to_have_value("a/b")


def test_arrows_choose_and_enter_goes_there(reader: Page, deep_server: SiteServer) -> None:
    search(reader, "rotary")
    first, second = (reader.locator(".pk-search__results a").nth(n) for n in range(2))
    reader.keyboard.press("ArrowUp")
    expect(reader.get_by_role("textbox", name="Search the course")).to_be_focused()
    for key, link in [("ArrowDown", first), ("ArrowDown", second), ("ArrowUp", first)]:
        reader.keyboard.press(key)
        expect(link).to_be_focused()
    reader.keyboard.press("ArrowDown")
    address = (second.get_attribute("href") or "").replace("highlight=rotary", "").replace("?", "")
    assert address.startswith(deep_server.url) and "#" in address, "a section, under the sub-path"
    reader.keyboard.press("Enter")
    reader.wait_for_url(address)
    assert not reader.get_by_role("dialog").count()
    reader.wait_for_function("CSS.highlights.get('pk-sought')?.size > 0")


def test_enter_takes_the_first_result(reader: Page) -> None:
    search(reader, "sinusoidal")
    reader.keyboard.press("Enter")
    reader.wait_for_url("**/transformer/positions.html*")


def test_a_result_on_the_same_page_closes_the_dialog(reader: Page) -> None:
    search(reader, "scaled_dot_product_attention")
    reader.locator(f".pk-search__results a[href*='{START}']").first.click()
    expect(reader.get_by_role("dialog")).to_have_count(0)


def test_shows_where_the_words_stand(reader: Page) -> None:
    """Title of the section and of the page, and an excerpt with the words marked."""
    search(reader, "causal mask")
    result = reader.locator(".pk-search__results li").filter(has_text="may look").first
    expect(result.locator(".pk-search__title")).to_have_text("Masks: who may look")
    expect(result.locator(".pk-search__page")).to_have_text("Attention")
    marks = {mark.strip(".,:;()").lower() for mark in result.locator("mark").all_inner_texts()}
    assert marks & {"mask", "masks", "causal"}
    assert "¶" not in reader.locator(".pk-search__results").inner_text()


def test_finds_names_in_code(reader: Page) -> None:
    search(reader, "causal_mask")
    assert reader.locator(".pk-search__results mark", has_text="causal_mask").count()


def test_lists_more_pages_when_asked(reader: Page) -> None:
    search(reader, "attention")
    links = reader.locator(".pk-search__results a")
    before = links.count()
    reader.get_by_role("button", name="More results").click()
    expect(links.nth(before)).to_be_focused()


@pytest.mark.parametrize("words", ["zzxxqq", "attention zzxxqq"])
def test_says_when_there_is_nothing(reader: Page, words: str) -> None:
    search(reader, words)
    expect(reader.locator(".pk-search__status")).to_have_text(f"Nothing found for “{words}”.")
    assert not reader.locator(".pk-search__results li").count()


def test_a_text_is_shown_as_text(reader: Page) -> None:
    """Code on the pages has angle brackets: none of it becomes an element."""
    search(reader, "tensor")
    allowed = "li, a, span, mark"
    strangers = f".pk-search__results *:not({allowed})"
    assert not reader.locator(strangers).count()


def test_a_search_is_seen_by_the_server(browser: Browser, deep_server: SiteServer) -> None:
    """What test_requests.py says no page loads, a search loads: from the site's own folder."""
    with browser.new_context() as context:  # with nothing in its cache
        page = context.new_page()
        page.goto(deep_server.url + START)
        deep_server.forget()
        search(page, "rotary")
    for part in SEARCH:
        assert any(part in path for path in deep_server.asked), part
    assert not deep_server.missing


@pytest.mark.parametrize(("scheme", "phone"), [("light", False), ("dark", True)])
def test_axe_finds_nothing_in_the_dialog(
    context: Callable[..., BrowserContext], deep_server: SiteServer, scheme: str, phone: bool
) -> None:
    page = context(phone=phone, color_scheme=scheme).new_page()
    page.goto(deep_server.url + START)
    search(page, "rotary")
    page.keyboard.press("ArrowDown")
    found = violations(page, within=".pk-search")
    width = page.locator(".pk-search").evaluate("one => one.scrollWidth")
    page.close()
    assert not found, told(found)
    assert width <= (PHONE if phone else DESKTOP)["width"]


def test_without_scripts_its_place_says_so(
    context: Callable[..., BrowserContext], deep_server: SiteServer
) -> None:
    page = context(java_script_enabled=False).new_page()
    page.goto(deep_server.url + START)
    expect(page.locator(".pk-find__off")).to_be_visible()
    expect(page.locator(".pk-find__off")).to_have_text("Search needs JavaScript.")
    expect(page.get_by_role("button", name="Search")).to_have_count(0)
    page.close()


def test_from_a_folder_it_says_that_it_needs_a_server(
    context: Callable[..., BrowserContext], built_site: Path
) -> None:
    page = context().new_page()
    page.goto((built_site / START).as_uri())
    page.keyboard.press("/")
    expect(page.locator(".pk-search__status")).to_contain_text("needs a web server")
    page.close()


def test_without_an_index_it_says_what_makes_one(reader: Page) -> None:
    """As in the live preview."""
    reader.route("**/pagefind/**", lambda route: route.fulfill(status=404))
    reader.keyboard.press("/")
    expect(reader.locator(".pk-search__status")).to_contain_text("make site")
