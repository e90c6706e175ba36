"""The KV cache: it remembers in order, and a copy is a copy."""

import pytest
import torch

from snippets.transformer.kv_cache import KVCache


def filled(*lengths):
    cache = KVCache()
    for length in lengths:
        cache.append(torch.randn(2, 3, length, 4), torch.randn(2, 3, length, 4))
    return cache


def test_remembers_everything_in_order():
    keys, values = torch.randn(2, 3, 5, 4), torch.randn(2, 3, 5, 4)
    cache = KVCache()
    assert cache.length == 0
    for start, end in [(0, 2), (2, 3), (3, 5)]:
        got_keys, got_values = cache.append(keys[:, :, start:end], values[:, :, start:end])
        assert cache.length == end
        torch.testing.assert_close(got_keys, keys[:, :, :end])
        torch.testing.assert_close(got_values, values[:, :, :end])


def test_truncated_is_a_copy_of_the_first_positions():
    cache = filled(5)
    copy = cache.truncated(3)
    assert (copy.length, cache.length) == (3, 5)
    torch.testing.assert_close(copy.keys, cache.keys[:, :, :3])
    torch.testing.assert_close(copy.values, cache.values[:, :, :3])
    kept = cache.keys.clone()
    copy.keys.zero_()
    torch.testing.assert_close(cache.keys, kept)
    assert KVCache().truncated(0).length == 0


def test_what_is_remembered_is_seldom_moved():
    cache, moves, place = KVCache(), 0, 0
    for _ in range(200):
        cache.append(torch.randn(1, 1, 1, 4), torch.randn(1, 1, 1, 4))
        moves, place = moves + (cache.keys.data_ptr() != place), cache.keys.data_ptr()
    assert moves <= 8  # room doubles: 2, 6, 14, 30 ...
    assert cache.room[0].shape[2] <= 2 * 200


def test_rows_that_are_kept_go_on_in_their_new_order():
    cache, keys = KVCache(), torch.randn(3, 2, 4, 8)
    values = torch.randn(3, 2, 4, 8)
    cache.append(keys[:, :, :3], values[:, :, :3])
    cache.keep([2, 0])
    new_keys, new_values = cache.append(keys[[2, 0], :, 3:], values[[2, 0], :, 3:])
    assert torch.equal(new_keys, keys[[2, 0]])
    assert torch.equal(new_values, values[[2, 0]])


@pytest.mark.parametrize("length", [-1, 6])
def test_truncating_to_what_is_not_there_is_named(length):
    with pytest.raises(ValueError, match=f"length={length} is not between 0 and 5"):
        filled(5).truncated(length)


@pytest.mark.parametrize(
    ("keys", "values", "message"),
    [
        ((2, 3, 4), (2, 3, 4), r"must both be \(B, H_kv, T, D\)"),
        ((2, 3, 1, 4), (2, 3, 2, 4), "must both be"),
        ((1, 3, 1, 4), (1, 3, 1, 4), r"\(1, 3, 1, 4\) does not continue .*\(2, 3, 5, 4\)"),
        ((2, 1, 1, 4), (2, 1, 1, 4), "does not continue"),
        ((2, 3, 1, 8), (2, 3, 1, 8), "does not continue"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(keys, values, message):
    cache = filled(5)
    with pytest.raises(ValueError, match=message):
        cache.append(torch.zeros(keys), torch.zeros(values))
    assert cache.length == 5


def test_what_just_fits_moves_nothing_and_one_more_doubles_the_room():
    cache = filled(3)
    assert cache.room[0].shape[2] == cache.room[1].shape[2] == 6
    place = cache.keys.data_ptr()
    cache.append(torch.randn(2, 3, 3, 4), torch.randn(2, 3, 3, 4))
    assert cache.keys.data_ptr() == place and cache.length == 6
    before = cache.values.clone()
    cache.append(torch.randn(2, 3, 1, 4), torch.randn(2, 3, 1, 4))
    assert cache.room[1].shape[2] == 14 and torch.equal(cache.values[:, :, :6], before)


def test_a_cache_keeps_the_type_and_all_of_it_may_be_copied():
    cache = KVCache()
    keys = torch.randn(1, 2, 3, 4, dtype=torch.float64)
    cache.append(keys, keys)
    assert cache.keys.dtype == cache.values.dtype == torch.float64
    assert torch.equal(cache.truncated(3).keys, keys)
