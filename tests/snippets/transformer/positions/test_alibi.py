"""ALiBi attention: by the formula, causal, cached = uncached, and length without end."""

import math

import pytest
import torch
from transformers.models.bloom.modeling_bloom import build_alibi_tensor

from snippets.transformer.attention import attention
from snippets.transformer.attention_weights import attention_weights
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.masks import causal_mask, padding_mask
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.positions.alibi import AlibiAttention, alibi_bias, alibi_slopes

CLOSE = {"atol": 1e-5, "rtol": 1e-5}


def make(num_heads=4):
    torch.manual_seed(0)
    return AlibiAttention(16, num_heads), torch.randn(2, 7, 16)


@pytest.mark.parametrize(
    "mask", [causal_mask(7), padding_mask([7, 3], 7)], ids=["causal", "padding"]
)
def test_the_scores_get_the_bias_and_nothing_else(mask):
    model, x = make()
    query, key, value = map(model.split_heads, model.qkv(x).split(model.sizes, dim=-1))
    mixed, weights = attention(query, key, value, mask, alibi_bias(4, 7))
    torch.testing.assert_close(model(x, mask), model.merge_heads(mixed), **CLOSE)
    watched = attention_weights(model, x, mask)[0]
    torch.testing.assert_close(watched, weights, **CLOSE)
    torch.testing.assert_close(watched.sum(-1), torch.ones(2, 4, 7), **CLOSE)
    assert (watched[~mask.expand_as(watched)] == 0).all()


def test_weights_by_the_formula():
    """Without content (all tokens equal) only the distance is left: powers of exp(-slope)."""
    model, _ = make(num_heads=8)
    weights = attention_weights(model, torch.ones(1, 5, 16), causal_mask(5))[0]
    for head in range(8):
        fall = math.exp(-(2.0 ** -(head + 1)))  # Press et al. 2022: slopes 1/2, 1/4, ... 1/256
        last = weights[0, head, -1]
        torch.testing.assert_close(last[:-1] / last[1:], torch.full((4,), fall), **CLOSE)


def test_differs_from_plain_attention():
    model, x = make()
    plain = MultiHeadAttention(16, 4)
    plain.load_state_dict(model.state_dict())
    assert (model(x) - plain(x)).abs().max() > 1e-3


def test_causal():
    model, x = make()
    changed = x.clone()
    changed[:, 4] += 1.0
    before, after = (model(y, causal_mask(7)) for y in (x, changed))
    torch.testing.assert_close(before[:, :4], after[:, :4], **CLOSE)
    assert (before[:, 4:] - after[:, 4:]).abs().max() > 1e-3


def test_cached_is_uncached():
    model, x = make()
    whole = model(x, causal_mask(7))
    cache = KVCache()
    parts = [model(x[:, a:b], causal_mask(b - a, a), cache) for a, b in ((0, 3), (3, 4), (4, 7))]
    torch.testing.assert_close(torch.cat(parts, 1), whole, **CLOSE)


def test_wrong_shapes_are_named():
    model, x = make()
    with pytest.raises(ValueError, match="d_model=16 is not divisible by num_heads=5"):
        AlibiAttention(16, 5)
    with pytest.raises(ValueError, match=r"\(7, 16\)"):
        model(x[0])
    with pytest.raises(ValueError, match=r"\(6, 6\)"):
        model(x, causal_mask(6))


# --- the bias -----------------------------------------------------------------------------------


def test_alibi_slopes_of_the_paper():
    """Section 3: for 8 heads 1/2, 1/4, ..., 1/256."""
    torch.testing.assert_close(alibi_slopes(8), torch.tensor([2.0**-n for n in range(1, 9)]))


@pytest.mark.parametrize("num_heads", [1, 2, 3, 8, 12, 16])
def test_alibi_equals_bloom(num_heads):
    """BLOOM's bias differs by a constant a row, which softmax does not see."""
    theirs = build_alibi_tensor(torch.ones(1, 7), num_heads, torch.float32)
    scores, hidden = torch.randn(num_heads, 7, 7), ~causal_mask(7)
    torch.testing.assert_close(
        (scores + alibi_bias(num_heads, 7)).masked_fill(hidden, -math.inf).softmax(-1),
        (scores + theirs).masked_fill(hidden, -math.inf).softmax(-1),
        **CLOSE,
    )


def test_alibi_falls_by_the_slope_for_each_step():
    bias = alibi_bias(4, 6)
    assert torch.equal(bias, bias.mT)  # towards the future as towards the past
    assert bias.shape == (4, 6, 6)
    assert (bias.diagonal(dim1=1, dim2=2) == 0).all()
    torch.testing.assert_close(bias[:, 5, 2], -3 * alibi_slopes(4))
    torch.testing.assert_close(alibi_bias(4, 2, past=4), bias[:, 4:])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: alibi_slopes(0), "num_heads=0 must be at least 1"),
        (lambda: alibi_bias(4, -2), "length=-2 must be at least 1"),
    ],
)
def test_wrong_sizes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
