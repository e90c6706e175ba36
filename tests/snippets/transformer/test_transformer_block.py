"""The two blocks: torch's numbers, the laws of residual paths, and gradients at the start."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from snippets.transformer.feed_forward import FeedForward, SwiGLU, gelu, relu
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.masks import causal_mask
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.normalization import LayerNorm, RMSNorm
from snippets.transformer.positions.rope import RotaryPositions
from snippets.transformer.transformer_block import PostNormBlock, PreNormBlock, gradient_norms

CLOSE = {"atol": 1e-5, "rtol": 1e-5}
kinds = pytest.mark.parametrize("kind", [PostNormBlock, PreNormBlock])


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def make(kind, d_model=16, activation=relu, dropout=0.0):
    return kind(
        MultiHeadAttention(d_model, 4),
        FeedForward(d_model, 4 * d_model, activation),
        LayerNorm(d_model),
        LayerNorm(d_model),
        dropout,
    )


def make_llama_like():
    return PreNormBlock(
        MultiHeadAttention(16, 4, 2, bias=False, rotary=RotaryPositions(32, 4)),
        SwiGLU(16, 40),
        RMSNorm(16),
        RMSNorm(16),
    )


torch.manual_seed(0)
BLOCKS = {"post": make(PostNormBlock), "pre": make(PreNormBlock), "llama": make_llama_like()}


@kinds
@pytest.mark.parametrize(("activation", "theirs"), [(relu, F.relu), (gelu, F.gelu)])
@pytest.mark.parametrize("mask", [None, causal_mask(7)], ids=["all", "causal"])
def test_equals_torch(kind, activation, theirs, mask):
    ours = make(kind, activation=activation)
    reference = nn.TransformerEncoderLayer(
        16,
        nhead=4,
        dim_feedforward=64,
        dropout=0.0,
        activation=theirs,
        batch_first=True,
        norm_first=kind is PreNormBlock,
    )
    for norm in (reference.norm1, reference.norm2):
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    ours.attention.qkv.load_state_dict(
        {"weight": reference.self_attn.in_proj_weight, "bias": reference.self_attn.in_proj_bias}
    )
    ours.attention.out.load_state_dict(reference.self_attn.out_proj.state_dict())
    ours.feed_forward.up.load_state_dict(reference.linear1.state_dict())
    ours.feed_forward.down.load_state_dict(reference.linear2.state_dict())
    ours.attention_norm.load_state_dict(reference.norm1.state_dict())
    ours.feed_forward_norm.load_state_dict(reference.norm2.state_dict())
    x = normal(0, 3, 7, 16)
    hidden = None if mask is None else ~mask  # torch's masks say who may not look
    torch.testing.assert_close(ours(x, mask), reference(x, src_mask=hidden), **CLOSE)


@kinds
def test_the_norm_stands_where_the_name_says(kind):
    """After the sum, outputs have mean 0 and variance 1; before it, x itself comes through."""
    block, x = make(kind), 100 * normal(0, 2, 5, 16)
    y = block(x)
    is_normed = torch.allclose(y.var(-1, correction=0), torch.ones(2, 5), atol=1e-3)
    assert is_normed == (kind is PostNormBlock)
    assert ((y - x).norm() < 0.1 * x.norm()).item() == (kind is PreNormBlock)


def test_a_pre_norm_block_whose_parts_say_nothing_changes_nothing():
    block, x = make(PreNormBlock), normal(0, 2, 5, 16)
    for linear in (block.attention.out, block.feed_forward.down):
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)
    torch.testing.assert_close(block(x), x, rtol=0, atol=0)


@pytest.mark.parametrize("name", BLOCKS)
@given(st.integers(0, 2**32 - 1), st.integers(0, 7), st.integers(1, 7))
def test_causal_and_cached(name, seed, changed, cut):
    block, x = BLOCKS[name], normal(seed, 2, 8, 16)
    whole = block(x, causal_mask(8))

    y = x.clone()
    y[:, changed] = normal(seed + 1, 2, 16)
    after = block(y, causal_mask(8))
    torch.testing.assert_close(after[:, :changed], whole[:, :changed], **CLOSE)
    assert not torch.allclose(after[:, changed], whole[:, changed], atol=1e-3)

    cache = KVCache()
    pieces = [
        block(x[:, :cut], causal_mask(cut), cache),
        block(x[:, cut:], causal_mask(8 - cut, cut), cache),
    ]
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, **CLOSE)


@kinds
def test_dropout_only_in_training(kind):
    torch.manual_seed(0)
    block, x = make(kind, dropout=0.5), normal(0, 2, 5, 16)
    assert not torch.allclose(block(x), block(x))
    block.eval()
    torch.testing.assert_close(block(x), block(x), rtol=0, atol=0)


@kinds
def test_a_wrong_input_is_named(kind):
    with pytest.raises(ValueError, match=r"\(2, 5, 8\); its last axis must be d_model=16"):
        make(kind)(torch.zeros(2, 5, 8))


# --- gradients ----------------------------------------------------------------------------------


def stack(kind, depth):
    torch.manual_seed(0)
    blocks = nn.ModuleList(make(kind, 64) for _ in range(depth))
    for parameter in blocks.parameters():
        if parameter.ndim == 2:
            nn.init.xavier_uniform_(parameter)
    return blocks


def loss_at_start(kind, blocks):
    """The cross-entropy of a stack that has learned nothing, on random tokens."""
    x = normal(0, 8, 16, 64)
    for block in blocks:
        x = block(x, causal_mask(16))
    if kind is PreNormBlock:
        x = LayerNorm(64)(x)
    logits = x.flatten(0, 1) @ normal(1, 64, 20) / 8
    return F.cross_entropy(logits, torch.arange(128) % 20)


def norms_at_start(kind, depth):
    blocks = stack(kind, depth)
    downs = [block.feed_forward.down for block in blocks]
    return gradient_norms(loss_at_start(kind, blocks), downs)


@kinds
def test_gradient_norms_are_those_of_backward(kind):
    blocks = stack(kind, 3)
    loss = loss_at_start(kind, blocks)
    norms = gradient_norms(loss, list(blocks))
    assert all(parameter.grad is None for parameter in blocks.parameters())
    loss.backward()  # the graph is still there
    for norm, block in zip(norms, blocks, strict=True):
        gradients = [p.grad.flatten() for p in block.parameters() if p.grad is not None]
        assert norm == pytest.approx(torch.cat(gradients).norm().item(), rel=1e-4)


def test_depth_tames_the_last_gradients_of_pre_norm_stacks_only():
    """Xiong et al. 2020, theorem 1, at the start: O(1 / √depth) against O(1)."""
    post, pre = norms_at_start(PostNormBlock, 16), norms_at_start(PreNormBlock, 16)
    assert post[-1] > 0.8 * norms_at_start(PostNormBlock, 2)[-1]
    assert pre[-1] < 0.7 * norms_at_start(PreNormBlock, 2)[-1]
    assert post[-1] > 2 * pre[-1]
    assert pre[0] > 1.5 * pre[-1]


def test_layers_that_have_no_gradient_are_named():
    blocks = stack(PreNormBlock, 2)
    loss = blocks[0](normal(0, 1, 4, 64)).sum()
    with pytest.raises(ValueError, match="does not depend on layer 1 of 2"):
        gradient_norms(loss, list(blocks))
    with pytest.raises(ValueError, match="each of the 2 layers needs parameters"):
        gradient_norms(loss, [blocks[0], nn.ReLU()])
    with pytest.raises(ValueError, match="each of the 0 layers"):
        gradient_norms(loss, [])


class Ones(nn.Module):
    """A part that says 1 whatever it hears, so that what dropout does to it shows."""

    def forward(self, x, *rest):
        return torch.ones_like(x)


class Nothing(nn.Module):
    """A part that says nothing."""

    def forward(self, x, *rest):
        return torch.zeros_like(x)


@kinds
@pytest.mark.parametrize("parts", [(Ones(), Nothing()), (Nothing(), Ones())])
def test_dropout_acts_on_what_each_part_adds(kind, parts):
    torch.manual_seed(0)
    block = kind(*parts, nn.Identity(), nn.Identity(), dropout=0.5).train()
    added = block(torch.zeros(1, 50, 8))
    assert set(added.unique().tolist()) == {0.0, 2.0}
    assert set(block.eval()(torch.zeros(1, 50, 8)).unique().tolist()) == {1.0}
