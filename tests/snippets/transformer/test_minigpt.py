"""MiniGPT keeps the causal law and counts itself right; test_interop.py has it equal others."""

import math
import re
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.transformer.minigpt import (
    MINIGPT,
    MiniGPT,
    MiniGPTConfig,
    next_token_loss,
)
from snippets.transformer.minigpt_config import POSITIONS
from snippets.transformer.normalization import LayerNorm, RMSNorm

TINY_GPT2 = MiniGPTConfig(
    vocab_size=31, context=16, d_model=24, num_layers=3, num_heads=4, num_kv_heads=4, d_hidden=40
)
TINY_LLAMA = replace(
    TINY_GPT2,
    num_kv_heads=2,
    norm="rmsnorm",
    feed_forward="swiglu",
    positions="rope",
    tie_weights=False,
    bias=False,
)
TINY_OURS = replace(TINY_LLAMA, num_kv_heads=4, feed_forward="relu_squared", qk_norm=True)
TINY = {"gpt2": TINY_GPT2, "llama": TINY_LLAMA, "ours": TINY_OURS}


def tiny(config, seed=0, scale=0.5):
    """A model in evaluation mode with weights large enough for differences to show."""
    torch.manual_seed(seed)
    model = MiniGPT(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * scale)
    return model


def random_ids(config, batch, length, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(config.vocab_size, (batch, length), generator=generator)


@pytest.mark.parametrize("config", [*TINY.values(), MINIGPT], ids=[*TINY, "minigpt"])
def test_first_loss_is_the_logarithm_of_the_vocabulary(config):
    torch.manual_seed(0)
    ids = random_ids(config, 8, config.context)
    loss = next_token_loss(MiniGPT(config)(ids[:, :-1]), ids[:, 1:])
    margin = 0.1 if config is MINIGPT else 0.05  # tied and wider, it expects each token again
    assert loss.item() == pytest.approx(math.log(config.vocab_size), abs=margin)


def test_residual_projections_start_smaller():
    torch.manual_seed(0)
    model = MiniGPT(MINIGPT)
    block = model.blocks[0]
    for matrix, std in [
        (block.attention.qkv.weight, 0.02),
        (block.feed_forward.up.weight, 0.02),
        (block.attention.out.weight, 0.02 / math.sqrt(2 * MINIGPT.num_layers)),
        (block.feed_forward.down.weight, 0.02 / math.sqrt(2 * MINIGPT.num_layers)),
    ]:
        assert matrix.std().item() == pytest.approx(std, rel=0.05)


def test_biases_start_at_zero_and_norms_at_one():
    for name, parameter in MiniGPT(TINY_GPT2).named_parameters():
        if name.endswith("bias"):
            assert not parameter.any(), name
        elif "norm" in name:
            assert (parameter == 1).all(), name


def test_tied_weights_are_one_tensor():
    tied, untied = MiniGPT(TINY_GPT2), MiniGPT(TINY_LLAMA)
    assert tied.head.weight.data_ptr() == tied.embedding.weight.data_ptr()
    assert untied.head.weight.data_ptr() != untied.embedding.weight.data_ptr()


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(list(TINY)),
    length=st.integers(2, 16),
    data=st.data(),
)
def test_changing_a_token_leaves_earlier_logits_alone(name, length, data):
    config = TINY[name]
    model = tiny(config)
    place = data.draw(st.integers(0, length - 1))
    ids = random_ids(config, 1, length, seed=data.draw(st.integers(0, 100)))
    changed = ids.clone()
    changed[0, place] = (ids[0, place] + 1) % config.vocab_size
    with torch.no_grad():
        before, after = model(ids), model(changed)
    torch.testing.assert_close(before[:, :place], after[:, :place], rtol=1e-5, atol=1e-5)
    assert not torch.allclose(before[:, place], after[:, place], atol=1e-3)


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(list(TINY)), cuts=st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_in_pieces_with_a_cache_equals_at_once(name, cuts):
    model = tiny(TINY[name]).double()
    ids = random_ids(TINY[name], 2, sum(cuts))
    cache = model.new_cache()
    with torch.no_grad():
        pieces = [model(piece, cache=cache) for piece in ids.split(cuts, dim=1)]
        torch.testing.assert_close(torch.cat(pieces, dim=1), model(ids))
    assert cache[0].length == sum(cuts)


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(list(TINY)), positions=st.sampled_from(list(POSITIONS)))
def test_positions_and_mask_may_be_given(name, positions):
    """Two texts in one row, each with its own positions and mask, are as each alone."""
    model = tiny(replace(TINY[name], positions=positions)).double()
    ids = random_ids(model.config, 2, 9)
    position_ids = torch.tensor([0, 1, 2, 3, 0, 1, 2, 3, 4]).expand(2, 9)
    mask = torch.block_diag(torch.ones(4, 4), torch.ones(5, 5)).bool().tril()
    with torch.no_grad():
        together = model(ids, mask=mask, position_ids=position_ids)
        alone = torch.cat([model(ids[:, :4]), model(ids[:, 4:])], dim=1)
    torch.testing.assert_close(together, alone)


