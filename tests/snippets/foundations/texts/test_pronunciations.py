"""The pronouncing dictionary: what is read of it, and what is held out."""

from collections import Counter
from functools import cache

import pytest

from snippets.foundations.texts import pronunciations as module
from snippets.foundations.texts.pronunciations import (
    LETTERS,
    PHONES,
    Phones,
    is_held_out,
    pronunciations,
)


@cache
def known() -> dict[str, list[Phones]]:
    """Read once, and not while tests are collected."""
    return pronunciations()


def test_words_and_phones() -> None:
    assert len(known()) == 114_374
    assert known()["tomato"] == [
        ("T", "AH", "M", "EY", "T", "OW"),
        ("T", "AH", "M", "AA", "T", "OW"),
    ]
    assert known()["aalborg"][0] == ("AO", "L", "B", "AO", "R", "G"), "what follows # is no phone"
    assert all(3 <= len(word) <= 12 and set(word) <= set(LETTERS) for word in known())
    phones = {phone for said in known().values() for one in said for phone in one}
    assert phones == set(PHONES) and len(PHONES) == 39
    assert all(len(set(said)) == len(said) for said in known().values())


def test_words_that_begin_alike_are_on_one_side() -> None:
    sides = Counter(is_held_out(word) for word in known())
    assert 0.04 < sides[True] / len(known()) < 0.06
    beginnings: dict[str, set[bool]] = {}
    for word in known():
        beginnings.setdefault(word[:5], set()).add(is_held_out(word))
    assert all(len(sides) == 1 for sides in beginnings.values())


def test_another_dictionary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DIGEST", "0" * 64)
    with pytest.raises(ValueError, match="SHA-256"):
        pronunciations()
