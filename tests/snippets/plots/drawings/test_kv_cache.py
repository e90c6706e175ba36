"""The picture of the KV cache: what it says is computed is what a model with a cache computes."""

import numpy as np
import pytest
import torch

from snippets.plots.drawings.kv_cache import computed_rows, kv_cache_drawing
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.multi_head_attention import MultiHeadAttention
from tests.snippets.plots.drawings.reading import shapes, tensors, words


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
