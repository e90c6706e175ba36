"""Cutting loses nothing, bytes are written one way, and damaged files are refused with the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.foundations.subwords.byte_level import (
    BYTE_ORDER,
    STAND_IN,
    cut,
    read,
    read_merges,
    written,
)


@given(st.text())
def test_the_pieces_joined_are_the_text(text):
    assert "".join(cut(text)) == text
    assert "".join(cut(text, (r"\p{N}|[^\p{N}]+", r"\s+|\S+"))) == text


def test_pieces_are_words_with_the_space_before_them():
    assert cut("We've 12 cats,  two dogs") == [
        "We", "'ve", " 12", " cats", ",", " ", " two", " dogs"
    ]  # fmt: skip


@given(st.binary())
def test_read_undoes_written(token):
    assert read(written(token)) == token
    assert " " not in written(token)


def test_every_byte_has_a_visible_character_of_its_own():
    assert sorted(BYTE_ORDER) == list(range(256))
    assert len(set(STAND_IN.values())) == 256
    assert all(character.isprintable() for character in STAND_IN.values())


@pytest.mark.parametrize("place", [0, 3])
def test_a_lone_surrogate_is_named(place):
    with pytest.raises(ValueError, match=rf"U\+D83D at position {place} is a lone surrogate"):
        cut("a" * place + "\ud83d")


def test_merges_are_read():
    lines = ["#version: 0.2\n", "Ġ t\n", "h e\n", "Ġt he\n"]
    assert read_merges(lines) == [(b" ", b"t"), (b"h", b"e"), (b" t", b"he")]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a b", "c"], "line 2: 'c' is not two tokens"),
        (["a b", ""], "line 2: '' is not two tokens"),
        (["a b c"], "line 1: 'a b c' is not two tokens"),
        (["a bc"], "line 1: no earlier merge makes 'bc'"),
        (["a b", "a b"], "line 2: 'a b' is there twice"),
        (["a 語"], "'語' in '語' stands for no byte"),
    ],
)
def test_a_damaged_file_is_refused(lines, message):
    with pytest.raises(ValueError, match=message):
        read_merges(lines)


@pytest.mark.parametrize(
    ("given", "says"),
    [(b"ab", "b'ab' is of the type bytes"), (None, "None is of the type NoneType"),
     (["ab"], r"\['ab'\] is of the type list"), (b"a" * 99, "b'a{38} is of the type bytes")],
)  # fmt: skip
def test_what_is_no_text_is_named(given, says):
    with pytest.raises(TypeError, match=f"^{says}, and a text is a str$"):
        cut(given)


def test_bytes_are_written_as_in_gpt2s_files():
    assert written(b" \n") == "ĠĊ" and written("é".encode()) == "Ã©"
    assert BYTE_ORDER[0] == ord("!") and BYTE_ORDER[220] == ord(" ")
    assert written(bytes([0, 127, 173, 255])) == "ĀġŃÿ"


def test_only_the_first_line_may_be_a_version():
    assert read_merges(["# v"]) == [(b"#", b"v")]
    with pytest.raises(ValueError, match="line 2: no earlier merge makes '#version:'"):
        read_merges(["a b", "#version: 0.2"])
