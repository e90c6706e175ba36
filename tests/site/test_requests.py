"""What a page asks for: nothing from elsewhere, nothing missing, and little."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.site.conftest import listed
from tests.site.server import Fence, SiteServer, running
from tests.site.visits import Visit, first_visit

# Bytes over the wire, under gzip. Fonts count apart: they are the same for the whole site.
FIRST_VIEW = 150_000
SCRIPTS = 40_000
FONTS = 70_000
# What search loads, and no page before a search.
SEARCH = ("search-dialog.js", "/pagefind/")


def test_asks_no_other_origin(address: str, visit: Callable[[str], Visit]) -> None:
    assert not visit(address).foreign, listed(visit(address).foreign, "foreign requests:")


def test_finds_all_it_asks_for(address: str, visit: Callable[[str], Visit]) -> None:
    assert not visit(address).missing, listed(visit(address).missing, "not found:")


def test_console_is_silent(
    address: str,
    visit: Callable[[str], Visit],
    open_page: Callable[..., Page],
    heard: dict[str, list[str]],
) -> None:
    open_page(address)
    said = visit(address).complaints + heard["light desktop"]
    assert not said, listed(said, "the console says:")


def test_first_view_is_light(
    address: str, visit: Callable[[str], Visit], server: SiteServer
) -> None:
    sizes = {path: server.wire_size(path) for path in set(visit(address).asked)}
    fonts = {path: size for path, size in sizes.items() if path.endswith(".woff2")}
    view = {path: size for path, size in sizes.items() if path not in fonts}
    scripts = {path: size for path, size in view.items() if ".js" in path or ".mjs" in path}
    assert scripts, "the theme has some"
    assert sum(view.values()) <= FIRST_VIEW, listed(heaviest(view), "the first view:")
    assert sum(scripts.values()) <= SCRIPTS, listed(heaviest(scripts), "scripts:")
    assert sum(fonts.values()) <= FONTS, listed(heaviest(fonts), "fonts:")


def test_loads_nothing_of_search(address: str, visit: Callable[[str], Visit]) -> None:
    early = [path for path in visit(address).asked if any(part in path for part in SEARCH)]
    early += [path for path in visit(address).asked if "/search/" in path or "worker" in path]
    assert not early, listed(early, "loaded before a search:")


def heaviest(sizes: dict[str, int]) -> list[str]:
    ordered = sorted(sizes.items(), key=lambda entry: -entry[1])
    return [f"{size:>9,} {path}" for path, size in [*ordered, ("in all", sum(sizes.values()))]]


def test_the_gates_would_see_it(browser: Browser, fence: Fence, tmp_path: Path) -> None:
    """A page with every fault that the tests above look for, to know that they look."""
    (tmp_path / "faulty.html").write_text(
        '<script src="https://example.com/far.js"></script><img src="nowhere.png">'
        "<script>new Worker('worker-far.js'); console.error('oh')</script>",
        encoding="utf-8",
    )
    worker = tmp_path / "worker-far.js"
    worker.write_text("fetch('http://example.com/from-a-worker')", encoding="utf-8")
    with running(SiteServer(tmp_path, "/")) as server:
        seen = first_visit(browser, server, fence, "faulty.html")
    assert any("example.com:443" in request for request in seen.foreign)
    assert any("from-a-worker" in request for request in seen.foreign)
    assert any("nowhere.png" in path for path in seen.missing)
    assert any("worker-far.js" in path for path in seen.asked)
    assert "oh" in seen.complaints
