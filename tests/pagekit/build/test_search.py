"""The index that Pagefind makes: of the text alone, the same from the same pages, and lean."""

import gzip
import re
from pathlib import Path

import pytest

from pagekit.build import search
from pagekit.errors import PageError

PAGE = """<!doctype html><html lang="en"><head><title>{name}</title></head><body>
<nav>navigationword</nav>
<article data-pagefind-body><h1 id="top">{name}<a class="headerlink">¶</a></h1><p>{text}</p>
<div class="pk-output"><pre>outputword</pre></div></article></body></html>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, text in {"one": "A causal mask.", "two": "Rotary positions."}.items():
        (tmp_path / f"{name}.html").write_text(PAGE.format(name=name, text=text))
    (tmp_path / "404.html").write_text("<html><body>lostword</body></html>")
    return tmp_path


def files(site: Path) -> dict[str, bytes]:
    folder = site / search.FOLDER
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_pages_give_the_same_index(site: Path) -> None:
    search.index_site(site)
    before = files(site)
    search.index_site(site)
    assert files(site) == before


def test_another_text_gives_another_index_and_nothing_of_the_old_stays(site: Path) -> None:
    search.index_site(site)
    before = {name for name in files(site) if name.startswith("fragment/")}
    (site / "one.html").write_text(PAGE.format(name="one", text="Padding."))
    search.index_site(site)
    after = {name for name in files(site) if name.startswith("fragment/")}
    assert len(before) == len(after) == 2
    assert len(before & after) == 1


def test_reads_pages_and_of_these_the_text(site: Path) -> None:
    search.index_site(site)
    text = " ".join(words_of(site))
    assert "causal mask" in text and "Rotary" in text
    for stranger in ("navigationword", "outputword", "lostword", "¶"):
        assert stranger not in text


def words_of(site: Path) -> list[str]:
    """The text of each indexed page, as it comes to the browser."""
    return [
        gzip.decompress(content).decode("utf-8", "replace")
        for name, content in files(site).items()
        if name.startswith("fragment/")
    ]


def test_ships_only_what_the_sites_own_dialog_needs(site: Path) -> None:
    worker = site / "assets/javascripts/workers/search.js"
    worker.parent.mkdir(parents=True)
    worker.touch()
    search.index_site(site)
    names = files(site)
    assert "pagefind.js" in names
    assert not [name for name in names if "ui" in name or "highlight" in name]
    assert not worker.exists()


def test_a_site_without_pages_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(PageError, match="no search index") as caught:
        search.index_site(tmp_path)
    assert not re.search(r"""b['"]""", str(caught.value)), "what Pagefind said is text"
