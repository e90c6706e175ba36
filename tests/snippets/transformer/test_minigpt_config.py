"""Configurations: what fits is taken; what does not is named, also where a file was damaged."""

from dataclasses import replace

import pytest
from transformers import GPT2Config

from snippets.transformer.cost import count_parameters
from snippets.transformer.minigpt_config import GPT2_SMALL, LLAMA_STYLE, MINIGPT, MiniGPTConfig

TINY = MiniGPTConfig(
    vocab_size=31, context=16, d_model=24, num_layers=3, num_heads=4, num_kv_heads=4, d_hidden=40
)


def test_a_configuration_needs_no_annotations_of_its_own(monkeypatch):
    """From Python 3.14 on, an instance does not show those of its class."""
    monkeypatch.delattr(MiniGPTConfig, "__annotations__")
    assert replace(TINY, d_model=32).d_model == 32
    with pytest.raises(ValueError, match="d_hidden=0"):
        replace(TINY, d_hidden=0)


@pytest.mark.parametrize("name", ["gpt2", "llama", "minigpt"])
def test_the_named_ones_are_made_of_parts_that_fit(name):
    config = {"gpt2": GPT2_SMALL, "llama": LLAMA_STYLE, "minigpt": MINIGPT}[name]
    assert config.d_model % config.num_heads == config.num_heads % config.num_kv_heads == 0


@pytest.mark.parametrize("change", [{"dropout": 0}, {"dropout": 0.99}, {"rope_base": 500_000}])
def test_what_fits_is_taken(change):
    replace(TINY, **change)


@pytest.mark.parametrize("name", ["vocab_size", "context", "d_model", "num_layers", "d_hidden"])
def test_sizes_below_one_are_refused(name):
    replace(TINY, **{name: 1})
    with pytest.raises(ValueError, match=f"{name}=0 must be at least 1"):
        replace(TINY, **{name: 0})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"norm": "batch"}, "norm='batch' is none of layernorm, rmsnorm"),
        ({"feed_forward": "x"}, "feed_forward='x' is none of relu, gelu, .*swiglu"),
        ({"positions": "x"}, "positions='x' is none of learned, sinusoidal, rope, none"),
        ({"num_heads": 0}, "num_heads=0 must"),
        ({"num_kv_heads": -1}, "num_kv_heads=-1 must"),
        ({"dropout": 1.0}, r"dropout=1\.0 must"),
        ({"dropout": -0.1}, r"dropout=-0\.1 must"),
        ({"rope_base": -1.0}, r"rope_base=-1\.0 must be above 0"),
        ({"norm_eps": float("nan")}, "norm_eps=nan must be above 0"),
        ({"d_model": 24.0}, r"d_model=24\.0 must be of type int"),
        ({"num_layers": True}, "num_layers=True must be of type int"),
        ({"bias": "no"}, "bias='no' must be of type bool"),
        ({"bias": 1}, "bias=1 must be of type bool"),
        ({"dropout": True}, "dropout=True must be of type float"),
        ({"norm_eps": "tiny"}, "norm_eps='tiny' must be of type float"),
        ({"positions": ["rope"]}, r"positions=\['rope'\] must be of type str"),
    ],
)
def test_wrong_configurations_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(TINY, **change)


def test_gpt2_small_is_that_of_transformers():
    theirs, ours = GPT2Config(), GPT2_SMALL
    assert (ours.vocab_size, ours.context) == (theirs.vocab_size, theirs.n_positions)
    assert (ours.d_model, ours.num_layers) == (theirs.n_embd, theirs.n_layer)
    assert ours.num_heads == ours.num_kv_heads == theirs.n_head
    assert ours.d_hidden == 4 * theirs.n_embd and ours.norm_eps == theirs.layer_norm_epsilon
    assert ours.tie_weights == theirs.tie_word_embeddings and ours.bias and not ours.qk_norm
    assert ours.dropout == 0 and ours.rope_base == 10_000


def test_llama_style_is_as_large_and_has_llamas_parts():
    ours = LLAMA_STYLE
    sizes = ("vocab_size", "context", "d_model", "num_layers", "num_heads")
    assert all(getattr(ours, name) == getattr(GPT2_SMALL, name) for name in sizes)
    assert ours.num_heads == 3 * ours.num_kv_heads
    assert ours.d_hidden == 8 * ours.d_model // 3  # three matrices as large as two were
    assert not (ours.tie_weights or ours.bias or ours.qk_norm)


def test_the_courses_model_has_its_parts():
    ours = MINIGPT
    assert ours.tie_weights and ours.qk_norm and not ours.bias and ours.dropout == 0
    assert ours.num_kv_heads == ours.num_heads == 4 and ours.context == ours.d_model == 128
    assert round(count_parameters(ours) / 1e6, 1) == 0.8  # million, as its pages say
