"""Codes of 8 bits or fewer: laws of rounding, and agreement with PyTorch's own."""

from itertools import pairwise

import pytest
import torch

from snippets.modern.quantization.int8 import absmax, affine, dequantize, int8_linear


def numbers(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 3


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("dim", [None, 0, -1])
def test_an_error_is_at_most_half_a_step(bits, dim):
    x = numbers(6, 50)
    codes, scale = absmax(x, bits, dim)
    assert codes.abs().max() == 2 ** (bits - 1) - 1
    assert ((dequantize(codes, scale) - x).abs() <= scale / 2 * 1.0001).all()
    codes, scale, zero = affine(x, bits, dim)
    assert (codes.min(), codes.max()) == (0, 2**bits - 1)
    assert ((dequantize(codes, scale, zero) - x).abs() <= scale * 1.0001).all()


@pytest.mark.parametrize("bits", [4, 8])
def test_the_codes_are_those_of_torch(bits):
    x, top = numbers(40, 64), 2 ** (bits - 1) - 1
    codes, scale = absmax(x, bits)
    theirs = torch.fake_quantize_per_tensor_affine(x, scale.item(), 0, -top, top)
    torch.testing.assert_close(dequantize(codes, scale), theirs, atol=1e-5, rtol=0)
    codes, scale = absmax(x, bits, dim=-1)
    none = torch.zeros(40, dtype=torch.int32)
    theirs = torch.fake_quantize_per_channel_affine(x, scale.flatten(), none, 0, -top, top)
    torch.testing.assert_close(dequantize(codes, scale), theirs, atol=1e-5, rtol=0)
    codes, scale, zero = affine(x + 1, bits)
    theirs = torch.fake_quantize_per_tensor_affine(x + 1, scale.item(), int(zero), 0, 2**bits - 1)
    torch.testing.assert_close(dequantize(codes, scale, zero), theirs, atol=1e-5, rtol=0)


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_the_codes_are_those_of_torchs_quantized_tensors():
    x = numbers(40, 64, seed=1)
    codes, scale = absmax(x)
    assert torch.equal(codes, torch.quantize_per_tensor(x, scale, 0, torch.qint8).int_repr())
    codes, scale = absmax(x, dim=-1)
    theirs = torch.quantize_per_channel(x, scale.flatten(), torch.zeros(40), 0, torch.qint8)
    assert torch.equal(codes, theirs.int_repr())


def test_each_bit_halves_the_error():
    x = numbers(200, 200)
    errors = [(dequantize(*absmax(x, bits)) - x).norm() for bits in range(4, 9)]
    ratios = torch.tensor([a / b for a, b in pairwise(errors)])
    torch.testing.assert_close(ratios, torch.full((4,), 2.0), atol=0.2, rtol=0)


def test_negated_numbers_have_negated_codes():
    x = numbers(300)
    assert torch.equal(absmax(-x)[0], -absmax(x)[0])


def test_zero_stays_zero_even_among_positive_numbers():
    x = numbers(100).abs() + 5
    x[3] = 0
    assert dequantize(*affine(x))[3] == 0
    x = numbers(100).abs() + 5  # all far from zero: the range is widened all the same
    codes, _, zero = affine(x)
    assert zero == 0 and codes.min() > 50


def test_a_row_of_zeros_comes_back_as_zeros():
    x = torch.zeros(2, 4)
    x[1] = 1e-45  # so small that its scale is 0 in 32 bits
    for codes, *rest in (absmax(x, dim=-1), affine(x, dim=-1)):
        back = dequantize(codes, *rest)
        assert back.isfinite().all() and back.abs().max() <= 1e-45


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(wrong):
    x = torch.tensor([1.0, wrong, 2.0])
    for quantize in (absmax, affine):
        with pytest.raises(ValueError, match="1 of 3 numbers are not finite"):
            quantize(x)
    with pytest.raises(ValueError, match="0 of 0"):
        absmax(torch.empty(0))


@pytest.mark.parametrize("bits", [1, 9])
def test_bits_that_do_not_fit_are_refused(bits):
    for quantize in (absmax, affine):
        with pytest.raises(ValueError, match=f"bits={bits}"):
            quantize(torch.ones(3), bits)


def test_a_product_of_codes_is_the_product_of_what_they_stand_for():
    x, weight = numbers(2, 5, 64), numbers(7, 64, seed=1)
    codes, scale = absmax(weight, dim=-1)
    expected = dequantize(*absmax(x, dim=-1)) @ dequantize(codes, scale).T
    torch.testing.assert_close(int8_linear(x, codes, scale), expected, atol=1e-3, rtol=1e-5)
    exact = x @ weight.T
    assert (int8_linear(x, codes, scale) - exact).norm() < 0.02 * exact.norm()
    with pytest.raises(ValueError, match=r"\(2, 5, 64\) does not fit codes \(7, 63\)"):
        int8_linear(x, codes[:, 1:], scale)


def test_sums_of_large_codes_do_not_overflow():
    x = torch.full((1, 5000), 127.0)
    codes, scale = absmax(torch.full((1, 5000), 127.0), dim=-1)
    assert int8_linear(x, codes, scale).item() == 127 * 127 * 5000


def test_torchs_product_is_exact_where_weights_have_seven_bits():
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(-127, 128, (32, 64), dtype=torch.int8, generator=generator)
    weight = torch.randint(-63, 64, (64, 40), dtype=torch.int8, generator=generator)
    assert torch.equal(torch._int_mm(x, weight), x.int() @ weight.int())


def test_eight_bits_are_meant_where_none_are_named():
    x = numbers(100)
    assert absmax(x)[0].abs().max() == 127
    codes, _, _ = affine(x)
    assert (codes.min(), codes.max()) == (0, 255)


def test_numbers_below_zero_only_have_zero_at_the_largest_code():
    codes, scale, zero = affine(-numbers(100).abs() - 5)
    assert zero == 255 and codes.max() < 200
    assert dequantize(torch.tensor(255), scale, zero) == 0


def test_rounding_never_leaves_the_range_of_the_codes():
    """153.5 and 101.5 both round up to even numbers, 154 and 102: one more than 255 together."""
    x = torch.tensor([-101.5, 0.0, 153.5])
    codes, scale, zero = affine(x)
    assert (scale, zero) == (1, 102) and codes.tolist() == [0, 102, 255]


def test_rows_keep_their_axis_and_one_scale_has_none():
    x = numbers(6, 50)
    shapes = {dim: tuple(absmax(x, 8, dim)[1].shape) for dim in (None, 0, -1)}
    assert shapes == {None: (), 0: (1, 50), -1: (6, 1)}
    for dim, shape in shapes.items():
        assert affine(x, 8, dim)[1].shape == affine(x, 8, dim)[2].shape == shape
    assert absmax(x)[0].dtype == torch.int8 and affine(x)[0].dtype == torch.uint8
    assert absmax(x.double())[1].dtype == torch.float64


def test_a_product_needs_an_input():
    with pytest.raises(ValueError, match="inputs=0"):
        int8_linear(torch.ones(2, 0), torch.ones(3, 0, dtype=torch.int8), torch.ones(3, 1))
