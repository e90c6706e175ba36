"""Encoding and decoding are opposites; what cannot be encoded is named."""

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from snippets.foundations.tokenizers import CharTokenizer


@given(st.text(min_size=1))
def test_decode_undoes_encode(text):
    tokenizer = CharTokenizer.from_text(text)
    ids = tokenizer.encode(text)
    assert tokenizer.vocab_size == len(set(text))
    assert set(ids) == set(range(tokenizer.vocab_size))
    assert tokenizer.decode(ids) == text
    assert tokenizer.decode(torch.tensor(ids)) == text


@given(st.text(min_size=1))
def test_json_keeps_every_id(text):
    tokenizer = CharTokenizer.from_text(text)
    again = CharTokenizer.from_json(tokenizer.to_json())
    assert again.encode(text) == tokenizer.encode(text)


def test_ids_follow_the_order_of_the_characters():
    assert CharTokenizer.from_text("cab\na").encode("\nabc") == [0, 1, 2, 3]


def test_empty_text():
    tokenizer = CharTokenizer("ab")
    assert tokenizer.encode("") == []
    assert tokenizer.decode([]) == ""
    with pytest.raises(ValueError, match="empty"):
        CharTokenizer.from_text("")


def test_unknown_character_is_named():
    with pytest.raises(ValueError, match=r"'é' \(U\+00E9\) at position 3.*3 characters"):
        CharTokenizer("caf").encode("café")


@pytest.mark.parametrize("bad", [-1, 3])
def test_unknown_id_is_named(bad):
    with pytest.raises(ValueError, match=f"id {bad} .*vocabulary of 3"):
        CharTokenizer("abc").decode([0, bad])


@pytest.mark.parametrize("characters", [["ab"], ["a", "a"], ["a", 1], [""]])
def test_bad_vocabularies_are_refused(characters):
    with pytest.raises(ValueError, match="vocabulary"):
        CharTokenizer(characters)


NOT_A_TOKENIZER = ["", "{", "[]", '"x"', "{}", '{"type": "bpe", "characters": ["a"]}']
NO_VOCABULARY = [
    json.dumps({"type": "character", "characters": characters}) for characters in ([], "ab", [3])
]


@pytest.mark.parametrize("text", NOT_A_TOKENIZER + NO_VOCABULARY)
def test_damaged_json_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"tokenizer|vocabulary|Expecting"):
        CharTokenizer.from_json(text)
