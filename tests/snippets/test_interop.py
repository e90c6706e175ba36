"""GPT-2 and Llama of transformers, carried over: the same logits, and refusals by name."""

import pytest
import torch
import transformers

from snippets.interop import from_gpt2, from_llama

CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def gpt2(**changes):
    torch.manual_seed(0)
    options = {
        "vocab_size": 31,
        "n_positions": 16,
        "n_embd": 24,
        "n_layer": 3,
        "n_head": 4,
        "n_inner": 40,
        "initializer_range": 0.3,
    }
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**options | changes))
    return unlike_at_the_start(model)


def llama(**changes):
    torch.manual_seed(0)
    options = {
        "vocab_size": 31,
        "max_position_embeddings": 16,
        "hidden_size": 24,
        "intermediate_size": 40,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "initializer_range": 0.3,
    }
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**options | changes))
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
        torch.testing.assert_close(ours(ids), theirs(ids).logits, **CLOSE)
    assert not ours.training


@pytest.mark.parametrize("changes", [{}, {"n_inner": None}, {"n_head": 2, "n_layer": 1}])
def test_gpt2(changes):
    theirs = gpt2(**changes)
    check_equal(from_gpt2(theirs), theirs)


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
def test_llama(changes):
    theirs = llama(**changes)
    check_equal(from_llama(theirs), theirs)


def test_the_copy_is_a_copy():
    theirs = llama()
    ours = from_llama(theirs)
    with torch.no_grad():
        ours.head.weight.zero_()
    assert theirs.lm_head.weight.abs().sum() > 0


@pytest.mark.parametrize(
    "changes",
    [
        {"activation_function": "relu"},
        {"layer_norm_epsilon": 1e-6},
        {"scale_attn_weights": False},
        {"scale_attn_by_inverse_layer_idx": True},
        {"tie_word_embeddings": False},
    ],
)
def test_unknown_options_of_gpt2_are_named(changes):
    (name,) = changes
    with pytest.raises(ValueError, match=f"{name}={changes[name]}|{name}='{changes[name]}'"):
        from_gpt2(gpt2(**changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden_act": "gelu"}, "hidden_act='gelu'; MiniGPT has 'silu'"),
        ({"attention_bias": True}, "attention_bias=True"),
        ({"mlp_bias": True}, "mlp_bias=True"),
        ({"head_dim": 8}, "head_dim=8; MiniGPT has 6"),
        (
            {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4}},
            "rope_type='linear'",
        ),
    ],
)
def test_unknown_options_of_llama_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        from_llama(llama(**changes))
