"""The feed-forward networks: their formulas, and transformers' numbers."""

import math

import pytest
import torch
from torch import nn
from transformers import LlamaConfig
from transformers.activations import ACT2FN
from transformers.models.llama.modeling_llama import LlamaMLP

from snippets.transformer.feed_forward import ACTIVATIONS, FeedForward, SwiGLU, relu

CLOSE = {"atol": 1e-5, "rtol": 1e-5}
GRID = torch.linspace(-6, 6, 241)


def by_formula(name, x):
    if name == "relu":
        return max(0.0, x)
    if name == "relu_squared":
        return max(0.0, x) ** 2
    if name == "gelu":
        return x * (1 + math.erf(x / math.sqrt(2))) / 2
    return x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_follow_their_formulas(name):
    expected = torch.tensor([by_formula(name, x) for x in GRID.tolist()])
    torch.testing.assert_close(ACTIVATIONS[name](GRID), expected, **CLOSE)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("relu", "relu"), ("gelu", "gelu"), ("gelu_tanh", "gelu_new"), ("relu_squared", "relu2")],
)
def test_activations_equal_transformers(ours, theirs):
    torch.testing.assert_close(ACTIVATIONS[ours](GRID), ACT2FN[theirs](GRID), **CLOSE)


def test_the_two_gelus_differ_but_little():
    gap = (ACTIVATIONS["gelu"](GRID) - ACTIVATIONS["gelu_tanh"](GRID)).abs().max()
    assert 1e-5 < gap < 1e-3


@pytest.mark.parametrize("bias", [True, False])
def test_feed_forward_is_linear_activation_linear(bias):
    ours = FeedForward(6, 10, relu, bias=bias)
    reference = nn.Sequential(nn.Linear(6, 10, bias=bias), nn.ReLU(), nn.Linear(10, 6, bias=bias))
    reference[0].load_state_dict(ours.up.state_dict())
    reference[2].load_state_dict(ours.down.state_dict())
    x = torch.randn(2, 3, 6)
    torch.testing.assert_close(ours(x), reference(x), **CLOSE)


def test_swiglu_equals_llama():
    config = LlamaConfig(hidden_size=8, intermediate_size=20, num_attention_heads=2)
    reference = LlamaMLP(config)
    ours = SwiGLU(8, 20)
    for name in ("gate", "up", "down"):
        theirs = getattr(reference, f"{name}_proj")
        getattr(ours, name).load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 8)
    torch.testing.assert_close(ours(x), reference(x), **CLOSE)


@pytest.mark.parametrize("network", [FeedForward(8, 16), SwiGLU(8, 16)], ids=["mlp", "swiglu"])
def test_each_position_is_on_its_own(network):
    x = torch.randn(2, 5, 8)
    y = x.clone()
    y[:, 3] += 1.0
    torch.testing.assert_close(network(y)[:, [0, 1, 2, 4]], network(x)[:, [0, 1, 2, 4]])
    torch.testing.assert_close(network(x)[1, 3], network(x[1, 3]), **CLOSE)


def test_two_thirds_of_the_width_give_swiglu_as_many_parameters():
    def count(module):
        return sum(parameter.numel() for parameter in module.parameters())

    assert count(SwiGLU(96, 256)) == count(FeedForward(96, 384, bias=False))


@pytest.mark.parametrize("kind", [FeedForward, SwiGLU])
def test_dropout_only_in_training(kind):
    torch.manual_seed(0)
    network, x = kind(8, 64, dropout=0.5), torch.randn(4, 8)
    assert not torch.allclose(network(x), network(x))
    network.eval()
    torch.testing.assert_close(network(x), network(x), rtol=0, atol=0)


@pytest.mark.parametrize("kind", [FeedForward, SwiGLU])
def test_wrong_arguments_are_named(kind):
    with pytest.raises(ValueError, match="d_hidden=0 must be at least 1"):
        kind(8, 0)
    with pytest.raises(ValueError, match=r"shape \(2, 9\); its last axis must be d_model=8"):
        kind(8, 16)(torch.zeros(2, 9))


def test_an_activation_that_is_no_function_is_named():
    with pytest.raises(ValueError, match="activation='gelu' is no function"):
        FeedForward(8, 16, "gelu")
