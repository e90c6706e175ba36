"""Weights asked from outside are those that the model mixed with, whatever it is made of."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from snippets.transformer.attention_weights import WatchAttention, attention_weights
from snippets.transformer.masks import causal_mask
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.positions.alibi import AlibiAttention
from tests.snippets.transformer.test_minigpt import TINY, random_ids, tiny
from tests.snippets.transformer.test_multi_head_attention import CLOSE, KINDS, normal, seeds
from tests.snippets.transformer.test_transformer_block import BLOCKS


@pytest.mark.parametrize("kind", KINDS)
@given(seeds)
def test_weights_are_shares_of_what_may_be_seen(kind, seed):
    attention, x = KINDS[kind], normal(seed, 2, 6, 32)
    mask = normal(seed + 1, 2, 1, 6, 6) > 0  # some queries may look nowhere
    (weights,) = attention_weights(attention, x, mask)
    assert weights.shape == (2, 4, 6, 6)
    assert (weights.masked_select(~mask.expand_as(weights)) == 0).all()
    torch.testing.assert_close(weights.sum(-1), mask.any(-1).expand(2, 4, 6).float(), **CLOSE)


@pytest.mark.parametrize("kind", KINDS)
def test_the_output_is_the_same_while_somebody_watches(kind):
    attention, x, mask = KINDS[kind], normal(0, 2, 6, 32), causal_mask(6)
    with WatchAttention() as watch:
        watched = attention(x, mask)
    torch.testing.assert_close(watched, attention(x, mask), **CLOSE)
    assert len(watch.weights) == 1  # the second call was not watched


def test_values_mixed_by_the_weights_are_the_output():
    query, key, value = normal(0, 3, 2, 4, 5, 8)
    bias = normal(1, 4, 5, 5).masked_fill(~causal_mask(5), -torch.inf)
    for mask in (None, causal_mask(5), bias):
        with WatchAttention() as watch:
            F.scaled_dot_product_attention(query, key, value, mask)
        expected = F.scaled_dot_product_attention(query, key, value, mask)
        torch.testing.assert_close(watch.weights[0] @ value, expected, **CLOSE)


def test_a_kernel_that_is_told_to_be_causal_is_so_while_watched():
    query, key, value = normal(0, 3, 2, 4, 5, 8)
    with WatchAttention() as watch:
        watched = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    expected = F.scaled_dot_product_attention(query, key, value, causal_mask(5))
    torch.testing.assert_close(watched, expected, **CLOSE)
    assert (watch.weights[0].triu(1) == 0).all()


def test_a_query_that_may_look_nowhere_has_no_weights_with_a_bias_too():
    mask = causal_mask(3)
    mask[1] = False
    (weights,) = attention_weights(AlibiAttention(8, 2), normal(0, 1, 3, 8), mask)
    assert (weights[:, :, 1] == 0).all()
    assert weights.isfinite().all()


@pytest.mark.parametrize("config", TINY.values(), ids=TINY)
def test_of_a_model_one_for_each_layer_in_order(config):
    model, ids = tiny(config), random_ids(config, 2, 9)
    with torch.no_grad():
        weights = attention_weights(model, ids)
        x = model.positions(model.embed(ids), torch.arange(9))
        for layer, block in enumerate(model.blocks):
            expected = attention_weights(block.attention, block.attention_norm(x), causal_mask(9))
            torch.testing.assert_close(weights[layer], expected[0], **CLOSE)
            x = block(x, causal_mask(9))
    assert weights.shape == (config.num_layers, 2, config.num_heads, 9, 9)
    assert (weights.triu(1) == 0).all()


def test_of_a_model_with_a_cache_the_past_is_looked_at_too():
    model, ids = tiny(TINY["ours"]), random_ids(TINY["ours"], 2, 9)
    with torch.no_grad():
        whole, cache = attention_weights(model, ids), model.new_cache()
        model(ids[:, :6], cache)
        rest = attention_weights(model, ids[:, 6:], cache)
    torch.testing.assert_close(rest, whole[:, :, :, 6:], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", BLOCKS)
@given(st.integers(1, 7))
def test_of_a_block(name, length):
    weights = attention_weights(BLOCKS[name], normal(0, 2, length, 16), causal_mask(length))
    assert weights.shape == (1, 2, 4, length, length)


def test_no_weight_is_dropped():
    attention, x = MultiHeadAttention(32, 4, dropout=0.5), normal(0, 2, 6, 32)
    weights = attention_weights(attention.train(), x)
    torch.testing.assert_close(weights.sum(-1), torch.ones(1, 2, 4, 6), **CLOSE)


def test_a_module_that_does_not_attend_is_named():
    with pytest.raises(ValueError, match="nothing in Linear attends"):
        attention_weights(nn.Linear(2, 2), torch.zeros(1, 2))


def test_heads_that_share_keys_have_weights_of_their_own():
    model = tiny(replace(TINY["llama"], num_layers=1))
    with torch.no_grad():
        (weights,) = attention_weights(model, random_ids(TINY["llama"], 1, 8))
    assert not torch.allclose(weights[:, 0], weights[:, 1])
