"""Facts: each has a source and a day, and what is undisclosed can't be plotted."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from pagekit.project import Project
from pagekit.read.settings.strict_yaml import StrictLoader
from pagekit.render.words.bibliography import read_bibliography
from pagekit.render.words.citations import keys_in
from snippets.foundations.facts import Entry, facts_folder, load_facts, read_facts

ROOT = Path(__file__).parents[3]
OWN = {"homework"}  # the course's own numbers, published nowhere else
FILES = sorted({path.stem for path in (ROOT / "docs" / "data").glob("*.yml")} - OWN)
WORKS = read_bibliography(ROOT)
ENTRIES = [entry for name in FILES for entry in load_facts(name).values()]
GOOD = "A: {kind: dense, source: a2020, checked: 2026-11-26, size: {value: 3, at: table 1}}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_fact_has_a_source_that_the_bibliography_knows(entry: Entry) -> None:
    assert entry.facts
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    for fact in entry.facts.values():
        assert fact.source in WORKS, fact
        assert fact.checked <= tomorrow, fact


@pytest.mark.parametrize(
    "entry", [e for e in ENTRIES if "introduced" in e.facts], ids=lambda entry: entry.name
)
def test_a_date_is_that_of_its_source(entry: Entry) -> None:
    """The month that is in an arXiv number; else the year of the work."""
    work, date = WORKS[entry.facts["introduced"].source], str(entry["introduced"])
    assert re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", date)
    if number := re.search(r"arxiv\.org/abs/(\d\d)(\d\d)\.", work.entry):
        assert date == f"20{number[1]}-{number[2]}"
    else:
        assert date[:4] == str(work.year)


@pytest.mark.parametrize("name", FILES)
def test_no_name_stands_twice(name: str) -> None:
    yaml.load((facts_folder() / f"{name}.yml").read_text("utf-8"), StrictLoader)


def test_no_name_is_in_two_files() -> None:
    names = [entry.name for entry in ENTRIES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", FILES)
def test_every_source_is_cited_on_a_page_that_shows_its_facts(name: str) -> None:
    texts = [page.read_text("utf-8") for page in Project(ROOT).docs.glob("*/*.md")]
    cited = {key for text in texts if f'load_facts("{name}")' in text for key in keys_in(text)}
    sources = {fact.source for entry in load_facts(name).values() for fact in entry.facts.values()}
    assert sources <= cited


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_kinds_of_models_and_methods_are_those_that_the_pages_know(entry: Entry) -> None:
    known = {"counts", "vectors", "recurrent", "transformer", "mixture", "method"}
    assert "introduced" not in entry.facts or set(entry.kind.split()) <= known


def test_a_fact_is_read_with_the_source_of_its_entry() -> None:
    fact = read_facts(GOOD)["A"].facts["size"]
    assert (fact.number, fact.source, fact.at, fact.checked.year) == (3, "a2020", "table 1", 2026)
    said = GOOD.replace("value: 3", "value: 3, source: b2021, note: n")
    own = read_facts(said)["A"].facts["size"]
    assert (own.source, own.note, fact.note) == ("b2021", "n", "")
    later = read_facts(GOOD.replace("value: 3", "value: 3, checked: 2026-11-27"))["A"]
    assert (later.facts["size"].checked - fact.checked).days == 1


def test_an_entry_says_which_size_of_a_family_it_is() -> None:
    said = GOOD.replace("kind: dense", "kind: dense, variant: 7B, milestone: a step")
    small = read_facts(said)["A"]
    assert (small.name, small.title, small.milestone) == ("A", "A 7B", "a step")
    assert read_facts(GOOD)["A"].title == "A"


def test_a_value_may_be_a_table() -> None:
    table = read_facts(GOOD.replace("value: 3", "value: {model_type: bert, hidden_size: 768}"))
    assert table["A"]["size"] == {"model_type": "bert", "hidden_size": 768}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (GOOD.replace("source: a2020, ", ""), "A, size has no source"),
        (GOOD.replace("source: a2020", "source: 3"), "A, size has no source"),
        (GOOD.replace("checked: 2026-11-26, ", ""), "checked=None is no day"),
        (GOOD.replace("2026-11-26", "soon"), "checked='soon' is no day"),
        (GOOD.replace("value: 3, ", ""), "must have a value or be undisclosed"),
        (GOOD.replace("value: 3", "value: 3, undisclosed: true"), "and not both"),
        (GOOD.replace("{value: 3, at: table 1}", "3"), "A, size: 3 is no fact"),
        (GOOD.replace("value: 3", "value: 3, rumoured: 4"), "is no fact"),
        (GOOD.replace("kind:", "sort: 1, kind:"), "A, sort: 1 is no fact"),
        (GOOD.replace("kind: dense, ", ""), "no entry with a kind"),
        ("- A", "not list"),
        ("A: 3", "A: 3 is no entry"),
    ],
)
def test_what_is_no_fact_is_refused(said: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        read_facts(said)


def test_what_is_undisclosed_is_never_plotted() -> None:
    entry = read_facts(GOOD.replace("value: 3", "undisclosed: true"))["A"]
    assert not entry.discloses("size") and not entry.discloses("weight")
    good = read_facts(GOOD)["A"]
    assert good.discloses("size") and not good.discloses("size", "weight")
    with pytest.raises(ValueError, match="A, size: undisclosed in a2020, so it can't be plotted"):
        entry["size"]
    with pytest.raises(ValueError, match="A has no 'weight'"):
        entry["weight"]


@pytest.mark.parametrize("name", ["GPT-4", "ChatGPT", "o1"])
def test_sizes_that_are_only_rumoured_are_not_there(name: str) -> None:
    entry = next(entry for entry in ENTRIES if entry.name == name)
    assert not entry.discloses("parameters") and not entry.discloses("active")


def test_active_parameters_are_those_of_mixtures_and_fewer() -> None:
    for entry in ENTRIES:
        if "active" in entry.facts:
            assert entry.kind == "mixture" and entry["active"] < entry["parameters"] / 2


def test_months_are_parts_of_a_year() -> None:
    assert load_facts("models")["GPT-3"].month == pytest.approx(2020 + 4 / 12)
    assert load_facts("methods")["LSTM"].month == 1997


def test_scores_agree_between_the_tables_of_the_paper() -> None:
    scores = load_facts("gpt3")
    assert scores["LAMBADA"]["zero_by_size"][-1] == scores["LAMBADA"]["zero"]
    assert scores["LAMBADA"]["few_by_size"][-1] == scores["LAMBADA"]["few"]
    assert scores["sizes"]["parameters"][-1] == load_facts("models")["GPT-3"]["parameters"]
    sizes = len(scores["sizes"]["parameters"])
    for task in scores.values():
        lists = [fact.value for fact in task.facts.values() if isinstance(fact.value, list)]
        assert all(len(values) == sizes for values in lists)


def test_installed_facts_come_before_those_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "snippets" / "foundations" / "facts.py"
    monkeypatch.setattr("snippets.foundations.facts.__file__", str(module))
    assert facts_folder() == tmp_path / "docs" / "data"
    (tmp_path / "snippets" / "facts").mkdir(parents=True)
    assert facts_folder() == tmp_path / "snippets" / "facts"