def test_dropout_acts_in_training_only():
    config = replace(TINY_GPT2, dropout=0.5)
    model, ids = tiny(config), random_ids(config, 1, 8)
    assert torch.equal(model(ids), model(ids))
    model.train()
    assert not torch.equal(model(ids), model(ids))


def test_too_long_a_sequence_is_refused():
    model = MiniGPT(TINY_GPT2)
    with pytest.raises(ValueError, match="17 tokens are more than the context=16"):
        model(torch.zeros(1, 17, dtype=torch.long))
    cache = model.new_cache()
    model(torch.zeros(1, 10, dtype=torch.long), cache=cache)
    with pytest.raises(ValueError, match=re.escape("10 + 7 tokens are more than the context=16")):
        model(torch.zeros(1, 7, dtype=torch.long), cache=cache)


@pytest.mark.parametrize("shape", [(3,), (1, 0), (1, 2, 3)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=re.escape(str(shape))):
        MiniGPT(TINY_GPT2)(torch.zeros(shape, dtype=torch.long))


@pytest.mark.parametrize("wrong", [-1, 31])
def test_unknown_ids_are_refused(wrong):
    with pytest.raises(ValueError, match=f"id {wrong} is not in the vocabulary of 31"):
        MiniGPT(TINY_GPT2)(torch.tensor([[0, wrong]]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d_model": 130}, "d_model=130 is not divisible by num_heads=4"),
        ({"num_kv_heads": 3}, "num_heads=4 is not divisible by num_kv_heads=3"),
    ],
)
def test_wrong_configurations_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        MiniGPT(replace(TINY_GPT2, **change))


def test_dropout_acts_on_the_embeddings():
    torch.manual_seed(0)
    model = MiniGPT(replace(TINY_OURS, dropout=0.5)).train()
    seen = []
    model.blocks[0].register_forward_pre_hook(lambda block, inputs: seen.append(inputs[0]))
    ids = random_ids(TINY_OURS, 2, 16)
    model(ids)
    kept = seen[0] != 0
    assert 0.3 < kept.float().mean() < 0.7
    torch.testing.assert_close(seen[0][kept], 2 * model.embedding(ids)[kept])


@pytest.mark.parametrize("name", TINY)
def test_every_norm_has_the_eps_of_the_configuration(name):
    model = MiniGPT(replace(TINY[name], norm_eps=0.5))
    norms = [module for module in model.modules() if isinstance(module, LayerNorm | RMSNorm)]
    per_layer = 4 if TINY[name].qk_norm else 2
    assert len(norms) == per_layer * TINY[name].num_layers + 1
    assert {norm.eps for norm in norms} == {0.5}


def test_rope_turns_with_the_base_of_the_configuration():
    ids = random_ids(TINY_OURS, 1, 9)
    models = [tiny(replace(TINY_OURS, rope_base=base)) for base in (10_000.0, 10_000.0, 100.0)]
    with torch.no_grad():
        one, same, other = (model(ids) for model in models)
    assert torch.equal(one, same)
    assert not torch.allclose(one, other, atol=1e-3)


@pytest.mark.parametrize("name", TINY)
def test_mask_and_positions_lie_where_the_ids_are(name):
    model = MiniGPT(TINY[name]).to("meta")
    ids, cache = torch.zeros(1, 5, dtype=torch.long, device="meta"), model.new_cache()
    assert model(ids, cache).device.type == "meta"
    assert model(ids[:, :1], cache).device.type == "meta"
