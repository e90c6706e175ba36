"""To transformers and back: the same logits and the same weights, and refusals by name."""

from contextlib import suppress
from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

from snippets.transformer.minigpt import GPT2_SMALL, LLAMA_STYLE, MINIGPT, MiniGPT, MiniGPTConfig
from snippets.using.publishing.interop import from_transformers, to_transformers
from snippets.using.publishing.interop_configs import GATED, PLAIN

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
SMALL: dict[str, Any] = {
    "vocab_size": 31,
    "context": 16,
    "d_model": 24,
    "num_layers": 3,
    "num_heads": 4,
    "num_kv_heads": 4,
    "d_hidden": 40,
}
GPT2 = replace(GPT2_SMALL, **SMALL)
LLAMA = replace(LLAMA_STYLE, **SMALL)
QWEN = replace(MINIGPT, **SMALL)


def gpt2(**changes):
    options = {
        "vocab_size": 31,
        "n_positions": 16,
        "n_embd": 24,
        "n_layer": 3,
        "n_head": 4,
        "n_inner": 40,
        "initializer_range": 0.3,
    }
    torch.manual_seed(0)
    config = transformers.GPT2Config(**options | changes)
    return unlike_at_the_start(transformers.GPT2LMHeadModel(config))


ROTARY = {
    "vocab_size": 31,
    "max_position_embeddings": 16,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.3,
}


LLAMA_3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8,
}


def llama(**changes):
    torch.manual_seed(0)
    config = transformers.LlamaConfig(**ROTARY | changes)
    return unlike_at_the_start(transformers.LlamaForCausalLM(config))


def qwen(**changes):
    torch.manual_seed(0)
    config = transformers.Qwen3Config(**ROTARY | {"head_dim": 6} | changes)
    return unlike_at_the_start(transformers.Qwen3ForCausalLM(config))


