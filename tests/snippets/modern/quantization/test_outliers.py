"""Smoothing moves outliers and leaves the product as it is."""

import pytest
import torch

from snippets.modern.quantization.int8 import absmax, dequantize
from snippets.modern.quantization.outliers import relative_error, smoothing


def layer():
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(50, 16, generator=generator)
    inputs[:, 3] *= 100
    return inputs, torch.randn(8, 16, generator=generator)


@pytest.mark.parametrize("strength", [0, 0.5, 1])
def test_the_product_stays(strength):
    inputs, weight = layer()
    s = smoothing(inputs, weight, strength)
    torch.testing.assert_close((inputs / s) @ (weight * s).T, inputs @ weight.T)


def test_at_half_strength_both_sides_have_the_same_range():
    inputs, weight = layer()
    s = smoothing(inputs, weight)
    torch.testing.assert_close((inputs / s).abs().amax(0), (weight * s).abs().amax(0))


def test_at_full_strength_the_inputs_are_even_and_at_none_the_weights():
    inputs, weight = layer()
    assert torch.allclose((inputs / smoothing(inputs, weight, 1)).abs().amax(0), torch.ones(16))
    assert torch.allclose((weight * smoothing(inputs, weight, 0)).abs().amax(0), torch.ones(16))


def test_it_helps_a_scale_for_all():
    inputs, weight = layer()
    s, exact = smoothing(inputs, weight), inputs @ weight.T

    def error(x, w):
        return (dequantize(*absmax(x)) @ dequantize(*absmax(w, dim=-1)).T - exact).norm()

    assert error(inputs / s, weight * s) < error(inputs, weight)


def test_channels_without_inputs_or_weights_stay():
    inputs, weight = layer()
    inputs[:, 0], weight[:, 1] = 0, 0
    s = smoothing(inputs, weight)
    assert s[0] == s[1] == 1 and s.isfinite().all() and (s > 0).all()
    with pytest.raises(ValueError, match="strength=2"):
        smoothing(inputs, weight, 2)


def test_the_error_is_relative_and_grows_with_an_outlier():
    inputs, _ = layer()
    calm = inputs.clone()
    calm[:, 3] /= 100
    assert relative_error(calm) == pytest.approx(relative_error(1000 * calm), rel=1e-3)
    others = [i for i in range(16) if i != 3]
    lost = (dequantize(*absmax(inputs)) - inputs)[:, others].norm() / inputs[:, others].norm()
    assert lost > 20 * relative_error(calm)
    assert relative_error(inputs, dim=0) < relative_error(inputs)
    with pytest.raises(ValueError, match="all zero"):
        relative_error(torch.zeros(3))


def test_half_strength_and_eight_bits_for_all_are_meant_where_nothing_is_said():
    inputs, weight = layer()
    assert torch.equal(smoothing(inputs, weight), smoothing(inputs, weight, 0.5))
    assert (
        relative_error(inputs) == relative_error(inputs, None, 8) < relative_error(inputs, bits=4)
    )
    for strength in (-0.1, 1.1):
        with pytest.raises(ValueError, match=f"strength={strength} must be from 0 to 1"):
            smoothing(inputs, weight, strength)


def test_factors_by_hand():
    inputs, weight = torch.tensor([[8.0, -1.0], [-2.0, 1.0]]), torch.tensor([[2.0, 4.0]])
    expected = [8**0.75 / 2**0.25, 1 / 4**0.25]
    assert smoothing(inputs, weight, 0.75).tolist() == pytest.approx(expected)
