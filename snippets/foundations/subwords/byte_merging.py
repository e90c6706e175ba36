"""The inner loop of byte-pair encoding: from the bytes of one piece to its tokens."""

import heapq
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol


class Ranks(Protocol):
    """When a pair of neighbours is joined: the lower, the earlier; the default, never."""

    def get(self, pair: tuple[bytes, bytes], default: float, /) -> float:
        """The rank of a pair."""


def merge(piece: bytes, ranks: Ranks) -> list[bytes]:
    """Joins the bytes of a piece into tokens: always the pair of lowest rank, leftmost first."""
    parts = [piece[i : i + 1] for i in range(len(piece))]
    while len(parts) > 1:
        found = [ranks.get(pair, math.inf) for pair in pairwise(parts)]
        best = min(found)
        if best == math.inf:
            break
        place = found.index(best)
        parts[place : place + 2] = [parts[place] + parts[place + 1]]  # (!)
    return parts


def merge_long(piece: bytes, ranks: Ranks) -> list[bytes]:
    """The same as ``merge``, in time n log n: the pairs wait in a queue, by rank and place."""
    parts: list[bytes] = [piece[i : i + 1] for i in range(len(piece))]  # b"" once joined leftwards
    after, before = list(range(1, len(parts) + 1)), list(range(-1, len(parts) - 1))
    queue: list[tuple[float, int, bytes, bytes]] = []

    def look(place: int) -> None:
        if place >= 0 and after[place] < len(parts):
            pair = parts[place], parts[after[place]]
            if (rank := ranks.get(pair, math.inf)) < math.inf:
                heapq.heappush(queue, (rank, place, *pair))

    for place in range(len(parts)):
        look(place)
    while queue:
        _, place, left, right = heapq.heappop(queue)
        following = after[place]
        if following >= len(parts) or (parts[place], parts[following]) != (left, right):
            continue  # one of the two has since been joined with another neighbour
        parts[place], parts[following] = left + right, b""
        after[place] = after[following]
        if after[place] < len(parts):
            before[after[place]] = place
        look(before[place])
        look(place)
    return [part for part in parts if part]


class JoinedRanks:
    """The ranks of a vocabulary that is published without its merges.

    A pair is joined if the whole is a token, the token with the lowest number first.
    """

    def __init__(self, tokens: Sequence[bytes]) -> None:
        self.ranks = {token: rank for rank, token in enumerate(tokens)}

    def get(self, pair: tuple[bytes, bytes], default: float, /) -> float:
        """The rank of the token that the pair makes."""
        return self.ranks.get(pair[0] + pair[1], default)
