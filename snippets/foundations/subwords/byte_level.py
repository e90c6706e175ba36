"""What byte-level tokenizers share: how text is cut into pieces, and how bytes are written.

GPT-2's files write each of the 256 bytes as one visible character, so that a token is a string
without spaces: a space is Ġ, a line end Ċ, and é, two bytes in UTF-8, is Ã©.
"""

from collections.abc import Iterable, Sequence

import regex

# English endings; a word, digits or other signs, each with the space before it; white space.
GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
END_OF_TEXT = "<|endoftext|>"

_VISIBLE = [*range(33, 127), *range(161, 173), *range(174, 256)]  # in Latin-1, without spaces
BYTE_ORDER = _VISIBLE + [byte for byte in range(256) if byte not in _VISIBLE]
"""The 256 bytes in the order of GPT-2's ids: 0 is "!", 220 is the space."""

STAND_IN = {
    byte: chr(byte if place < len(_VISIBLE) else 256 + place - len(_VISIBLE))
    for place, byte in enumerate(BYTE_ORDER)
}
"""From a byte to the character that GPT-2's files write for it."""

_BYTE_OF = {character: byte for byte, character in STAND_IN.items()}


def cut(text: str, patterns: Sequence[str] = (GPT2_PATTERN,)) -> list[str]:
    """Cuts a text into the pieces that are encoded one by one; joined, they are the text again.

    Args:
        text: any text.
        patterns: regular expressions; each cuts the pieces that the one before it made.

    Raises:
        ValueError: the text holds a lone surrogate, which UTF-8 can't express.
        TypeError: it is no text, but bytes, say.
    """
    pieces = [checked_text(text)]
    for pattern in patterns:
        find = regex.compile(pattern).findall
        pieces = [part for piece in pieces for part in find(piece)]
    return pieces


def checked_text(text: str) -> str:
    """The text itself; ValueError for half of a surrogate pair, TypeError for what is no text."""
    if not isinstance(text, str):
        raise TypeError(f"{text!r:.40} is of the type {type(text).__name__}, and a text is a str")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise ValueError(
            f"U+{code:04X} at position {error.start} is a lone surrogate, not a character"
        ) from None
    return text


def written(token: bytes) -> str:
    """A token as GPT-2's files write it: one visible character for each byte."""
    return "".join(STAND_IN[byte] for byte in token)


def read(token: str) -> bytes:
    """The opposite of ``written``; a ValueError where a character stands for no byte."""
    try:
        return bytes(_BYTE_OF[character] for character in token)
    except KeyError as error:
        raise ValueError(f"{error.args[0]!r} in {token!r} stands for no byte") from None


def read_merges(lines: Iterable[str]) -> list[tuple[bytes, bytes]]:
    """The merges of a file such as GPT-2's ``vocab.bpe``, one ``left right`` per line.

    Raises:
        ValueError: with the line, where it is not two tokens and a space, a token is neither a byte
            nor made by an earlier line, or a merge is there twice.
    """
    known = {bytes([byte]) for byte in range(256)}
    merges: dict[tuple[bytes, bytes], None] = {}
    for number, line in enumerate(lines, start=1):
        if number == 1 and line.startswith("#version"):
            continue
        parts = line.rstrip("\n").split(" ")
        if len(parts) != 2 or not all(parts):
            raise ValueError(f"line {number}: {line!r} is not two tokens with a space between")
        left, right = map(read, parts)
        if unknown := [part for part in (left, right) if part not in known]:
            raise ValueError(f"line {number}: no earlier merge makes {written(unknown[0])!r}")
        if (left, right) in merges:
            raise ValueError(f"line {number}: {line!r} is there twice")
        merges[left, right] = None
        known.add(left + right)
    return list(merges)
