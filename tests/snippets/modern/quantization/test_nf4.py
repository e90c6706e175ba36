"""NF4: its levels are the published ones, and each weight gets the nearest."""

import pytest
import torch

from snippets.modern.quantization.groups import dequantize_groups, quantize_groups
from snippets.modern.quantization.nf4 import dequantize_nf4, nf4_levels, quantize_nf4
from tests.snippets.elsewhere import Elsewhere

# Dettmers et al. 2023, appendix E
PUBLISHED = [
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0,
]  # fmt: skip


def weights():
    return torch.randn(20, 256, generator=torch.Generator().manual_seed(0)) / 10


def test_the_levels_are_those_of_the_paper():
    torch.testing.assert_close(nf4_levels(), torch.tensor(PUBLISHED), atol=1e-6, rtol=0)


def test_each_weight_gets_the_nearest_level():
    weight = weights()
    codes, scale = quantize_nf4(weight, 64)
    distances = (weight.unflatten(1, (-1, 64)) / scale)[..., None] - nf4_levels()
    chosen = distances.gather(-1, codes.long()[..., None]).abs()
    torch.testing.assert_close(chosen[..., 0], distances.abs().amin(-1))


def test_levels_come_back_as_they_are():
    levels = nf4_levels()[None] * 0.5
    torch.testing.assert_close(dequantize_nf4(*quantize_nf4(levels, 16)), levels, atol=0, rtol=0)


def test_a_bell_curve_is_kept_better_than_by_even_steps():
    weight = weights()
    nf4 = (dequantize_nf4(*quantize_nf4(weight)) - weight).square().mean()
    even = (dequantize_groups(*quantize_groups(weight, 64)) - weight).square().mean()
    assert nf4 < 0.9 * even


def test_zeros_and_what_does_not_fit():
    weight = weights()
    weight[0, :64] = 0
    back = dequantize_nf4(*quantize_nf4(weight))
    assert back.isfinite().all() and not back[0, :64].any()
    with pytest.raises(ValueError, match="inputs=256 is not divisible by group=48"):
        quantize_nf4(weight, 48)
    weight[1, 1] = float("nan")
    with pytest.raises(ValueError, match="1 of 5120 numbers"):
        quantize_nf4(weight)


def test_groups_have_64_weights_unless_it_is_said():
    for usual, stated in zip(quantize_nf4(weights()), quantize_nf4(weights(), 64), strict=True):
        assert torch.equal(usual, stated)
    codes, scale = quantize_nf4(weights())
    assert codes.shape == (20, 4, 64) and codes.dtype == torch.uint8
    assert torch.equal(scale[..., 0], weights().view(20, 4, 64).abs().amax(-1))


def test_numbers_keep_their_precision():
    codes, scale = quantize_nf4(weights().double())
    assert scale.dtype == dequantize_nf4(codes, scale).dtype == torch.float64
    assert nf4_levels().dtype == torch.float32


def test_levels_go_where_the_weights_are():
    expected = quantize_nf4(weights())
    with Elsewhere():
        found = quantize_nf4(weights().to("meta"))
        back = dequantize_nf4(*found)
        assert back.device.type == "meta" and torch.equal(back.cpu(), dequantize_nf4(*expected))
        assert all(torch.equal(ours.cpu(), one) for ours, one in zip(found, expected, strict=True))
