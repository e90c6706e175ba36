"""A licence's answers are those of the file, each with its place; what is unknown is refused."""

import math
import re
from importlib.metadata import metadata

import pytest

from snippets.foundations.facts import load_facts, read_facts
from snippets.modern.architecture.cards import load_cards
from snippets.using.publishing.licence_terms import (
    QUESTIONS,
    SAYS,
    answer,
    check_entry,
    find,
    licences,
    needs_another,
)

ELSEWHERE = {  # terms on cards of which we could not read the whole text
    "modified MIT",
    "for research",
    "its own: hosts of models for others need another one",
}


@pytest.mark.parametrize("name", licences())
@pytest.mark.parametrize("question", QUESTIONS)
def test_each_licence_answers_each_question_with_a_reason_and_a_place(name, question):
    said = answer(name, question)
    assert said.says in SAYS
    assert re.match(r"(sections?|paragraph|last paragraph|preamble)\b", said.section)
    assert str(said) == f"{said.says}: {said.because} [{said.source}, {said.section}]"
    assert (said.licence, said.question) == (name, question)
    assert said.source in {fact.source for fact in licences()[name].facts.values()}


@pytest.mark.parametrize(
    ("licence", "question", "says"),
    [
        ("mit", "commercially", "yes"),
        ("apache-2.0", "distil", "yes"),
        ("llama2", "distil", "no"),
        ("llama3.1", "distil", "conditions"),
        ("llama3.3", "name", "yes"),
        ("MRL-0.1", "commercially", "no"),
        ("CC-BY-NC", "commercially", "no"),
        ("gemma", "derivative", "conditions"),
        ("tongyi-qianwen", "distil", "no"),
    ],
)
def test_what_is_known_of_them(licence, question, says):
    assert answer(licence, question).says == says


def test_what_is_unknown_is_refused():
    with pytest.raises(ValueError, match="licence='GPL' is unknown; there are Apache"):
        answer("GPL", "distil")
    with pytest.raises(ValueError, match="'llama' is unknown"):
        find("llama")  # which of them?
    with pytest.raises(ValueError, match="unknown"):
        find("")
    with pytest.raises(ValueError, match="question='sell' is none of commercially"):
        answer("mit", "sell")


def test_names_are_those_of_hubs_and_cards_and_no_two_licences_share_one():
    assert find(" MIT ").name == find("mit licence").name == "MIT licence"
    names = [n.lower() for e in licences().values() for n in (e.name, *e["called"])]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", load_cards())
def test_the_cards_of_famous_models_agree(name):
    """Terms are called open there exactly if nothing is forbidden or has conditions here."""
    card = load_cards()[name]
    if not card.discloses("licence") or card.facts["licence"].value in ELSEWHERE:
        return
    licence = str(card.facts["licence"].value)
    free = {answer(licence, q).says for q in ("commercially", "distil", "derivative")} == {"yes"}
    assert free is (card.facts["terms"].value == "open"), (name, licence)


def test_the_size_of_a_company_counts_where_a_licence_says_so():
    assert needs_another("llama4", monthly_users=700_000_001)
    assert not needs_another("llama4", monthly_users=700_000_000)
    assert needs_another("tongyi-qianwen", monthly_users=2e8)
    assert needs_another("kimi-k3", yearly_revenue=2e7 + 1)
    assert not needs_another("kimi-k3", monthly_users=1e9)  # it counts revenue
    assert not needs_another("mit", monthly_users=8e9, yearly_revenue=1e13)
    for wrong in (-1, math.nan):
        with pytest.raises(ValueError, match="users"):
            needs_another("mit", monthly_users=wrong)
        with pytest.raises(ValueError, match="revenue"):
            needs_another("mit", yearly_revenue=wrong)


def test_llama_4_leaves_out_a_region():
    excluded = find("llama4").facts["excluded"]
    assert excluded.value == "European Union" and "multimodal" in excluded.note
    assert [n for n, e in licences().items() if "excluded" in e.facts] == ["Llama 4 licence"]


def test_a_file_that_lacks_an_answer_a_reason_or_a_place_is_refused():
    whole = ", ".join(f'{q}: {{value: "no", at: section 1, note: x}}' for q in QUESTIONS)
    text = "A: {kind: licence, source: a2020, checked: 2026-11-27, " + whole + "}"
    check_entry(read_facts(text)["A"])
    for old, new, message in (
        ('name: {value: "no"', 'name: {value: "perhaps"', "is 'perhaps', not one of yes"),
        ('distil: {value: "no", at: section 1,', 'distil: {value: "no",', "needs a reason"),
        ("derivative:", "copies:", "no answer to 'derivative'"),
    ):
        assert old in text
        with pytest.raises(ValueError, match=message):
            check_entry(read_facts(text.replace(old, new))["A"])


def test_an_answer_reads_as_a_sentence_with_its_place():
    assert str(answer("llama2", "distil")).startswith("no: outputs")


def test_links_and_dates_are_there():
    for entry in load_facts("licences").values():
        assert entry["link"].startswith("https://")
        dated = entry.facts["dated"].value
        assert dated is None or re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", str(dated))


@pytest.mark.parametrize("name", load_facts("packages"))
def test_packages_have_the_licence_that_their_metadata_say(name):
    said = metadata(name)
    licence = said["License-Expression"] or said["License"]
    assert load_facts("packages")[name]["licence"] == licence.strip().splitlines()[0].strip()