def minigpt(config):
    torch.manual_seed(0)
    model = MiniGPT(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(10)  # from deviation 0.02, with which all logits are close to 0
    return unlike_at_the_start(model)


def unlike_at_the_start(model):
    """Biases and norms that are not 0 and 1, so that a forgotten one shows."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model.eval()


def check_equal(ours, theirs):
    ids = torch.randint(31, (3, 16), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        logits = ours(ids)
        assert logits.std() > 0.1, "logits close to 0 would be equal whatever the weights"
        torch.testing.assert_close(logits, theirs(ids).logits, **CLOSE)
    assert not ours.training and not theirs.training


def check_same_weights(one, other):
    ones, others = one.state_dict(), other.state_dict()
    assert ones.keys() == others.keys()
    assert all(torch.equal(ones[name], others[name]) for name in ones)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"n_inner": None},
        {"n_head": 2, "n_layer": 1},
        {"layer_norm_epsilon": 1e-2},
        {"tie_word_embeddings": False},
        {"activation_function": "gelu"},
        {"activation_function": "gelu_pytorch_tanh"},
        {"activation_function": "relu"},
        {"activation_function": "relu2"},
    ],
)
def test_from_gpt2(changes):
    theirs = gpt2(**changes)
    check_equal(from_transformers(theirs), theirs)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"num_key_value_heads": 4},
        {"num_key_value_heads": 1},
        {"rms_norm_eps": 1e-2},
        {"tie_word_embeddings": True},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 100.0}},
    ],
)
@pytest.mark.parametrize("family", [llama, qwen])
def test_from_llama_and_qwen(family, changes):
    theirs = family(**changes)
    check_equal(from_transformers(theirs), theirs)


def test_from_a_llama_with_biases():
    theirs = llama(attention_bias=True, mlp_bias=True)
    check_equal(from_transformers(theirs), theirs)


OURS = {
    "gpt2": GPT2,
    "gpt2 untied": replace(GPT2, tie_weights=False),
    "gpt2 with relu": replace(GPT2, feed_forward="relu"),
    "gpt2 with gelu": replace(GPT2, feed_forward="gelu"),
    "gpt2 with relu squared": replace(GPT2, feed_forward="relu_squared"),
    "llama": LLAMA,
    "llama with grouped queries": replace(LLAMA, num_kv_heads=2),
    "llama tied": replace(LLAMA, tie_weights=True),
    "llama with biases": replace(LLAMA, bias=True),
    "llama with relu squared": replace(LLAMA, feed_forward="relu_squared", bias=True),
    "llama with another base": replace(LLAMA, rope_base=123.0),
    "qwen": QWEN,
    "qwen with swiglu": replace(QWEN, feed_forward="swiglu"),
    "qwen with one key head": replace(QWEN, num_kv_heads=1),
}


@pytest.mark.parametrize("name", OURS)
def test_there_and_back(name):
    ours = minigpt(OURS[name])
    theirs = to_transformers(ours)
    assert type(theirs).__name__.lower().startswith(name.split()[0])
    check_equal(ours, theirs)
    again = from_transformers(theirs)
    assert again.config == ours.config
    check_same_weights(again, ours)


@pytest.mark.parametrize("family", [gpt2, llama, qwen])
def test_back_and_there(family):
    theirs = family()
    check_same_weights(to_transformers(from_transformers(theirs)), theirs)


@given(
    layers=st.integers(1, 3),
    heads=st.sampled_from([1, 2, 4]),
    shared=st.sampled_from([1, 2]),
    half=st.integers(1, 4),
    d_hidden=st.integers(1, 9),
    family=st.sampled_from([GPT2, LLAMA, QWEN]),
)
def test_any_size_goes_there_and_back(layers, heads, shared, half, d_hidden, family):
    config = replace(
        family,
        d_model=2 * half * heads,
        num_layers=layers,
        num_heads=heads,
        num_kv_heads=heads if family is GPT2 else max(1, heads // shared),
        d_hidden=d_hidden,
    )
    ours = MiniGPT(config).eval()
    theirs = to_transformers(ours)
    ids = torch.arange(8)[None]
    with torch.no_grad():
        torch.testing.assert_close(ours(ids), theirs(ids).logits, **CLOSE)
    again = from_transformers(theirs)
    assert again.config == config
    check_same_weights(again, ours)


@pytest.mark.parametrize("config", [GPT2, LLAMA, QWEN], ids=["gpt2", "llama", "qwen"])
def test_the_eps_of_norms_is_carried(config):
    """A large one, which changes the logits: they would differ if one norm had another."""
    ours = minigpt(replace(config, norm_eps=0.1))
    theirs = to_transformers(ours)
    check_equal(ours, theirs)
    again = from_transformers(theirs)
    assert again.config.norm_eps == 0.1
    check_equal(again, theirs)


@pytest.mark.parametrize("config", [GPT2, LLAMA, QWEN], ids=["gpt2", "llama", "qwen"])
def test_dropout_is_not_exported(config):
    theirs = to_transformers(MiniGPT(replace(config, dropout=0.5))).train()
    ids = torch.arange(16)[None]
    with torch.no_grad():
        assert torch.equal(theirs(ids).logits, theirs(ids).logits)


@pytest.mark.parametrize("config", [GPT2, LLAMA, QWEN], ids=["gpt2", "llama", "qwen"])
def test_no_marks_are_invented(config):
    theirs = to_transformers(MiniGPT(config))
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        assert getattr(theirs.config, name) is None
        assert getattr(theirs.generation_config, name) is None


def test_the_copy_is_a_copy():
    theirs = llama()
    ours = from_transformers(theirs)
    third = to_transformers(ours)
    with torch.no_grad():
        ours.head.weight.zero_()
    assert theirs.lm_head.weight.abs().sum() > 0
    assert third.lm_head.weight.abs().sum() > 0


@pytest.mark.parametrize(
    ("config", "changes", "message"),
    [
        (GPT2, {"positions": "rope"}, "positions='rope'; GPT-2 has 'learned'"),
        (GPT2, {"positions": "sinusoidal"}, "positions='sinusoidal'"),
        (GPT2, {"bias": False}, "bias=False; GPT-2 has True"),
        (GPT2, {"qk_norm": True}, "qk_norm=True; GPT-2 has False"),
        (GPT2, {"num_kv_heads": 2}, "num_kv_heads=2; GPT-2 has 4"),
        (GPT2, {"feed_forward": "swiglu"}, "feed_forward='swiglu'; GPT-2 has 'gelu_tanh'"),
        (LLAMA, {"positions": "none"}, "positions='none'; Llama has 'rope'"),
        (LLAMA, {"feed_forward": "gelu"}, "feed_forward='gelu'; Llama has 'swiglu'"),
        (QWEN, {"positions": "learned"}, "positions='learned'; Qwen3 has 'rope'"),
        (QWEN, {"bias": True}, "bias=True; Qwen3 has False"),
        (QWEN, {"feed_forward": "relu"}, "feed_forward='relu'; Qwen3 has"),
    ],
)
def test_what_they_cannot_express_is_named(config, changes, message):
    with pytest.raises(ValueError, match=message):
        to_transformers(MiniGPT(replace(config, **changes)))


@pytest.mark.parametrize(
    ("make", "changes", "message"),
    [
        (gpt2, {"activation_function": "silu"}, "activation_function='silu'"),
        (gpt2, {"scale_attn_weights": False}, "scale_attn_weights=False"),
        (gpt2, {"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx=True"),
        (gpt2, {"add_cross_attention": True}, "add_cross_attention=True"),
        (llama, {"hidden_act": "gelu"}, "hidden_act='gelu'; MiniGPT has 'silu'"),
        (llama, {"hidden_act": "relu"}, "hidden_act='relu' with a gate of its own"),
        (llama, {"attention_bias": True}, "mlp_bias=False; MiniGPT has True"),
        (llama, {"mlp_bias": True}, "mlp_bias=True; MiniGPT has False"),
        (llama, {"head_dim": 8}, "head_dim=8; MiniGPT has 6"),
        (qwen, {"head_dim": 8}, "head_dim=8; MiniGPT has 6"),
        (qwen, {"attention_bias": True}, "attention_bias=True"),
        (qwen, {"use_sliding_window": True}, "use_sliding_window=True"),
        (
            llama,
            {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4}},
            "rope_type='linear'",
        ),
        (
            llama,
            {"rope_parameters": {**LLAMA_3, "rope_theta": 5e5}},
            "rope_type='llama3'",
        ),
    ],
)
def test_what_minigpt_does_not_have_is_named(make, changes, message):
    with pytest.raises(ValueError, match=message):
        from_transformers(make(**changes))


def test_other_models_are_refused_by_name():
    body = llama().model  # without the head
    with pytest.raises(ValueError, match="LlamaModel is none of GPT2LMHeadModel"):
        from_transformers(body)


def test_no_option_is_forgotten():
    """An option that is new in MiniGPT has to be exported or refused; then it is listed here."""
    considered = "norm feed_forward positions tie_weights bias qk_norm dropout rope_base norm_eps"
    assert {field.name for field in fields(MiniGPTConfig)} == {*SMALL, *considered.split()}


EVERY = product(
    ("layernorm", "rmsnorm"),
    ("relu", "gelu", "gelu_tanh", "relu_squared", "swiglu"),
    ("learned", "sinusoidal", "rope", "none"),
    (True, False),
    (True, False),
)


def test_every_configuration_is_exported_exactly_or_refused():
    exported = 0
    for norm, feed_forward, positions, bias, qk_norm in EVERY:
        config = replace(
            GPT2,
            num_layers=1,
            norm=norm,
            feed_forward=feed_forward,
            positions=positions,
            bias=bias,
            qk_norm=qk_norm,
            tie_weights=False,
        )
        ours = minigpt(config)
        with suppress(ValueError):
            check_equal(ours, to_transformers(ours))
            exported += 1
    assert exported == len(PLAIN) + 3 * len(GATED)  # GPT-2; Llama with and without biases, Qwen3
