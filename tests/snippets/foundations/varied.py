"""Strings on which a tokenizer could go wrong, the same on every run: over 13,000."""

import random
import sys
import unicodedata
from pathlib import Path

from snippets.foundations.subwords import byte_pair
from snippets.foundations.texts import corpus
from snippets.foundations.texts.corpus import plays
from snippets.foundations.texts.declaration import LANGUAGES, declaration

BLOCKS = {
    "ASCII": range(32, 127),
    "white space": [9, 10, 11, 12, 13, 28, 31, 32, 32, 133, 160, 0x1680, 0x2003, 0x2028, 0x3000],
    "Latin": range(0xA0, 0x250),
    "Greek, Cyrillic": range(0x370, 0x530),
    "Hebrew, Arabic": range(0x590, 0x700),
    "Indic": range(0x900, 0xE00),
    "Thai": range(0xE00, 0xE80),
    "signs": range(0x2000, 0x2C00),
    "marks": range(0x300, 0x370),
    "kana, CJK": range(0x3000, 0x5000),
    "Hangul": range(0xAC00, 0xAF00),
    "emoji": [*range(0x1F300, 0x1F650), 0x200D, 0xFE0F, *range(0x1F1E6, 0x1F200)],
    "digits": [*range(48, 58), *range(0x660, 0x66A), *range(0x966, 0x970), 0xB2, 0xBD, 0x2167],
    "control": [0, 1, 8, 27, 127, 0x200B, 0x200E, 0xAD, 0xFEFF, 0xFFFD, 0xE000],
    "any": range(sys.maxunicode + 1),
}
WORDS = [
    "don't", "I'LL", "we're", "It's", "'tis", "o'clock", "naïve", "goblinmode", "ﷺ",
    "‏العربية", "हिन्दी", "ไทย", "中文", "日本語", "한국어",
    "12345", "3.14", "1,000", "x+=1", "def", "f(x):", "return[x]", "<b>&amp;</b>",
    "http://a.b/c?d=e#f", "👩‍👩‍👧", "🇫🇷", "👍🏽", "é", "é", "ÀÉ", "ß", "İ", "Σς",
]  # fmt: skip


def _old(character: str) -> bool:
    """Whether Unicode 3.2 has the character: of newer ones, each library knows those of its day."""
    return unicodedata.ucd_3_2_0.category(character) not in ("Cn", "Cs")


def varied_strings() -> list[str]:
    """Random mixtures of scripts and signs, lines of code, of plays and of twelve languages."""
    draw = random.Random(0)
    known = {
        name: [chr(code) for code in codes if name == "emoji" or _old(chr(code))]
        for name, codes in BLOCKS.items()
    }
    strings = ["", " ", "  ", "\n", " \n ", "a  b", "a   ", "'s", "''s", "a" * 300, "ab" * 200]
    strings += ["a" * 100, "a" * 101]  # BERT takes words of up to 100 characters
    for _ in range(9000):
        blocks = draw.choices(list(known.values()), k=draw.randint(1, 3))
        mixed = (draw.choice(draw.choice(blocks)) for _ in range(draw.randint(1, 24)))
        strings.append("".join(mixed))
    for _ in range(2000):
        joins = ("", " ", " ", "  ", "\n", "\t", "-")
        mixed = (draw.choice(WORDS) + draw.choice(joins) for _ in range(draw.randint(1, 8)))
        strings.append("".join(mixed))
    for module in (byte_pair, corpus):
        strings += Path(str(module.__file__)).read_text(encoding="utf-8").splitlines(keepends=True)
    for language in LANGUAGES:
        strings += declaration(language).splitlines()
    return strings + plays()["macbeth"].splitlines(keepends=True)[:1000]
