"""A card has all sections, its numbers are those of the records, and gaps are said to be gaps."""

import re

import pytest

from snippets.post_training.verse_runs import results
from snippets.training.checkpoint import load_trained, training_record
from snippets.using.publishing.course_cards import (
    SECTIONS,
    UNDOCUMENTED,
    losses_by_text,
    minigpt_card,
    minigpt_facts,
    undocumented,
    verse_card,
    write_card,
)
from snippets.using.publishing.model_card import model_card


def test_all_sections_stand_in_the_papers_order_and_gaps_are_said():
    card = write_card("A model", {"Metrics": ["one", "two"], "Model details": ["small"]})
    assert re.findall("^## (.*)$", card, re.M) == list(SECTIONS) and len(SECTIONS) == 9
    assert "## Metrics\n\n- one\n- two\n" in card
    assert card.count(UNDOCUMENTED) == 7
    assert undocumented(card) == [s for s in SECTIONS if s not in ("Metrics", "Model details")]


def test_a_section_without_a_line_is_a_gap():
    assert "Metrics" in undocumented(write_card("A", {"Metrics": []}))
    assert undocumented("") == list(SECTIONS)
    assert "Metrics" in undocumented("## Metrics\n\n## Factors\n\nsome\n")
    assert "Factors" not in undocumented("## Metrics\n\n## FACTORS\n\nsome\n")


def test_wrong_cards_are_refused():
    with pytest.raises(ValueError, match="'Price' is none of Model details, Intended use"):
        write_card("A", {"Price": ["free"]})
    with pytest.raises(ValueError, match="name=' '"):
        write_card(" ", {})


def test_numbers_on_minigpts_card_are_those_of_the_record():
    record = training_record()
    card = minigpt_card({"a play": 1.23456})
    assert max(map(len, card.splitlines())) <= 88
    assert f"- all held-out plays: {record['val_loss']:.2f}\n- a play: 1.23\n" in card
    card = " ".join(card.split())
    assert f"{record['params']:,} parameters" in card
    assert f"{record['training_characters']:,} characters" in card
    flops = 6 * record["params"] * record["tokens"]
    assert f"about {flops / 1e9:,.0f} billion operations" in card
    assert undocumented(minigpt_card({})) == []


def test_a_record_that_lacks_a_number_makes_no_card():
    record = training_record()
    del record["params"]
    with pytest.raises(KeyError, match="params"):
        minigpt_facts(record, 68, 128, {})


def test_the_tuned_models_card_says_what_it_lost():
    curve = results()["mixed"][0]["curve"]
    card = verse_card()
    assert f"unseen plays: {curve[0][2]:.2f} nats before, {curve[-1][2]:.2f} after" in card
    assert curve[-1][2] > curve[0][2]
    assert results()["mixed"][0]["held_out"]["all"] < 0.5
    assert undocumented(card) == ["Ethical considerations"]


def test_losses_are_given_for_each_held_out_play_and_for_other_text():
    losses = losses_by_text(*load_trained())
    assert set(losses) == {*training_record()["held_out"], "modern prose"}
    plays = [loss for name, loss in losses.items() if name != "modern prose"]
    assert all(1 < loss < 2.2 for loss in plays)
    assert losses["modern prose"] > max(plays)


def test_the_hubs_card_has_fewer_sections():
    card = model_card(load_trained()[0], "MiniGPT", training_record(), "mit", "en")
    assert len(undocumented(card)) == len(SECTIONS)  # other headings


def test_a_line_of_88_characters_is_whole_and_no_word_is_broken_at_a_hyphen():
    for last, lines in (("x" * 6, 1), ("x" * 7, 2), ("y-" + "x" * 5, 2)):
        text = f"{'word ' * 16}{last}"  # behind "- ", so that one of six just fits
        card = write_card("A", {"Metrics": [text]})
        found = card.split("## Metrics\n\n")[1].split("\n\n")[0].split("\n")
        assert len(found) == lines and " ".join(line.strip() for line in found) == f"- {text}"
        assert all(line.startswith("  ") for line in found[1:])
