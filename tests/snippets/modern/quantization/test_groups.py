"""Groups that share a scale, and codes of four bits in bytes."""

import pytest
import torch

from snippets.modern.quantization.groups import (
    bits_per_weight,
    dequantize_groups,
    nearest_divisor,
    pack,
    quantize_groups,
    unpack,
)
from snippets.modern.quantization.int8 import absmax, dequantize


def weights(rows=6, columns=128):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(0)) / 10


def test_a_group_as_long_as_the_row_is_a_scale_per_row():
    weight = weights()
    codes, scale = quantize_groups(weight, 128, bits=8)
    expected, row_scale = absmax(weight, dim=-1)
    assert torch.equal(codes.flatten(-2), expected)
    assert torch.equal(scale.flatten(-2), row_scale)
    back = dequantize_groups(codes, scale)
    torch.testing.assert_close(back, dequantize(expected, row_scale), atol=0, rtol=1e-3)


def test_a_group_knows_nothing_of_the_others():
    weight = weights()
    other = weight.clone()
    other[0, 40] = 50.0
    before, after = (dequantize_groups(*quantize_groups(w, 32)) for w in (weight, other))
    same = before == after
    assert same[1:].all() and same[0, :32].all() and same[0, 64:].all()
    assert not same[0, 32:64].all()


def test_smaller_groups_have_smaller_errors():
    weight = weights()
    errors = [
        (dequantize_groups(*quantize_groups(weight, group)) - weight).norm().item()
        for group in (8, 32, 128)
    ]
    assert errors == sorted(errors)


def test_zeros_stay_zeros():
    weight = weights()
    weight[2, 32:64] = 0
    back = dequantize_groups(*quantize_groups(weight, 32))
    assert back.isfinite().all() and not back[2, 32:64].any()


def test_a_group_that_does_not_divide_is_refused_with_the_values():
    with pytest.raises(ValueError, match="inputs=344 is not divisible by group=32"):
        quantize_groups(torch.ones(2, 344), 32)
    weight = weights()
    weight[0, 0] = float("nan")
    with pytest.raises(ValueError, match="1 of 768 numbers are not finite"):
        quantize_groups(weight, 32)


def test_bits_are_counted_with_what_is_stored_beside():
    assert bits_per_weight(4, 32) == 4.5
    assert bits_per_weight(4, 32, stored=32) == 5.0
    assert bits_per_weight(4, 32, stored=8) == 4.25
    with pytest.raises(ValueError, match="group=0"):
        bits_per_weight(4, 0)


def test_the_nearest_divisor():
    assert nearest_divisor(128, 32) == 32
    assert nearest_divisor(344, 32) == 43
    assert nearest_divisor(7, 32) == 7


def test_packed_codes_take_half_a_byte_and_come_back():
    codes = torch.arange(-8, 8, dtype=torch.int8).repeat(3, 1)
    packed = pack(codes)
    assert packed.shape == (3, 8) and packed.dtype == torch.uint8
    assert torch.equal(unpack(packed), codes)
    assert packed[0, 0] == 0 | 1 << 4  # the first of a pair lies in the lower half
    with pytest.raises(ValueError, match="codes=3"):
        pack(codes[:, :3])
    with pytest.raises(ValueError, match="from -8 to 8"):
        pack(torch.tensor([-8, 8]))


def test_four_bits_are_meant_where_none_are_named():
    codes, scale = quantize_groups(weights(), 32)
    stated = quantize_groups(weights(), 32, bits=4)
    assert torch.equal(codes, stated[0]) and torch.equal(scale, stated[1])
    assert codes.abs().max() == 7 and codes.shape == (6, 4, 32) and scale.shape == (6, 4, 1)


def test_scales_are_rounded_to_sixteen_bits():
    codes, scale = torch.ones(1, 1, 2), torch.full((1, 1, 1), 1.0001)
    assert dequantize_groups(codes, scale).tolist() == [[1.0, 1.0]]
    assert dequantize_groups(codes, scale).dtype == torch.float32


def test_the_nearest_divisor_is_nearest_by_ratio():
    assert nearest_divisor(10, 3) == 2 and nearest_divisor(30, 4) == 5
    assert (
        nearest_divisor(12, 5) == 6 and nearest_divisor(1, 1) == 1 and nearest_divisor(6, 60) == 6
    )
    for wrong, said in (((0, 3), "size=0"), ((3, 0), "wanted=0")):
        with pytest.raises(ValueError, match=said):
            nearest_divisor(*wrong)
    with pytest.raises(ValueError, match="bits=0"):
        bits_per_weight(0, 4)


def test_codes_below_four_bits_are_refused_and_bytes_hold_a_pair():
    with pytest.raises(ValueError, match="from -9 to 7"):
        pack(torch.tensor([-9, 7]))
    assert pack(torch.tensor([-8, 7])).tolist() == [15 * 16]
    assert pack(torch.tensor([7, -8])).tolist() == [15]
    assert unpack(torch.tensor([15 * 16], dtype=torch.uint8)).tolist() == [-8, 7]
    assert unpack(torch.tensor([3], dtype=torch.uint8)).dtype == torch.int8
