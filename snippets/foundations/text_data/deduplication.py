"""Which texts are copies of one another, to the letter or nearly so?

To the letter: equal texts have equal fingerprints. Nearly so: MinHash makes a short signature of
each text, so that the share of places in which two signatures agree estimates how much the texts
share; and only texts that agree in a whole band of their signatures are compared at all.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from snippets.checks import check_divisible, check_positive


def fingerprint(text: str) -> int:
    """64 bits that are the same for equal texts, in every process (Python's `hash` is not)."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def exact_duplicates(texts: Iterable[str]) -> list[list[int]]:
    """The places of texts that are equal, a list for each text that occurs twice or more."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        places[fingerprint(text)].append(place)
    return [group for group in places.values() if len(group) > 1]


def shingles(text: str, size: int = 5) -> set[str]:
    """All runs of `size` neighbouring words, in lower case and without punctuation.

    A text of fewer words is one shingle. ValueError where there is no word at all.
    """
    check_positive(size=size)
    words = re.findall(r"\w+", text.lower())
    if not words:
        raise ValueError(f"{text[:20]!r} has no words to compare")
    return {" ".join(words[i : i + size]) for i in range(max(1, len(words) - size + 1))}


def resemblance(a: set[str], b: set[str]) -> float:
    """How much two sets share: |A ∩ B| / |A ∪ B|, from 0 to 1 (Jaccard)."""
    return len(a & b) / len(a | b)  # (!)


def shuffled(numbers: NDArray[np.uint64], salts: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Where each number stands after a shuffle of all 2⁶⁴ numbers, another one for each salt.

    Every step can be undone, so no two numbers meet. Salts are random numbers of 64 bits: with 1
    and 2, the orders would be nearly the same. The constants are those of SplitMix64.
    """
    x = numbers ^ salts
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)  # modulo 2⁶⁴
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def signature(pieces: Iterable[str], length: int = 112, seed: int = 0) -> NDArray[np.uint64]:
    """MinHash: after each of `length` shuffles, the number of the first piece (Broder 1997).

    Two sets have the same first piece with the probability of their resemblance: that the first
    piece of their union lies in both.
    """
    salts = np.random.default_rng(seed).integers(0, 2**64, size=(length, 1), dtype=np.uint64)
    numbers = np.array([fingerprint(piece) for piece in pieces], dtype=np.uint64)
    if not len(numbers):
        raise ValueError("an empty set has no signature")
    parts = np.split(numbers, range(4096, len(numbers), 4096))  # so that a long text fits in memory
    return np.minimum.reduce([shuffled(part, salts).min(axis=1) for part in parts])  # (!)


def candidates(signatures: NDArray[np.uint64], bands: int) -> set[tuple[int, int]]:
    """Pairs of rows of (N, length) that are equal in at least one of `bands` equal parts.

    With r numbers per band, a pair of resemblance s is found with probability 1 − (1 − sʳ)ᵇ.
    """
    check_divisible(length=signatures.shape[1], bands=bands)
    found: set[tuple[int, int]] = set()
    for band in np.split(signatures, bands, axis=1):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for place, row in enumerate(band):
            buckets[row.tobytes()].append(place)  # (!)
        found.update(pair for bucket in buckets.values() for pair in combinations(bucket, 2))
    return found


def near_duplicates(
    texts: Sequence[str], threshold: float = 0.75, size: int = 5, bands: int = 14, rows: int = 8
) -> dict[tuple[int, int], float]:
    """Pairs of texts whose resemblance is at least `threshold`, with it; bands may miss a few."""
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold={threshold} is not above 0 and at most 1")
    sets = [shingles(text, size) for text in texts]
    signatures = np.array([signature(pieces, bands * rows) for pieces in sets])
    pairs = sorted(candidates(signatures, bands)) if len(texts) else []  # (!)
    shared = {(i, j): resemblance(sets[i], sets[j]) for i, j in pairs}  # (!)
    return {pair: share for pair, share in shared.items() if share >= threshold}


def groups(pairs: Iterable[tuple[int, int]], count: int) -> list[list[int]]:
    """The numbers below `count`, those together that a chain of pairs links; the first leads."""
    leader = list(range(count))

    def first(place: int) -> int:
        while leader[place] != place:
            place = leader[place]
        return place

    for one, other in pairs:
        low, high = sorted((first(one), first(other)))
        leader[high] = low
    found: dict[int, list[int]] = defaultdict(list)
    for place in range(count):
        found[first(place)].append(place)
    return list(found.values())
