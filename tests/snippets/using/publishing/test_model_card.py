"""A card says what is known, and leaves out what is not."""

import re

import pytest
import yaml

from snippets.training.checkpoint import load_trained, training_record
from snippets.using.publishing.model_card import model_card


def parts(card):
    """The front matter as data, and the text under it."""
    _, front, text = card.split("---\n", 2)
    return yaml.safe_load(front), text


def test_numbers_are_those_of_the_record():
    model, _ = load_trained()
    record = training_record()
    front, text = parts(model_card(model, "MiniGPT", record, licence="mit", language="en"))
    assert front == {
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "language": "en",
        "license": "mit",
    }
    assert text.startswith("\n# MiniGPT\n")
    assert f"{record['params']:,} parameters" in text
    assert f"{record['val_loss']:.3f} nats" in text
    assert f"{record['tokens']:,} characters" in text
    assert all(play in text for play in record["held_out"])


@pytest.mark.parametrize("record", [None, {}, {"val_loss": 1.25}])
def test_what_is_not_known_is_not_said(record):
    model, _ = load_trained()
    front, text = parts(model_card(model, "MiniGPT", record))
    assert "license" not in front and "language" not in front
    assert "Seed" not in text and "None" not in text
    assert ("1.250 nats" in text) is bool(record)
    assert not re.search(r"\n{3}|[ \t]\n", text), "no gaps where something is left out"


def test_where_no_plays_are_named_the_end_was_held_out():
    model, _ = load_trained()
    _, text = parts(model_card(model, "MiniGPT", {"held_out": [], "seconds": 61.6}))
    assert "- Held out: the end of the text\n" in text
    assert "- Time: 62 s\n" in text


@pytest.mark.parametrize("language", ["no", "de", "zh"])
def test_the_language_is_that_of_the_text_also_where_yaml_has_a_meaning_for_it(language):
    """Bare, the code of Norwegian would be YAML for False."""
    model, _ = load_trained()
    front, _ = parts(model_card(model, "MiniGPT", language=language, licence="on"))
    assert front["language"] == language
    assert front["license"] == "on"
