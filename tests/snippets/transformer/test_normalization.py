"""LayerNorm and RMSNorm: what they promise, and torch's and transformers' numbers."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from transformers.models.llama.modeling_llama import LlamaRMSNorm

from snippets.transformer.normalization import LayerNorm, RMSNorm, layer_norm, rms_norm

sizes = st.integers(2, 33)
seeds = st.integers(0, 2**32 - 1)
CLOSE = {"atol": 1e-5, "rtol": 1e-5}


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 3 + 1


def learned(module, seed=7):
    """The module with weights unlike those it starts with, so that ignoring them shows."""
    for number, parameter in enumerate(module.parameters()):
        parameter.data.copy_(normal(seed + number, *parameter.shape))
    return module


@given(seeds, sizes)
def test_layer_norm_gives_mean_zero_and_variance_one(seed, size):
    y = LayerNorm(size, eps=0.0)(normal(seed, 4, size))
    torch.testing.assert_close(y.mean(-1), torch.zeros(4), atol=1e-4, rtol=0)
    torch.testing.assert_close(y.var(-1, correction=0), torch.ones(4), atol=1e-3, rtol=0)


@given(seeds, sizes)
def test_rms_norm_gives_root_mean_square_one(seed, size):
    y = RMSNorm(size, eps=0.0)(normal(seed, 4, size))
    torch.testing.assert_close(y.square().mean(-1), torch.ones(4), **CLOSE)


@given(seeds, st.floats(0.5, 20), st.floats(-20, 20))
def test_scaling_changes_neither_and_shifting_only_rms_norm(seed, scale, shift):
    x = normal(seed, 3, 16)
    layer, rms = LayerNorm(16, eps=0.0), RMSNorm(16, eps=0.0)
    torch.testing.assert_close(layer(scale * x + shift), layer(x), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(rms(scale * x), rms(x), **CLOSE)
    assert not torch.allclose(rms(x + 5), rms(x), atol=1e-2)


@pytest.mark.parametrize("bias", [True, False])
def test_layer_norm_equals_torch(bias):
    reference = learned(nn.LayerNorm(12, eps=1e-3, bias=bias))
    ours = LayerNorm(12, eps=1e-3, bias=bias)
    ours.load_state_dict(reference.state_dict())  # the same names, and no others
    x = normal(0, 2, 5, 12)
    torch.testing.assert_close(ours(x), reference(x), **CLOSE)
    torch.testing.assert_close(
        layer_norm(x, reference.weight, reference.bias, 1e-3), reference(x), **CLOSE
    )


@pytest.mark.parametrize(
    "reference", [nn.RMSNorm(12, eps=1e-3), LlamaRMSNorm(12, eps=1e-3)], ids=["torch", "llama"]
)
def test_rms_norm_equals_torch_and_transformers(reference):
    learned(reference)
    ours = RMSNorm(12, eps=1e-3)
    ours.load_state_dict(reference.state_dict())
    x = normal(0, 2, 5, 12)
    torch.testing.assert_close(ours(x), reference(x), **CLOSE)
    torch.testing.assert_close(rms_norm(x, reference.weight, 1e-3), reference(x), **CLOSE)


@pytest.mark.parametrize("kind", [LayerNorm, RMSNorm])
def test_a_vector_of_zeros_stays_finite(kind):
    assert torch.equal(kind(4)(torch.zeros(2, 4)), torch.zeros(2, 4))


@pytest.mark.parametrize("kind", [LayerNorm, RMSNorm])
@pytest.mark.parametrize("shape", [(2, 5), (), (4, 1)])
def test_a_wrong_last_axis_is_named(kind, shape):
    with pytest.raises(ValueError, match=r"shape \(.*\); its last axis must be d_model=4"):
        kind(4)(torch.zeros(shape))


@pytest.mark.parametrize("kind", [LayerNorm, RMSNorm])
def test_a_size_below_one_is_named(kind):
    with pytest.raises(ValueError, match="d_model=0 must be at least 1"):
        kind(0)


@pytest.mark.parametrize(
    ("kind", "function", "reference", "eps"),
    [
        (LayerNorm, layer_norm, nn.LayerNorm(4), 1e-5),
        (RMSNorm, rms_norm, LlamaRMSNorm(4), 1e-6),
    ],
)
def test_the_default_eps_is_that_of_others(kind, function, reference, eps):
    """Vectors this short are ruled by it: a tenth of it, or ten times, would show."""
    x = torch.tensor([[1.0, -2.0, 3.0, 0.5]]) * 1e-3
    torch.testing.assert_close(kind(4)(x), reference(x), **CLOSE)
    torch.testing.assert_close(function(x, torch.ones(4)), reference(x), **CLOSE)
    assert kind(4).eps == eps


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_rms_norm_keeps_the_type_of_its_input(dtype):
    """As under mixed precision, where x is in half precision and the weight is not."""
    norm, x = learned(RMSNorm(4)), torch.tensor([[1.0, -2.0, 3.0, 0.5]])
    assert norm(x.to(dtype)).dtype == dtype
    torch.testing.assert_close(norm(x.to(dtype)).float(), norm(x), atol=0.1, rtol=0.02)
