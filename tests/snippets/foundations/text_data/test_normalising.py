"""Text that looks alike becomes alike, and text that doesn't stays apart."""

import unicodedata
from typing import Literal

import pytest

from snippets.foundations.text_data.normalising import normalise
from snippets.foundations.texts.corpus import plays


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("cafe\u0301", "caf\u00e9"),  # e and an accent, one character
        ("\ufeffTo\u00a0be,\u200b or\u00ad not", "To be, or not"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("  a \t b  \n\n\n\n\n c ", "a b\n\nc"),
        ("x² ﬁn", "x² ﬁn"),  # NFKC would write x2 fin
        ("👩\u200d🔬 می\u200cخواهم", "👩\u200d🔬 می\u200cخواهم"),  # joiners carry meaning
        ("\u2003\n", ""),
        ("", ""),
    ],
)
def test_what_is_written_in_many_ways_is_written_in_one(written: str, wanted: str) -> None:
    assert normalise(written) == wanted


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_it_does_not_matter_how_characters_were_composed(form: Literal["NFC", "NFD"]) -> None:
    text = "Ångström, naïve, Việt Nam, 각, إِسْلَام\n\nʼ"
    once = normalise(unicodedata.normalize(form, text))
    assert once == normalise(text) == normalise(once)
    assert unicodedata.is_normalized("NFC", once)


def test_removing_a_mark_between_a_letter_and_its_accent_composes_them() -> None:
    assert normalise("e\u200b\u0301") == normalise(normalise("e\u200b\u0301")) == "é"


def test_clean_plays_change_no_more() -> None:
    for name, text in plays().items():
        assert normalise(text) == text.strip(), name


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match=r"U\+D83D at position 3"):
        normalise("abc\ud83d")
