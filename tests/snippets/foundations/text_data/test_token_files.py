"""What is written is read; a file is whole or absent; batches go on where they stopped."""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snippets.foundations.text_data.token_files import (
    number_type,
    open_tokens,
    shuffled_batches,
    write_tokens,
)


@pytest.mark.parametrize(("vocab_size", "size"), [(1, 2), (65_536, 2), (65_537, 4), (2**32, 4)])
def test_ids_take_as_few_bytes_as_they_need(vocab_size: int, size: int) -> None:
    assert number_type(vocab_size).itemsize == size


@pytest.mark.parametrize("vocab_size", [50_257, 128_256])
def test_what_is_written_is_read(tmp_path: Path, vocab_size: int) -> None:
    documents = [[0, 1], [], [vocab_size - 1], list(range(1000))]
    path = tmp_path / "tokens.npy"
    assert write_tokens(path, iter(documents), vocab_size) == 1003
    ids = open_tokens(path)
    assert isinstance(ids, np.memmap) and ids.dtype == number_type(vocab_size)
    assert ids.tolist() == [token for document in documents for token in document]
    assert (np.load(path) == ids).all()  # any program that knows NumPy's format can read it
    assert [file.name for file in tmp_path.iterdir()] == ["tokens.npy"]


def test_no_file_is_left_where_writing_failed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ids 3 to 10 leave the 10 known"):
        write_tokens(tmp_path / "a.npy", [[1, 2], [3, 10]], 10)
    with pytest.raises(ValueError, match="ids -1 to"):
        write_tokens(tmp_path / "a.npy", [[-1]], 10)
    given: tuple[Any, ...] = (0.5, 2**63, 2**70)
    for odd in given:
        with pytest.raises(ValueError, match="leave the 10 known"):
            write_tokens(tmp_path / "a.npy", [[1, odd]], 10)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    write_tokens(path, [[1, 2, 3]], 10)
    with pytest.raises(ValueError, match="leave the 10 known"):
        write_tokens(path, [[4], [99]], 10)
    assert open_tokens(path).tolist() == [1, 2, 3]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    write_tokens(path, [range(1000)], 1000)
    whole = path.read_bytes()
    for damaged in (whole[:-10], whole[:50], b"", b"To be, or not to be"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"a\.npy is no file of tokens"):
            open_tokens(path)
    np.save(path, np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"float64 of shape \(2, 2\)"):
        open_tokens(path)


def test_an_epoch_has_every_piece_once_and_the_next_another_order() -> None:
    ids = np.arange(12 * 5 + 1, dtype=np.uint16)
    batches = list(islice(shuffled_batches(ids, 4, 5), 6))  # 3 batches per epoch
    for inputs, targets in batches:
        assert inputs.shape == targets.shape == (4, 5) and inputs.dtype == np.int64
        assert (targets == inputs + 1).all()
    first, second = (np.concatenate([x[:, 0] for x, _ in batches[i : i + 3]]) for i in (0, 3))
    assert sorted(first) == sorted(second) == list(range(0, 60, 5))
    assert first.tolist() != second.tolist()


def test_batches_go_on_where_they_stopped() -> None:
    ids = np.arange(1000, dtype=np.uint16)
    whole = list(islice(shuffled_batches(ids, 4, 10, seed=3), 60))
    rest = list(islice(shuffled_batches(ids, 4, 10, seed=3, start=31), 29))
    for (x, y), (again_x, again_y) in zip(whole[31:], rest, strict=True):
        assert (x == again_x).all() and (y == again_y).all()
    other = next(shuffled_batches(ids, 4, 10, seed=4))
    assert (other[0] != whole[0][0]).any()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: number_type(0), "vocab_size=0"),
        (lambda: number_type(2**33), "more than 32 bits"),
        (lambda: next(shuffled_batches(np.arange(9, dtype=np.uint16), 2, 5)), "1 pieces"),
        (lambda: next(shuffled_batches(np.arange(9, dtype=np.uint16), 2, 0)), "context=0"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()


def test_unless_told_otherwise_batches_begin_with_the_first_of_the_seed_0() -> None:
    ids = np.arange(1000, dtype=np.uint16)
    ours, told = (
        next(shuffled_batches(ids, 4, 10, **given)) for given in ({}, {"seed": 0, "start": 0})
    )
    assert (ours[0] == told[0]).all()


def test_one_batch_of_all_ids_is_enough() -> None:
    """Neither an id more is needed nor one of them left out."""
    [(x, y)] = islice(shuffled_batches(np.arange(11, dtype=np.uint16), 2, 5), 1)
    assert sorted(x.flatten()) == list(range(10)) and y.max() == 10
    with pytest.raises(ValueError, match="10 ids make 1 pieces, fewer than batch_size=2"):
        next(shuffled_batches(np.arange(10, dtype=np.uint16), 2, 5))


def test_the_file_is_the_one_that_numpy_writes(tmp_path: Path) -> None:
    ids = list(range(500))
    write_tokens(tmp_path / "ours.npy", [ids[:7], ids[7:]], 60_000)
    np.save(tmp_path / "theirs.npy", np.array(ids, dtype=np.uint16))
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "theirs.npy").read_bytes()
