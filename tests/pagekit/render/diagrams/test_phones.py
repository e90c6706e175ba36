"""A diagram on a phone: from top to bottom, narrow enough, and the same in what it says."""

import re
from pathlib import Path

import pytest

from pagekit.render.diagrams import drawing
from pagekit.render.diagrams.drawing import drawn, drawn_for_phone, is_drawn, render
from pagekit.render.diagrams.phones import PHONE_CONFIG, WIDEST, forms, size

HEAD = "    accTitle: T\n    accDescr: D\n"
CHAIN = f"flowchart LR\n{HEAD}" + "".join(
    f"    N{n}[A step] --> N{n + 1}[A step]\n" for n in range(7)
)
PARTS = f"flowchart TB\n{HEAD}" + "".join(
    f"    subgraph S{n}[Part {n}]\n        direction LR\n"
    + "".join(f"        a{n}{k}[Query] --> b{n}[Key]\n" for k in range(3))
    + "    end\n"
    for n in range(3)
)
ACTORS = f"sequenceDiagram\n{HEAD}" + "".join(
    f"    participant {name} as Rank {name}\n" for name in "ABC"
)  # fmt: skip
ACTORS += "    A->>B: a first message\n    B->>C: a second message\n    C->>A: a third message\n"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("diagrams")


def words(svg: str) -> list[str]:
    return sorted(re.findall(r"\w+", " ".join(re.findall(r">([^<>]+)</t", svg))))


@pytest.mark.parametrize("source", [CHAIN, PARTS, ACTORS], ids=["chain", "parts", "actors"])
def test_it_is_narrow_and_says_the_same(cache: Path, source: str) -> None:
    wide, phone = drawn(source, cache), drawn_for_phone(source, cache)
    assert size(phone)[0] <= WIDEST < size(wide)[0]
    assert size(phone)[1] > 0
    assert words(phone) == words(wide) != []


def test_a_page_shows_one_of_two(cache: Path) -> None:
    html = render(CHAIN, cache)
    wide, phone = html.split('<div class="pk-for-phone">')
    assert '<div class="pk-for-wide"><svg' in wide and phone.startswith("<svg")
    ids = [re.findall(r'\sid="([^"]*)"', part) for part in (wide, phone)]
    assert ids[0] and not set(ids[0]) & set(ids[1])
    assert "pk-scroll" not in html
    assert "pk-for-phone" not in render(CHAIN, cache, phones=False)


def test_one_that_is_narrow_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = '<svg viewBox="0 0 440 20"/>'
    monkeypatch.setattr(drawing, "_draw", lambda source: narrow)
    assert not is_drawn(CHAIN, tmp_path)
    assert drawn_for_phone(CHAIN, tmp_path) == ""
    assert is_drawn(CHAIN, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_forms_are_tried_until_one_is_narrow_enough_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def draw(source: str, *_: object) -> str:
        asked.append(source)
        return f'<svg viewBox="0 0 {[1000, 900, 300][min(len(asked), 3) - 1]} 20"/>'

    monkeypatch.setattr(drawing, "_draw", draw)
    assert not is_drawn(PARTS, tmp_path)
    assert size(drawn_for_phone(PARTS, tmp_path))[0] == 300
    assert asked == [PARTS, *forms(PARTS)]
    assert is_drawn(PARTS, tmp_path)
    assert drawn_for_phone(PARTS, tmp_path) and len(asked) == 3


def test_where_none_is_narrow_enough_the_wide_one_scrolls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 20"/>'
    monkeypatch.setattr(drawing, "_draw", lambda *_: wide)
    html = render(CHAIN, tmp_path)
    assert "pk-scroll" in html and "pk-for-phone" not in html
    assert is_drawn(CHAIN, tmp_path)


def test_a_flowchart_runs_down_and_its_parts_side_by_side_or_not() -> None:
    assert list(forms("flowchart LR\n A --> B")) == ["flowchart TB\n A --> B"]
    assert list(forms("graph RL\n A")) == ["graph TB\n A"]
    inner = "flowchart TB\n subgraph a\n  direction LR\n end"
    down = inner.replace("direction LR", "direction TB")
    assert list(forms(inner)) == [down, down.replace("flowchart TB", "flowchart LR")]
    assert list(forms("gantt\n a")) == ["gantt\n a"]


def test_sizes_are_read() -> None:
    assert size('<svg viewBox="-8 -8 100.5 20">') == (100.5, 20.0)
    assert size("<svg/>") == (0.0, 0.0)


@pytest.mark.parametrize(("width", "drawings"), [(WIDEST, 1), (WIDEST + 0.5, 2)])
def test_as_wide_as_a_phone_allows_is_narrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: float, drawings: int
) -> None:
    monkeypatch.setattr(drawing, "_draw", lambda *_: f'<svg viewBox="0 0 {width} 20"/>')
    assert not is_drawn(CHAIN, tmp_path)
    drawn(CHAIN, tmp_path)
    assert is_drawn(CHAIN, tmp_path) is (drawings == 1)
    assert drawn_for_phone(CHAIN, tmp_path) == ""
    assert is_drawn(CHAIN, tmp_path) and len(list(tmp_path.iterdir())) == drawings


def test_a_form_that_just_fits_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    widths = iter([900.0, WIDEST, 100.0])
    monkeypatch.setattr(drawing, "_draw", lambda *_: f'<svg viewBox="0 0 {next(widths)} 20"/>')
    assert size(drawn_for_phone(PARTS, tmp_path)) == (WIDEST, 20)


def test_a_form_for_phones_is_drawn_with_settings_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple] = []

    def draw(*given: object) -> str:
        asked.append(given)
        return f'<svg viewBox="0 0 {900 if len(asked) == 1 else 300} 20"/>'

    monkeypatch.setattr(drawing, "_draw", draw)
    assert size(drawn_for_phone(CHAIN, tmp_path))[0] == 300
    assert asked == [(CHAIN,), (next(forms(CHAIN)), PHONE_CONFIG)]
    assert drawing.kept(CHAIN, tmp_path) != drawing.kept(CHAIN, tmp_path, phone=True)
