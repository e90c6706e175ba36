"""A window hides what is W or more back, and a cache of W rows gives what the mask gives."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers import MistralConfig
from transformers.masking_utils import create_sliding_window_causal_mask

from snippets.modern.long_context.sliding_window import (
    RollingKVCache,
    layer_windows,
    reach,
    window_mask,
)
from snippets.transformer.masks import causal_mask
from snippets.transformer.minigpt import MINIGPT, MiniGPT

SMALL = replace(MINIGPT, vocab_size=11, context=40, d_model=32, d_hidden=64, num_layers=3)


@pytest.mark.parametrize("past", [0, 5])
@pytest.mark.parametrize("window", [1, 3, 50])
def test_each_row_sees_the_last_positions_only(window: int, past: int) -> None:
    mask = window_mask(6, window, past)
    for t in range(6):
        seen = mask[t].nonzero().flatten().tolist()
        assert seen == list(range(max(0, past + t - window + 1), past + t + 1))


def test_a_window_as_long_as_the_text_is_the_causal_mask() -> None:
    assert torch.equal(window_mask(7, 7), causal_mask(7))
    assert not torch.equal(window_mask(7, 6), causal_mask(7))


def test_the_mask_is_that_of_transformers() -> None:
    settings: dict[str, Any] = {"sliding_window": 4, "attn_implementation": "eager"}
    config = MistralConfig(**settings)
    theirs: Any = create_sliding_window_causal_mask(
        config=config, inputs_embeds=torch.zeros(1, 10, 8), attention_mask=None,
        past_key_values=None, position_ids=torch.arange(10)[None],
    )  # fmt: skip
    assert torch.equal(theirs[0, 0] == 0, window_mask(10, 4))


@pytest.mark.parametrize("prompt", [1, 4, 20])
@torch.no_grad()
def test_a_rolling_cache_gives_what_the_mask_gives(prompt: int) -> None:
    torch.manual_seed(0)
    model = MiniGPT(SMALL).eval()
    ids, window = torch.randint(11, (2, 40)), 7
    masked = model(ids, mask=window_mask(40, window))
    caches = [RollingKVCache(window) for _ in model.blocks]
    parts = [model(ids[:, :prompt], cache=caches, mask=window_mask(prompt, window))]
    parts += [model(ids[:, t : t + 1], cache=caches) for t in range(prompt, 40)]
    assert torch.allclose(torch.cat(parts, 1), masked, atol=1e-5)
    assert caches[0].length == 40 and caches[0].room[0].shape[2] == window
    plain = model(ids)
    assert torch.allclose(plain[:, :window], masked[:, :window], atol=1e-5)
    assert not torch.allclose(plain[:, window:], masked[:, window:], atol=1e-3)


def test_what_is_beyond_the_reach_has_no_influence_and_what_is_within_it_has() -> None:
    torch.manual_seed(0)
    model, window = MiniGPT(SMALL).eval(), 5
    far = reach([window] * SMALL.num_layers)
    assert far == 13
    x = model.embed(torch.randint(11, (1, 40))).detach().requires_grad_()
    y = x
    for block in model.blocks:
        y = block(y, window_mask(40, window), None, torch.arange(40))
    (gradient,) = torch.autograd.grad(y[0, -1].sum(), x)
    felt = (gradient[0].abs().sum(-1) > 0).nonzero().flatten().tolist()
    assert felt == list(range(40 - far, 40))
    assert reach([5, None, 5]) is None


def test_a_rolling_cache_can_be_cut_only_while_nothing_was_overwritten() -> None:
    cache = RollingKVCache(4)
    new = torch.randn(1, 2, 3, 8)
    cache.append(new, 2 * new)
    shorter = cache.truncated(2)
    assert torch.equal(shorter.keys, new[:, :, :2]) and cache.length == 3
    shorter.append(9 + new[:, :, :1], new[:, :, :1])  # what one writes, the other does not see
    assert torch.equal(cache.keys, new) and torch.equal(cache.values, 2 * new)
    with pytest.raises(ValueError, match="length=4 is not between 0 and 3"):
        cache.truncated(4)
    for _ in range(2):
        cache.append(new[:, :, :1], new[:, :, :1])
    with pytest.raises(ValueError, match="of 5 positions, only 4 are still there"):
        cache.truncated(4)
    with pytest.raises(ValueError, match="2 positions at once after 5"):
        cache.append(new[:, :, :2], new[:, :, :2])
    with pytest.raises(ValueError, match="must both be"):
        cache.append(new[:, :, :1], new)


def test_layers_that_see_everything_come_at_regular_places() -> None:
    assert layer_windows(6, 4, 16, every=3) == [4, 4, None, 4, 4, None]
    assert layer_windows(2, 4, 4) == [4, 4]


def test_windows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="window=17 does not fit into context=16"):
        layer_windows(2, 17, 16)
    with pytest.raises(ValueError, match="every=-1"):
        layer_windows(2, 4, 16, every=-1)
    for call in (lambda: window_mask(4, 0), lambda: RollingKVCache(0)):
        with pytest.raises(ValueError, match="window=0 must be at least 1"):
            call()


def test_a_full_cache_may_still_be_cut_and_to_nothing_too() -> None:
    cache, new = RollingKVCache(3), torch.randn(1, 2, 3, 4)
    cache.append(new, new)
    assert [cache.truncated(n).length for n in (0, 2, 3)] == [0, 2, 3]
    assert cache.truncated(2).keys.shape == cache.truncated(2).values.shape == (1, 2, 2, 4)
    with pytest.raises(ValueError, match="length=-1 is not between 0 and 3"):
        cache.truncated(-1)


def test_nothing_came_before_and_no_layer_sees_all_unless_it_is_said() -> None:
    assert torch.equal(window_mask(5, 2), window_mask(5, 2, 0))
    assert layer_windows(3, 2, 8) == layer_windows(3, 2, 8, every=0) == [2, 2, 2]
    assert layer_windows(2, 2, 8, every=1) == [None, None]
    assert (reach([]), reach([1, 1]), reach([4])) == (1, 1, 4)
    for name in ("num_layers", "window", "context"):
        sizes = {"num_layers": 1, "window": 1, "context": 1} | {name: 0}
        with pytest.raises(ValueError, match=f"{name}=0"):
            layer_windows(**sizes)


def test_a_prompt_longer_than_the_window_leaves_its_end() -> None:
    cache, new = RollingKVCache(3), torch.arange(5.0).view(1, 1, 5, 1)
    keys, values = cache.append(new, -new)
    assert keys is new and values.shape == new.shape  # under a mask, the prompt sees itself whole
    assert sorted(cache.keys.flatten().tolist()) == [2, 3, 4]
    keys, values = cache.append(torch.full((1, 1, 1, 1), 5.0), torch.full((1, 1, 1, 1), -5.0))
    assert sorted(keys.flatten().tolist()) == [3, 4, 5] and torch.equal(values, -keys)


def test_the_mask_lies_where_it_is_wanted() -> None:
    assert window_mask(5, 2, 1, "meta").device.type == "meta"
    assert window_mask(5, 2, device=torch.device("meta")).device.type == "meta"
