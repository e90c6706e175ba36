"""Unigram: pieces with probabilities, of which the likeliest sequence that spells a text is taken.

The probability of a sequence is the product of those of its pieces. Viterbi's algorithm finds the
best sequence; expectation-maximisation finds the probabilities, and pieces that are hardly missed
are dropped (Kudo 2018).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from snippets.foundations.subwords.byte_level import checked_text

UNKNOWN = "<unk>"
_PENALTY = 10.0  # how far below the least likely piece an unknown character lies, in nats
_RAREST = 1e-9  # the least probability of a single character, so that each can be spelt


class UnigramTokenizer:
    """Maps text to ids of pieces, by the most probable sequence of pieces.

    Args:
        pieces: each piece with the natural logarithm of its probability, in the order of the ids.
            ``<unk>`` is the first: it stands for a run of characters that no piece has.

    Raises ValueError where the first is not ``<unk>``, a piece is there twice, or a logarithm is
    not a number up to 0.
    """

    def __init__(self, pieces: Sequence[tuple[str, float]]) -> None:
        self.pieces = [piece for piece, _ in pieces]
        self.scores = dict(pieces)
        self.ids = {piece: number for number, piece in enumerate(self.pieces)}
        if not pieces or self.pieces[0] != UNKNOWN or len(self.ids) != len(pieces):
            raise ValueError(f"{len(pieces)} pieces need {UNKNOWN} first, and none of them twice")
        if wrong := [(p, s) for p, s in pieces if not (p and -math.inf < s <= 0)]:
            raise ValueError(f"{wrong[0]} is no piece with the logarithm of a probability")
        self.longest = max(map(len, self.pieces))
        self.worst = min(self.scores.values()) - _PENALTY

    @property
    def vocab_size(self) -> int:
        """V, how many pieces there are."""
        return len(self.pieces)

    def split(self, text: str) -> list[str]:
        """The pieces of the most probable sequence; characters without a piece as they are.

        Raises ValueError for a lone surrogate, TypeError for what is no text.
        """
        return viterbi(checked_text(text), self.scores, self.longest, self.worst)[0]

    def encode(self, text: str) -> list[int]:
        """The ids of a text; a run of unknown characters is a single 0; errors as for ``split``."""
        ids: list[int] = []
        for piece in self.split(text):
            found = self.ids.get(piece, 0)
            if found or not ids or ids[-1]:
                ids.append(found)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids, joined; ValueError for an unknown id."""
        numbers = [int(i) for i in ids]
        if wrong := [i for i in numbers if not 0 <= i < self.vocab_size]:
            raise ValueError(f"id {wrong[0]} is not in the vocabulary of {self.vocab_size}")
        return "".join(self.pieces[i] for i in numbers)


def viterbi(
    text: str, scores: Mapping[str, float], longest: int, unknown: float = -math.inf
) -> tuple[list[str], float]:
    """The most probable sequence of pieces that spells a text, and its probability's logarithm.

    ``best[j]`` is the score of the best way to spell the first j characters: the best over all last
    pieces ``text[i:j]`` of ``best[i]`` plus the piece's own score. Of equal ways, the first stays.
    """
    best, begins = [0.0] + [-math.inf] * len(text), [0] * (len(text) + 1)
    for i in range(len(text)):
        for j in range(i + 1, min(i + longest, len(text)) + 1):
            score = scores.get(text[i:j], unknown if j == i + 1 else -math.inf)
            if best[i] + score > best[j]:  # (!)
                best[j], begins[j] = best[i] + score, i
    pieces: list[str] = []
    j = len(text)
    while j > 0 and best[-1] > -math.inf:
        pieces.append(text[begins[j] : j])
        j = begins[j]
    return pieces[::-1], best[-1]


