"""GPTQ: against a slow form of the same rule, and against plain rounding."""

import pytest
import torch

from snippets.modern.quantization.gptq import gptq, hessian, output_error
from snippets.modern.quantization.groups import dequantize_groups, quantize_groups


def layer(rows=12, columns=32, tokens=200):
    generator = torch.Generator().manual_seed(0)
    mixing = torch.randn(columns, columns, generator=generator)
    inputs = torch.randn(tokens, columns, generator=generator) @ mixing
    return torch.randn(rows, columns, generator=generator), inputs


def one_by_one(weight, inputs, group, bits):
    """The rule as Optimal Brain Quantization has it: what is left is inverted anew each time."""
    w, h, top = weight.double().clone(), hessian(inputs), 2 ** (bits - 1) - 1
    for i in range(w.shape[1]):
        if i % group == 0:
            scale = w[:, i : i + group].abs().amax(1) / top
        value = (w[:, i] / scale).round().clamp(-top, top) * scale
        inverse = torch.linalg.inv(h[i:, i:])
        step = (value - w[:, i]) / inverse[0, 0]
        w[:, i:] += step[:, None] * inverse[0]
        w[:, i] = value
    return w.to(weight.dtype)


@pytest.mark.parametrize("group", [8, 32])
@pytest.mark.parametrize("bits", [3, 4])
def test_it_is_the_rule_that_inverts_what_is_left_each_time(group, bits):
    weight, inputs = layer()
    codes, scale = gptq(weight, inputs, group, bits)
    ours = (codes * scale).flatten(-2)
    torch.testing.assert_close(ours, one_by_one(weight, inputs, group, bits), atol=1e-5, rtol=1e-5)


def test_it_beats_rounding_where_channels_move_together():
    weight, inputs = layer()
    plain = dequantize_groups(*quantize_groups(weight, 32))
    ours = dequantize_groups(*gptq(weight, inputs, 32))
    assert output_error(weight, ours, inputs) < 0.7 * output_error(weight, plain, inputs)
    assert (ours - weight).norm() > (plain - weight).norm()  # the weights are further off


def test_without_anything_in_common_it_is_rounding():
    weight, _ = layer()
    inputs = torch.eye(32).repeat(4, 1)
    codes, scale = gptq(weight, inputs, 8)
    expected, expected_scale = quantize_groups(weight, 8)
    assert torch.equal(codes, expected)
    torch.testing.assert_close(scale, expected_scale)


def test_the_hessian_is_that_of_the_squared_error():
    _, inputs = layer(columns=5, tokens=30)
    row = torch.zeros(5, dtype=torch.float64)
    found = torch.autograd.functional.hessian(lambda w: (inputs.double() @ w).square().mean(), row)
    damped = found + 0.01 * found.diagonal().mean() * torch.eye(5)
    torch.testing.assert_close(hessian(inputs), damped)


def test_a_channel_that_is_always_zero_does_no_harm():
    weight, inputs = layer()
    inputs[:, 3] = 0
    codes, scale = gptq(weight, inputs, 8)
    assert dequantize_groups(codes, scale).isfinite().all()


def test_what_does_not_fit_is_refused():
    weight, inputs = layer()
    with pytest.raises(ValueError, match="inputs=32 is not divisible by group=5"):
        gptq(weight, inputs, 5)
    with pytest.raises(ValueError, match=r"inputs \(200, 31\) do not fit weight \(12, 32\)"):
        gptq(weight, inputs[:, 1:], 8)
    with pytest.raises(ValueError, match="not all zero"):
        gptq(weight, inputs * 0, 8)
    with pytest.raises(ValueError, match="damping=0"):
        gptq(weight, inputs, 8, damping=0)
    inputs[0, 0] = float("nan")
    with pytest.raises(ValueError, match="1 of 6400 numbers"):
        gptq(weight, inputs, 8)


def test_four_bits_and_a_hundredth_are_meant_where_nothing_is_said():
    weight, inputs = layer()
    codes, scale = gptq(weight, inputs, 8)
    stated = gptq(weight, inputs, 8, bits=4, damping=0.01)
    assert torch.equal(codes, stated[0]) and torch.equal(scale, stated[1])
    assert codes.abs().max() == 7 and codes.shape == (12, 4, 8) and scale.shape == (12, 4, 1)
    assert codes.dtype == torch.int8 and scale.dtype == weight.dtype
    assert not torch.equal(gptq(weight, inputs, 8, damping=10.0)[0], codes)
    assert torch.equal(hessian(inputs), hessian(inputs, 0.01))
    assert hessian(inputs).dtype == torch.float64


def test_the_error_of_outputs_by_hand():
    weight, changed = torch.eye(2), torch.tensor([[1.0, 0.0], [0.0, 0.5]])
    inputs = torch.tensor([[1.0, 2.0], [3.0, 0.0]])
    assert output_error(weight, changed, inputs) == pytest.approx(1 / 14)
    assert output_error(weight, weight, inputs) == 0


def test_inputs_are_a_matrix():
    for wrong in (torch.ones(3), torch.ones(2, 2, 3)):
        with pytest.raises(ValueError, match=r"must be \(N, in\)"):
            hessian(wrong)


def test_everything_lies_where_the_inputs_are():
    """Tensors that are made without a device land on "meta", which keeps no numbers."""
    weight, inputs = layer()
    wanted = gptq(weight, inputs, 8)
    with torch.device("meta"):
        found = gptq(weight, inputs, 8)
    assert torch.equal(found[0], wanted[0]) and torch.equal(found[1], wanted[1])
