"""One way to write each thing: the same characters, spaces and line ends wherever text came from.

Two texts that look alike may differ in every byte that a model sees. `normalise` is for prose: it
takes away indentation, which a program needs.
"""

import re
import unicodedata

# Soft hyphen, zero-width space, word joiner, byte-order mark. The zero-width joiner and non-joiner
# (U+200D, U+200C) stay: emoji and the Persian script are written with them.
INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")


def normalise(text: str) -> str:
    """The text in Unicode's form NFC, with plain spaces and line ends, without invisible marks.

    NFC writes é as one character, however it was typed, and keeps what looks different: NFKC would
    make x² into x2. Runs of spaces become one, those at both ends of a line go, and so do empty
    lines beyond the first. Applied twice it changes no more.

    Raises:
        ValueError: a lone surrogate, half a character, which UTF-8 cannot write.
    """
    if lone := re.search("[\ud800-\udfff]", text):
        raise ValueError(f"lone surrogate U+{ord(lone[0]):04X} at position {lone.start()}")
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))  # (!)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
