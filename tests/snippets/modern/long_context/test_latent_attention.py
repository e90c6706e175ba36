"""Latent attention is that of DeepSeek-V3, with a cache of latents and without, in either order."""

from typing import Any

import pytest
import torch
from transformers import DeepseekV3Config, DynamicCache
from transformers.models.deepseek_v3.modeling_deepseek_v3 import (
    DeepseekV3Attention,
    DeepseekV3RotaryEmbedding,
)

from snippets.modern.long_context.latent_attention import LatentAttention, LatentCache
from snippets.transformer.masks import causal_mask

SIZES = {
    "latent_size": 24,
    "content_size": 12,
    "rope_size": 8,
    "value_size": 10,
    "query_latent": 20,
}
SETTINGS: dict[str, Any] = {
    "hidden_size": 48,
    "num_attention_heads": 3,
    "num_key_value_heads": 3,
    "kv_lora_rank": 24,
    "q_lora_rank": 20,
    "qk_nope_head_dim": 12,
    "qk_rope_head_dim": 8,
    "v_head_dim": 10,
    "attn_implementation": "eager",
}
THEIRS = DeepseekV3Config(**SETTINGS)


def pair() -> tuple[LatentAttention, DeepseekV3Attention]:
    """Ours and theirs with the same weights, large enough that attention is not even."""
    torch.manual_seed(0)
    theirs = DeepseekV3Attention(THEIRS, layer_idx=0).eval()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3 if parameter.ndim == 2 else 1.0)
    ours = LatentAttention(48, 3, **SIZES).eval()
    ours.load_deepseek(theirs.state_dict())
    return ours, theirs


def run_theirs(theirs: DeepseekV3Attention, x: torch.Tensor) -> torch.Tensor:
    """Their output under the causal mask."""
    T = x.shape[1]
    rows = DeepseekV3RotaryEmbedding(THEIRS)(x, torch.arange(T)[None])
    mask = torch.zeros(1, 1, T, T).masked_fill(~causal_mask(T), -torch.inf)
    return theirs(x, rows, mask)[0]


@torch.no_grad()
@pytest.mark.parametrize("absorbed", [False, True])
def test_it_is_the_attention_of_deepseek_v3(absorbed: bool) -> None:
    ours, theirs = pair()
    x = torch.randn(2, 30, 48)
    assert torch.allclose(ours(x, absorbed=absorbed), run_theirs(theirs, x), atol=1e-5)
    moved = ours(x[:, torch.arange(30).flip(0)], absorbed=absorbed)  # order matters
    assert not torch.allclose(moved[:, -1], ours(x)[:, -1], atol=1e-2)


@torch.no_grad()
@pytest.mark.parametrize("absorbed", [False, True])
def test_a_cache_of_latents_changes_nothing(absorbed: bool) -> None:
    ours, _ = pair()
    x, cache = torch.randn(2, 30, 48), LatentCache()
    parts = [ours(x[:, :11], cache=cache)]
    parts += [ours(x[:, t : t + 1], cache=cache, absorbed=absorbed) for t in range(11, 30)]
    assert torch.allclose(torch.cat(parts, 1), ours(x), atol=1e-5)


@torch.no_grad()
def test_the_cache_holds_what_theirs_holds() -> None:
    ours, theirs = pair()
    x, cache, other = torch.randn(1, 7, 48), LatentCache(), DynamicCache()
    ours(x, cache=cache)
    rows = DeepseekV3RotaryEmbedding(THEIRS)(x, torch.arange(7)[None])
    theirs(x, rows, None, past_key_values=other)
    assert cache.parts is not None and cache.length == 7
    numbers = sum(part.numel() for part in cache.parts)
    kept: Any = other.layers[0]
    assert numbers == 7 * (24 + 8) == kept.keys.numel() + kept.values.numel()
    assert torch.allclose(cache.parts[0], kept.keys[:, 0], atol=1e-5)


@torch.no_grad()
def test_only_the_distance_counts() -> None:
    ours, _ = pair()
    x, cache = torch.randn(1, 6, 48), LatentCache()
    hidden = torch.zeros(6, 9 + 6, dtype=torch.bool)
    hidden[:, 9:] = causal_mask(6)  # nine strangers before the text, that nobody sees
    ours(torch.randn(1, 9, 48), cache=cache)
    assert torch.allclose(ours(x, hidden, cache), ours(x), atol=1e-5)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="rope_size=7 must be even"):
        LatentAttention(48, 3, **SIZES | {"rope_size": 7})
    with pytest.raises(ValueError, match="latent_size=0"):
        LatentAttention(48, 3, **SIZES | {"latent_size": 0})
    ours = LatentAttention(48, 3, **SIZES)
    with pytest.raises(ValueError, match="d_model=48"):
        ours(torch.zeros(1, 2, 40))
    with pytest.raises(ValueError, match="the mask"):
        ours(torch.zeros(1, 2, 48), torch.ones(3, 3, dtype=torch.bool))


@pytest.mark.parametrize("name", ["d_model", "num_heads", *SIZES, "base"])
def test_each_size_is_above_zero(name: str) -> None:
    given: dict[str, Any] = {"d_model": 48, "num_heads": 3, **SIZES} | {name: 0}
    with pytest.raises(ValueError, match=f"{name}=0"):
        LatentAttention(**given)


@torch.no_grad()
def test_the_base_is_that_of_rope_unless_another_is_given() -> None:
    ours, _ = pair()
    x = torch.randn(1, 6, 48)
    for base, same in ((10_000.0, True), (100.0, False)):
        other = LatentAttention(48, 3, **SIZES, base=base)
        other.load_state_dict(ours.state_dict())
        assert torch.allclose(other(x), ours(x), atol=1e-5) == same
    assert torch.equal(ours(x), ours(x, causal_mask(6), None, False))
    assert LatentCache().length == 0
