"""Tokens on disk, read without being loaded: a file that the operating system maps into memory."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from snippets.checks import check_positive

TYPES = ((2**16, np.uint16), (2**32, np.uint32))


def number_type(vocab_size: int) -> np.dtype[np.unsignedinteger]:
    """The smallest of 16 and 32 bits in which each id below `vocab_size` can be written."""
    check_positive(vocab_size=vocab_size)
    for limit, kind in TYPES:
        if vocab_size <= limit:
            return np.dtype(kind)
    raise ValueError(f"vocab_size={vocab_size} needs more than 32 bits")


def write_tokens(path: Path, documents: Iterable[Sequence[int]], vocab_size: int) -> int:
    """Writes documents of ids one after the other to a `.npy` file; how many ids that were.

    One document is in memory at a time. The file appears whole or not at all.

    Raises:
        ValueError: an id outside the vocabulary, or no whole number; no file is left then.
    """
    kind, written = number_type(vocab_size), 0
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with open(unfinished, "wb") as file:
            _write_header(file, 0, kind)
            for document in documents:
                ids = np.asarray(document)
                whole = ids.dtype.kind in "iu"  # no fractions, and nothing above 64 bits
                if len(ids) and not (whole and ids.min() >= 0 and ids.max() < vocab_size):
                    raise ValueError(f"ids {ids.min()} to {ids.max()} leave the {vocab_size} known")
                file.write(ids.astype(kind).tobytes())
                written += len(ids)
            file.seek(0)
            _write_header(file, written, kind)  # NumPy leaves room in it for a longer number
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return written


def _write_header(file: BinaryIO, length: int, kind: np.dtype[np.unsignedinteger]) -> None:
    about = {"shape": (length,), "fortran_order": False, "descr": npy.dtype_to_descr(kind)}
    npy.write_array_header_1_0(file, about)


def open_tokens(path: Path) -> NDArray[np.unsignedinteger]:
    """The ids of a file (N,), mapped: a piece is read from disk when it is looked at.

    Raises:
        ValueError: a file that is damaged or cut off, or holds something else.
    """
    try:
        ids = np.load(path, mmap_mode="r")
    except (EOFError, ValueError) as error:
        raise ValueError(f"{path} is no file of tokens: {error}") from None
    if ids.ndim != 1 or ids.dtype not in [kind for _, kind in TYPES]:
        raise ValueError(f"{path} holds {ids.dtype} of shape {ids.shape}, not ids of shape (N,)")
    return ids


def shuffled_batches(
    ids: NDArray[np.unsignedinteger], batch_size: int, context: int, seed: int = 0, start: int = 0
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Endless batches from number `start` on: inputs (B, T), and targets (B, T) one token later.

    In each epoch the pieces come in another order, which follows from the seed and the number of
    the epoch alone. So a run that stopped after batch 999 goes on with `start=1000` as if it had
    not.
    """
    check_positive(batch_size=batch_size, context=context)
    pieces = max(0, len(ids) - 1) // context
    if (per_epoch := pieces // batch_size) < 1:
        raise ValueError(f"{len(ids)} ids make {pieces} pieces, fewer than batch_size={batch_size}")
    order, known = np.empty(0, dtype=np.int64), -1
    for step in count(start):
        epoch, place = divmod(step, per_epoch)
        if epoch != known:
            order, known = np.random.default_rng([seed, epoch]).permutation(pieces), epoch  # (!)
        starts = order[place * batch_size : (place + 1) * batch_size] * context
        rows = ids[starts[:, None] + np.arange(context + 1)].astype(np.int64)  # (B, T + 1) (!)
        yield rows[:, :-1], rows[:, 1:]
