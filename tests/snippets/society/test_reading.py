"""Further reading: times by the rule that the page states, and a page that has all of the list."""

import re
from math import inf, nan
from pathlib import Path

import pytest

from pagekit.render.words.bibliography import read_bibliography
from snippets.foundations.facts import Entry, load_facts, read_facts
from snippets.society.reading import PAGES, PAUSES, fitting, hours_needed, spoken

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "further-reading.md"
WORKS = load_facts("reading")
LINKED = re.compile(r"^\| \[(.+?)\]\((https://\S+)\) \[@([\w-]+)\], (.+) \|$", re.MULTILINE)
ROWS = {match[1]: match for match in LINKED.finditer(PAGE.read_text("utf-8"))}
WORK = "A: {kind: paper, source: a2020, checked: 2026-11-27, %s}"


def work(facts: str) -> Entry:
    return read_facts(WORK % facts)["A"]


def test_the_page_has_every_work_once() -> None:
    assert list(ROWS) == list(WORKS), "in the order of the list"
    assert len(WORKS) <= 45, "more than a reader can choose from"


@pytest.mark.parametrize("entry", WORKS.values(), ids=lambda entry: entry.name)
def test_a_row_is_that_of_its_work(entry: Entry) -> None:
    row, key = ROWS[entry.name], entry.facts["purpose"].source
    assert row[3] == key
    assert row[2] == read_bibliography(ROOT)[key].link
    time, why, first = row[4].split(" | ")
    assert why == entry["purpose"] and time == f'`{{python}} time["{key}"]`'
    if entry.kind == "paper":
        chapter = ROOT / "docs" / entry["before"]
        assert chapter.is_file() and first.endswith(f"](../{entry['before']})")
        assert f"title: {first[1:].split(']')[0]}\n" in chapter.read_text("utf-8").replace('"', "")
    else:
        assert first == entry["before"]


@pytest.mark.parametrize("entry", WORKS.values(), ids=lambda entry: entry.name)
def test_every_work_says_what_a_reader_asks(entry: Entry) -> None:
    assert entry.kind in ("course", "book", "paper", "tool", "post")
    assert 20 <= len(entry["purpose"]) <= 160 and entry["purpose"].endswith((".", ")"))
    assert entry["before"]
    assert 0.1 < hours_needed(entry) < 300
    if "hours" in entry.facts:
        assert entry.facts["hours"].note, "who says so?"


def test_no_section_is_longer_than_one_can_choose_from() -> None:
    kinds = [entry.kind for entry in WORKS.values()]
    assert max(kinds.count(kind) for kind in set(kinds)) <= 15
    assert kinds == sorted(kinds, key=["course", "book", "paper", "tool", "post"].index)


def test_hours_follow_from_pages_and_videos() -> None:
    assert hours_needed(work("pages: {value: 16}")) == 16 / PAGES["paper"] == 2
    assert hours_needed(work("video: {value: 4}")) == 4 * PAUSES == 6
    assert hours_needed(work("hours: {value: 7}")) == 7
    assert hours_needed(work("pages: {value: 16}"), {"paper": 4}) == 4


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ("purpose: {value: x}", "A must have one of pages, video, hours"),
        ("pages: {value: 3}, hours: {value: 1}", "it has .*pages.*hours"),
        ("pages: {value: -3}", "pages=-3"),
        ("hours: {value: .nan}", "hours=nan"),
        ("hours: {undisclosed: true}", "undisclosed"),
        ("pages: {value: many}", "pages='many' is no number"),
    ],
)
def test_a_work_without_a_size_is_refused(facts: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hours_needed(work(facts))


def test_a_kind_without_a_pace_is_refused() -> None:
    with pytest.raises(ValueError, match="no pace for a paper, only for"):
        hours_needed(work("pages: {value: 3}"), {"book": 12})


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0, "5 min"), (0.25, "15 min"), (2 / 3, "40 min"), (1, "1 h"), (2.4, "2 h"), (19, "19 h"),
     (27.75, "30 h"), (274, "270 h")],
)  # fmt: skip
def test_times_have_the_digits_of_an_estimate(hours: float, said: str) -> None:
    assert spoken(hours) == said


@pytest.mark.parametrize("bad", [-1, nan, inf, None])
def test_nonsense_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="hours="):
        spoken(bad)
    with pytest.raises(ValueError, match="hours="):
        fitting(WORKS.values(), bad)


def test_what_fits_is_in_the_order_given_and_of_the_kind() -> None:
    papers = fitting(WORKS.values(), 2, "paper")
    assert papers and all(entry.kind == "paper" and hours_needed(entry) <= 2 for entry in papers)
    assert fitting(WORKS.values(), 1000) == list(WORKS.values())
    assert fitting(WORKS.values(), 0) == []


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0.04, "5 min"), (0.9, "55 min"), (0.94, "55 min"), (0.95, "1 h"), (19.6, "20 h"),
     (24, "20 h"), (20, "20 h")],
)  # fmt: skip
def test_where_minutes_become_hours_and_hours_tens(hours: float, said: str) -> None:
    assert spoken(hours) == said


def test_a_work_that_just_fits_fits() -> None:
    seven = work("hours: {value: 7}")
    assert fitting([seven], 7) == [seven] and fitting([seven], 6.9) == []
    assert fitting([seven], 7, "book") == []