def expected_counts(
    words: Mapping[str, int], probabilities: Mapping[str, float], longest: int
) -> tuple[defaultdict[str, float], float]:
    """How often each piece is used, on average over all ways to spell the words; and their loss.

    A way counts by its probability. ``before[i]`` is the total probability of all ways to spell the
    first i characters, ``behind[j]`` of those from j on; so a piece between i and j is used with
    the probability ``before[i] * p * behind[j] / before[-1]``.

    Args:
        words: how often each word occurs.
        probabilities: of the pieces.
        longest: length of the longest piece, in characters.

    Returns the expected counts, and the negative log-likelihood of all words in nats. Raises
    ValueError for a word that the pieces can't spell.
    """
    expected: defaultdict[str, float] = defaultdict(float)
    loss = 0.0
    for word, n in words.items():
        size = len(word)
        spans = [
            (i, j, word[i:j], p)
            for i in range(size)
            for j in range(i + 1, min(i + longest, size) + 1)
            if (p := probabilities.get(word[i:j], 0.0)) > 0
        ]  # by their beginnings, so that what a span builds on is there
        before, behind = [1.0] + [0.0] * size, [0.0] * size + [1.0]
        for i, j, _, p in spans:
            before[j] += before[i] * p
        for i, j, _, p in reversed(spans):
            behind[i] += p * behind[j]
        if before[-1] == 0:
            raise ValueError(f"the pieces can't spell {word!r}")
        loss -= n * math.log(before[-1])
        for i, j, piece, p in spans:
            expected[piece] += n * before[i] * p * behind[j] / before[-1]  # (!)
    return expected, loss


def maximize(expected: Mapping[str, float]) -> dict[str, float]:
    """Probabilities in proportion to expected counts; single characters keep at least a trace."""
    total = sum(expected.values())
    shares = {piece: count / total for piece, count in expected.items()}
    return {p: max(s, _RAREST) if len(p) == 1 else s for p, s in shares.items() if s or len(p) == 1}


def candidates(words: Mapping[str, int], longest: int, most: int) -> dict[str, float]:
    """What training begins with: all characters, and the runs that cover most of the text."""
    runs: Counter[str] = Counter()
    for word, n in words.items():
        for i in range(len(word)):
            for j in range(i + 1, min(i + longest, len(word)) + 1):
                runs[word[i:j]] += n
    often = sorted((-n * len(run), run) for run, n in runs.items() if len(run) > 1 and n > 1)
    kept = [run for _, run in often[:most]] + [run for run in runs if len(run) == 1]
    return maximize({run: runs[run] for run in kept})


def train(
    words: Mapping[str, int], vocab_size: int, longest: int = 10, rounds: int = 2
) -> list[tuple[str, float]]:
    """Learns pieces: begins with far too many, and drops those that are hardly missed.

    What dropping a piece costs is estimated as in the paper: each of its uses would be spelt by the
    best other pieces instead. A fifth is dropped at a time, with ``rounds`` of
    expectation-maximisation in between; single characters stay.

    Args:
        words: how often each word occurs; pieces don't reach across words.
        vocab_size: how many pieces to keep, ``<unk>`` among them.
        longest: length of the longest piece, in characters.
        rounds: how often the probabilities are fitted before each drop.

    Raises:
        ValueError: no words, or fewer pieces than characters.
    """
    letters = len(set("".join(words)))
    if not words or rounds < 1 or vocab_size < letters + 1:
        raise ValueError(f"{vocab_size=}, {rounds=}: too few for {letters} characters and <unk>")
    pieces = candidates(words, longest, most=5 * vocab_size)
    while True:
        for _ in range(rounds):
            expected, _ = expected_counts(words, pieces, longest)
            pieces = maximize(expected)
        if len(pieces) < vocab_size:
            break
        logs = {piece: math.log(p) for piece, p in pieces.items()}
        losses = {p: expected[p] * _missed(p, logs) for p in logs if len(p) > 1}
        keep = max(vocab_size - 1, len(pieces) * 4 // 5) - (len(logs) - len(losses))
        kept = sorted(losses, key=lambda piece: (-losses[piece], piece))[: max(keep, 0)]
        pieces = {p: pieces[p] for p in (*kept, *(p for p in logs if len(p) == 1))}
    found = sorted(pieces.items(), key=lambda item: (-item[1], item[0]))
    return [(UNKNOWN, 0.0), *((piece, math.log(p)) for piece, p in found)]


def _missed(piece: str, logs: Mapping[str, float]) -> float:
    """How much less likely, in nats, a piece's characters are without it."""
    others = {p: s for i in range(len(piece)) for j in range(i + 1, len(piece) + 1)
              if (p := piece[i:j]) != piece and (s := logs.get(p)) is not None}  # fmt: skip
    return logs[piece] - viterbi(piece, others, len(piece))[1]
