"""From documents of any length to rows of one length: cut, pad, concatenate, or fit together."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from snippets.checks import check_positive


def chunks(ids: Sequence[int], context: int) -> list[Sequence[int]]:
    """A text cut into pieces of `context` + 1 tokens; the last may be shorter.

    Neighbours share a token, the last target of one and the first input of the next, so that every
    token but the very first is a target exactly once.
    """
    check_positive(context=context)
    return [ids[start : start + context + 1] for start in range(0, len(ids) - 1, context)]


def concatenated(documents: Iterable[Sequence[int]], length: int, end: int) -> NDArray[np.int64]:
    """All documents in one line, `end` after each, cut into rows: (rows, length).

    What is left over at the end, less than a row, is dropped.
    """
    check_positive(length=length)
    line = np.array([token for document in documents for token in (*document, end)], dtype=np.int64)
    return line[: len(line) // length * length].reshape(-1, length)  # (!)


def best_fit(lengths: Sequence[int], room: int) -> list[list[int]]:
    """Which documents, by place, lie together in each row of `room` tokens.

    The longest comes first, and each goes where it leaves the least room (best-fit decreasing).
    Nothing is cut. ValueError for a document that is empty, or longer than a row.
    """
    check_positive(room=room)
    rows: list[list[int]] = []
    with_room: list[list[int]] = [[] for _ in range(room + 1)]  # [r]: rows with room for r more
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        length = lengths[place]
        if not 0 < length <= room:
            raise ValueError(f"document {place} of {length} tokens does not fit rows of {room}")
        least = next((r for r in range(length, room + 1) if with_room[r]), None)  # (!)
        if least is None:
            rows.append([])
            row, least = len(rows) - 1, room
        else:
            row = with_room[least].pop()
        rows[row].append(place)
        with_room[least - length].append(row)
    return rows


def document_mask(row: ArrayLike, end: int) -> NDArray[np.bool_]:
    """Who may look at whom in a packed row (T,): (T, T), back and within the same document only.

    The token `end` belongs to the document that it ends.
    """
    ends = np.asarray(row) == end
    document = np.cumsum(ends) - ends  # how many documents ended before each token
    same = document[:, None] == document[None, :]  # (!)
    return np.tril(same)
