"""Multi-head attention: loop = reshape = torch = transformers; cached = uncached."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from transformers import LlamaConfig, Qwen3Config
from transformers.models.llama.modeling_llama import LlamaAttention, LlamaRotaryEmbedding
from transformers.models.qwen3.modeling_qwen3 import Qwen3Attention

from snippets.transformer.attention_weights import attention_weights
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.masks import causal_mask, padding_mask
from snippets.transformer.multi_head_attention import (
    LoopedMultiHeadAttention,
    MultiHeadAttention,
    fuse,
)
from snippets.transformer.positions.rope import RotaryPositions

CLOSE = {"atol": 1e-5, "rtol": 1e-5}
seeds = st.integers(0, 2**32 - 1)


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def kinds():
    """One of each kind of attention, from a fixed seed."""
    torch.manual_seed(0)
    rotary = RotaryPositions(32, 8)
    return {
        "mha": MultiHeadAttention(32, 4),
        "gqa": MultiHeadAttention(32, 4, num_kv_heads=2),
        "mqa": MultiHeadAttention(32, 4, num_kv_heads=1, bias=False),
        "rope": MultiHeadAttention(32, 4, rotary=rotary),
        "qwen": MultiHeadAttention(32, 4, 2, bias=False, rotary=rotary, qk_norm=True),
    }


KINDS = kinds()
each_kind = pytest.mark.parametrize("kind", KINDS)


# --- the same as others -------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("num_heads", [1, 2, 6])
@pytest.mark.parametrize("mask", [None, causal_mask(7)], ids=["all", "causal"])
def test_loop_is_reshape_is_torch(num_heads, bias, mask):
    looped = LoopedMultiHeadAttention(12, num_heads, bias)
    fused = fuse(looped)
    reference = nn.MultiheadAttention(12, num_heads, bias=bias, batch_first=True)
    with torch.no_grad():
        reference.in_proj_weight.copy_(fused.qkv.weight)
        reference.out_proj.weight.copy_(fused.out.weight)
        if bias:
            reference.in_proj_bias.copy_(fused.qkv.bias)
            reference.out_proj.bias.copy_(fused.out.bias)
    x = normal(0, 3, 7, 12)
    hidden = None if mask is None else ~mask  # torch's masks say who may not look
    expected, expected_weights = reference(x, x, x, attn_mask=hidden, average_attn_weights=False)

    torch.testing.assert_close(looped(x, mask), expected, **CLOSE)
    torch.testing.assert_close(fused(x, mask), expected, **CLOSE)
    weights = attention_weights(fused, x, mask)[0]
    torch.testing.assert_close(weights, expected_weights, **CLOSE)


@pytest.mark.parametrize(
    ("config_of", "attention_of"), [(LlamaConfig, LlamaAttention), (Qwen3Config, Qwen3Attention)]
)
@pytest.mark.parametrize("num_kv_heads", [4, 2, 1])
def test_equals_transformers(config_of, attention_of, num_kv_heads):
    """Llama has RoPE and grouped heads, Qwen 3 also norms on queries and keys."""
    config = config_of(
        hidden_size=32,
        num_attention_heads=4,
        num_key_value_heads=num_kv_heads,
        head_dim=8,
        num_hidden_layers=1,
        rms_norm_eps=1e-6,
        attn_implementation="eager",
    )
    reference = attention_of(config, layer_idx=0)
    qk_norm = hasattr(reference, "q_norm")
    ours = MultiHeadAttention(
        32, 4, num_kv_heads, bias=False, rotary=RotaryPositions(16, 8), qk_norm=qk_norm
    )
    projections = (reference.q_proj, reference.k_proj, reference.v_proj)
    with torch.no_grad():
        ours.qkv.weight.copy_(torch.cat([p.weight for p in projections]))
        ours.out.weight.copy_(reference.o_proj.weight)
        if qk_norm:
            ours.query_norm.weight.copy_(reference.q_norm.weight.copy_(normal(1, 8)))
            ours.key_norm.weight.copy_(reference.k_norm.weight.copy_(normal(2, 8)))
    x = normal(0, 2, 9, 32)
    turns = LlamaRotaryEmbedding(LlamaConfig(hidden_size=32, num_attention_heads=4))(
        x, torch.arange(9)[None]
    )
    hidden = torch.zeros(9, 9).masked_fill(~causal_mask(9), -torch.inf)[None, None]
    expected, expected_weights = reference(x, turns, hidden)
    torch.testing.assert_close(ours(x, causal_mask(9)), expected, **CLOSE)
    weights = attention_weights(ours, x, causal_mask(9))[0]
    torch.testing.assert_close(weights, expected_weights, **CLOSE)


def test_grouped_heads_are_many_heads_with_equal_keys():
    """GQA = MHA whose key and value heads are the same within a group."""
    grouped, whole = MultiHeadAttention(32, 4, num_kv_heads=2), MultiHeadAttention(32, 4)
    with torch.no_grad():
        for name in ("weight", "bias"):
            query, *shared = getattr(grouped.qkv, name).split(grouped.sizes)
            each = [  # head 0 twice, then head 1 twice
                y.unflatten(0, (2, 8)).repeat_interleave(2, dim=0).flatten(0, 1) for y in shared
            ]
            getattr(whole.qkv, name).copy_(torch.cat([query, *each]))
    whole.out.load_state_dict(grouped.out.state_dict())
    x = normal(0, 2, 5, 32)
    torch.testing.assert_close(grouped(x), whole(x), **CLOSE)


def test_as_many_kv_heads_as_heads_is_plain_multi_head_attention():
    plain, grouped = MultiHeadAttention(32, 4), MultiHeadAttention(32, 4, num_kv_heads=4)
    grouped.load_state_dict(plain.state_dict())
    x = normal(0, 2, 5, 32)
    torch.testing.assert_close(grouped(x), plain(x), rtol=0, atol=0)


@pytest.mark.parametrize(("num_kv_heads", "outputs"), [(4, 96), (2, 64), (1, 48)])
def test_fewer_kv_heads_need_fewer_parameters_and_less_cache(num_kv_heads, outputs):
    attention, cache = MultiHeadAttention(32, 4, num_kv_heads), KVCache()
    assert attention.qkv.weight.shape == (outputs, 32)
    attention(normal(0, 2, 5, 32), cache=cache)
    assert cache.keys is not None
    assert cache.keys.shape == (2, num_kv_heads, 5, 8)


# --- laws ---------------------------------------------------------------------------------------


@each_kind
@given(seeds, st.integers(0, 7))
def test_under_a_causal_mask_a_token_changes_nothing_before_it(kind, seed, changed):
    attention, x = KINDS[kind], normal(seed, 2, 8, 32)
    y = x.clone()
    y[:, changed] += 3.0
    before, after = attention(x, causal_mask(8)), attention(y, causal_mask(8))
    torch.testing.assert_close(before[:, :changed], after[:, :changed], **CLOSE)
    assert not torch.allclose(before[:, changed], after[:, changed], atol=1e-3)


@pytest.mark.parametrize("kind", ["mha", "gqa", "mqa"])
@given(seeds, st.permutations(range(6)))
def test_without_positions_order_is_lost(kind, seed, order):
    attention, x = KINDS[kind], normal(seed, 2, 6, 32)
    torch.testing.assert_close(attention(x[:, order]), attention(x)[:, order], **CLOSE)


@pytest.mark.parametrize("kind", ["rope", "qwen"])
def test_rope_sees_the_order_but_not_where_it_all_begins(kind):
    attention, x = KINDS[kind], normal(0, 2, 6, 32)
    assert not torch.allclose(attention(x.flip(1)), attention(x).flip(1), atol=1e-3)
    padded = torch.cat([normal(1, 2, 3, 32), x], dim=1)  # three tokens that nobody may see
    mask = torch.arange(9).ge(3).expand(9, 9)
    torch.testing.assert_close(attention(padded, mask)[:, 3:], attention(x), **CLOSE)


@each_kind
@given(seeds, st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_cached_is_uncached(kind, seed, pieces):
    attention, x = KINDS[kind], normal(seed, 2, sum(pieces), 32)
    whole = attention(x, causal_mask(sum(pieces)))
    cache, outputs, past = KVCache(), [], 0
    for length in pieces:
        piece = x[:, past : past + length]
        mask = causal_mask(length, past)
        outputs.append(attention(piece, mask, cache))
        past += length
        assert cache.length == past
    torch.testing.assert_close(torch.cat(outputs, dim=1), whole, **CLOSE)

    rewound = cache.truncated(past - pieces[-1])
    mask = causal_mask(pieces[-1], rewound.length)
    output = attention(x[:, rewound.length :], mask, rewound)
    torch.testing.assert_close(output, whole[:, -pieces[-1] :], **CLOSE)


@each_kind
def test_padding_changes_nothing(kind):
    attention, x = KINDS[kind], normal(0, 2, 6, 32)
    output = attention(x, padding_mask([6, 4], 6))
    torch.testing.assert_close(output[1, :4], attention(x[1:, :4])[0], **CLOSE)


def test_looped_takes_a_mask_for_each_sequence():
    looped, x = LoopedMultiHeadAttention(8, 2), normal(0, 3, 5, 8)
    mask = normal(1, 3, 5, 5) > 0
    torch.testing.assert_close(looped(x, mask), fuse(looped)(x, mask[:, None]), **CLOSE)


def test_dropout_only_in_training():
    torch.manual_seed(0)
    attention, x = MultiHeadAttention(32, 4, dropout=0.5), normal(0, 2, 6, 32)
    assert not torch.allclose(attention(x), attention(x))
    attention.eval()
    torch.testing.assert_close(attention(x), attention(x), rtol=0, atol=0)


def test_gradients_reach_every_parameter_and_stay_finite():
    attention = kinds()["qwen"]
    mask = causal_mask(6)
    mask[2] = False  # a query that may look nowhere
    attention(normal(0, 2, 6, 32), mask).square().sum().backward()
    for name, parameter in attention.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


# --- wrong arguments ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [LoopedMultiHeadAttention, MultiHeadAttention])
@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((130, 4), "d_model=130 is not divisible by num_heads=4"),
        ((8, 0), "num_heads=0 must be at least 1"),
    ],
)
def test_heads_that_do_not_divide_the_channels_are_named(kind, sizes, message):
    with pytest.raises(ValueError, match=message):
        kind(*sizes)


@pytest.mark.parametrize("num_kv_heads", [0, 3, 8, -1])
def test_kv_heads_that_do_not_divide_the_heads_are_named(num_kv_heads):
    wrong = "num_heads=4 is not divisible by " if num_kv_heads > 0 else ""
    message = f"{wrong}num_kv_heads={num_kv_heads}"
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(32, 4, num_kv_heads)


@pytest.mark.parametrize("kind", [LoopedMultiHeadAttention, MultiHeadAttention])
def test_a_wrong_input_is_named(kind):
    with pytest.raises(ValueError, match=r"shape \(5, 32\); it needs \(B, T, C\)"):
        kind(32, 4)(torch.zeros(5, 32))
    with pytest.raises(ValueError, match=r"shape \(2, 5, 16\); its last axis must be d_model=32"):
        kind(32, 4)(torch.zeros(2, 5, 16))


@pytest.mark.parametrize("shape", [(5, 4), (4, 4), (2, 5, 5), (1, 5, 5), (3, 1, 5, 5), (5,)])
def test_a_mask_of_the_wrong_shape_is_named_and_the_cache_left_alone(shape):
    """(2, 5, 5) would broadcast where H = 2, and mean the wrong thing."""
    cache = KVCache()
    with pytest.raises(ValueError, match=r"\(T, T_key\) = \(5, 5\) .*\(2, 2, 5, 5\)"):
        MultiHeadAttention(8, 2)(torch.zeros(2, 5, 8), torch.ones(shape, dtype=torch.bool), cache)
    assert cache.length == 0


def test_a_mask_without_room_for_the_past_is_named():
    attention, cache = MultiHeadAttention(8, 2), KVCache()
    attention(torch.zeros(2, 3, 8), cache=cache)
    with pytest.raises(ValueError, match=r"\(T, T_key\) = \(5, 8\)"):
        attention(torch.zeros(2, 5, 8), causal_mask(5), cache)


def test_a_mask_of_numbers_is_refused():
    with pytest.raises(ValueError, match=r"boolean .*float32"):
        MultiHeadAttention(8, 2)(torch.zeros(2, 5, 8), torch.zeros(5, 5))


def test_beyond_the_rotary_table_is_named():
    attention = MultiHeadAttention(8, 2, rotary=RotaryPositions(4, 4))
    with pytest.raises(ValueError, match=r"positions 0..4 are not within max_length=4"):
        attention(torch.zeros(1, 5, 8))


# --- types and devices --------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_normed_queries_and_keys_keep_their_type(dtype):
    """As under mixed precision, where the gains stay in single precision."""
    attention = kinds()["qwen"]
    both = normal(0, 2, 6, 5, 8).to(dtype)
    normed = attention.normed(both, attention.gain())
    assert normed.dtype == dtype
    torch.testing.assert_close(
        normed.float(), attention.normed(both.float(), attention.gain()), atol=0.05, rtol=0.02
    )


def test_the_norms_of_queries_and_keys_are_rms_norms_with_the_eps_given():
    attention = MultiHeadAttention(32, 4, 2, qk_norm=True, norm_eps=0.1)
    with torch.no_grad():
        attention.query_norm.weight.copy_(normal(1, 8))
        attention.key_norm.weight.copy_(normal(2, 8))
    both = 0.1 * normal(0, 2, 6, 5, 8)
    normed = attention.normed(both, attention.gain())
    torch.testing.assert_close(normed[:, :4], attention.query_norm(both[:, :4]), **CLOSE)
    torch.testing.assert_close(normed[:, 4:], attention.key_norm(both[:, 4:]), **CLOSE)
    assert attention.query_norm.eps == attention.key_norm.eps == 0.1


def test_positions_may_be_given():
    attention, x = KINDS["rope"], normal(0, 2, 6, 32)
    torch.testing.assert_close(attention(x, position_ids=torch.arange(6)), attention(x), **CLOSE)
    shifted = attention(x, position_ids=torch.arange(6) + 20)
    torch.testing.assert_close(shifted, attention(x), **CLOSE)  # only distances count
    stretched = attention(x, position_ids=3 * torch.arange(6))
    assert not torch.allclose(stretched, attention(x), atol=1e-3)


@each_kind
def test_everything_lies_where_the_input_is(kind):
    attention, cache = kinds()[kind].to("meta"), KVCache()
    x = torch.zeros(2, 3, 32, device="meta")
    assert attention(x, cache=cache).device.type == "meta"
    assert attention(x, causal_mask(3, 3, "meta"), cache).device.type == "meta"


def test_fused_heads_lie_where_the_looped_ones_do():
    fused = fuse(LoopedMultiHeadAttention(32, 4).to("meta", torch.bfloat16))
    found = {(p.device.type, p.dtype) for p in fused.parameters()}
    assert found == {("meta", torch.bfloat16)}
