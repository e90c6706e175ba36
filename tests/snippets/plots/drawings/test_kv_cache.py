"""The picture of the KV cache: what it says is computed is what a model with a cache computes."""

from itertools import combinations

import numpy as np
import pytest
import torch
from matplotlib.transforms import Bbox

from snippets.plots.drawings.kv_cache import computed_rows, kv_cache_drawing
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.multi_head_attention import MultiHeadAttention
from tests.snippets.plots.drawings.reading import (
    assert_tidy,
    parts,
    shapes,
    tensors,
    text_boxes,
    words,
)
from tests.snippets.plots.laws import both


def rows_of(prompt: int, steps: int, cached: bool) -> list[int]:
    """How many rows of queries, keys and values a layer really computes in each step."""
    layer, cache, found = MultiHeadAttention(8, 2), KVCache(), []
    layer.qkv.register_forward_hook(lambda _, inputs, __: found.append(inputs[0].shape[1]))
    x = torch.zeros(1, prompt + steps, 8)
    for length in range(prompt, prompt + steps + 1):
        new = x[:, cache.length : length] if cached else x[:, :length]
        layer(new, cache=cache if cached else None)
    return found


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize(("prompt", "steps"), [(4, 3), (1, 2), (6, 1)])
def test_rows_are_counted_as_a_layer_computes_them(prompt: int, steps: int, cached: bool) -> None:
    lengths = list(range(prompt, prompt + steps + 1))
    assert computed_rows(lengths, cached) == rows_of(prompt, steps, cached)


def test_each_step_shows_what_is_computed_and_what_is_kept() -> None:
    figure = kv_cache_drawing(4, 2, head_size=3)
    counts = [count for count, _ in shapes(figure)]
    lengths = [4, 5, 6]
    without = [length * 3 for length in lengths for _ in range(3)]
    cached = [
        rows * 3
        for new, length in zip([4, 1, 1], lengths, strict=True)
        for rows in (new, length, length)
    ]  # no query is kept
    assert counts == without + cached
    assert len({side for _, side in shapes(figure)}) == 1
    keys = np.asarray(tensors(figure)[-2].get_facecolor())[:, 3]
    assert len(set(keys[:15])) == 1 and len(set(keys[15:])) == 1 and keys[0] < keys[-1]


def test_the_sums_are_written() -> None:
    text = words(kv_cache_drawing(4, 3))
    assert "4 + 5 + 6 + 7 = 22 rows each" in text
    assert "4 + 1 + 1 + 1 = 7 rows each" in text


@pytest.mark.parametrize(
    "sizes", [(0, 3, 4), (4, 0, 4), (4, 4, 4), (10, 3, 4), (4, 3, 0), (4, 3, 9)]
)
def test_refusals(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="from 1"):
        kv_cache_drawing(*sizes)


@pytest.mark.parametrize(("prompt", "steps", "size"), [(4, 3, 4), (6, 1, 8), (9, 3, 1), (1, 3, 4)])
def test_q_k_and_v_stand_in_rows_and_columns(prompt: int, steps: int, size: int) -> None:
    for drawn in both(kv_cache_drawing(prompt, steps, size)):
        assert_tidy(drawn)
        found = parts(drawn)
        assert len(found) == 2 * (steps + 1) * 3
        for first in range(0, len(found), 3):
            q, k, v = found[first : first + 3]
            assert q.y1 == pytest.approx(k.y1) and (k.y0, k.y1) == pytest.approx((v.y0, v.y1))
            assert 0 < k.x0 - q.x1 < 10 and k.x0 - q.x1 == pytest.approx(v.x0 - k.x1)
        for one, other in combinations(found, 2):
            assert not Bbox.overlaps(one, other)
        for name in "QKV":
            over = [t for t in text_boxes(drawn) if t.get_text() == name]
            assert len(over) == 2 * (steps + 1)
            for text, box in zip(over, found["QKV".index(name) :: 3], strict=True):
                assert text.get_position()[0] == pytest.approx((box.x0 + box.x1) / 2, abs=0.5)
                assert text.get_position()[1] < box.y0
        half = len(found) // 2
        for way in (found[:half], found[half:]):  # steps go on in one direction, at one distance
            keys = way[1::3]
            starts = [key.x0 for key in keys], [key.y0 for key in keys]
            (still, moved) = sorted(starts, key=lambda values: values[-1] - values[0])
            assert np.ptp(still) == pytest.approx(0)
            assert np.diff(moved) == pytest.approx(np.diff(moved)[0]) and np.diff(moved)[0] > 0


def test_each_step_says_what_it_reads() -> None:
    for drawn in both(kv_cache_drawing(4, 2)):
        said = words(drawn)
        for text in ("read 4 tokens", "token 5", "token 6"):
            assert said.count(text) == 2
        assert {"without a cache", "with a cache"} <= set(said)
        assert any(word.endswith("15 rows each") for word in said)
        assert any(word.endswith("6 rows each") for word in said)


def test_what_is_left_out_is_three_steps_of_heads_of_four() -> None:
    assert words(kv_cache_drawing(4)) == words(kv_cache_drawing(4, 3, 4))
    assert shapes(kv_cache_drawing(4)) == shapes(kv_cache_drawing(4, 3, 4))
