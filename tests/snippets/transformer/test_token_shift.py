"""Token shift: a share of the token before, channel by channel; and the models that have it."""

from dataclasses import replace

import pytest
import torch

from snippets.transformer.cost import count_parameters
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.minigpt import MiniGPT
from snippets.transformer.normalization import RMSNorm
from snippets.transformer.token_shift import ShiftedRMSNorm
from tests.snippets.transformer.test_minigpt import TINY, random_ids

SHIFTED = replace(TINY["ours"], norm="shifted_rmsnorm")


def shifted(channels, share):
    norm = ShiftedRMSNorm(channels)
    with torch.no_grad():
        norm.weight.copy_(torch.randn(channels))
        norm.share.copy_(torch.as_tensor(share))
    return norm


def test_it_begins_as_rms_norm():
    x = torch.randn(2, 5, 8)
    assert torch.equal(ShiftedRMSNorm(8)(x), RMSNorm(8)(x))


def test_each_channel_takes_its_share_of_the_token_before():
    norm, x = shifted(3, [0.5, 0.0, -2.0]), torch.randn(2, 4, 3)
    plain = RMSNorm(3)
    plain.weight = norm.weight
    y = plain(x)
    expected = y.clone()
    for t in range(1, 4):
        expected[:, t] += torch.tensor([0.5, 0.0, -2.0]) * y[:, t - 1]
    torch.testing.assert_close(norm(x), expected)


def test_a_model_looks_only_back():
    model = MiniGPT(SHIFTED).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("share"):
                parameter.normal_()
        ids = random_ids(SHIFTED, 2, 8)
        other = ids.clone()
        other[:, 5:] = (other[:, 5:] + 1) % SHIFTED.vocab_size
        a, b = model(ids), model(other)
    torch.testing.assert_close(a[:, :5], b[:, :5])
    assert (a[:, 5:] - b[:, 5:]).abs().amax(dim=(0, 2)).min() > 1e-4


def test_the_formula_counts_its_shares():
    model = MiniGPT(SHIFTED)
    assert count_parameters(SHIFTED) == sum(p.numel() for p in model.parameters())
    norms = 2 * SHIFTED.num_layers + 1
    assert count_parameters(SHIFTED) == count_parameters(TINY["ours"]) + norms * SHIFTED.d_model


def test_a_cache_is_refused():
    model, message = MiniGPT(SHIFTED), "norm='shifted_rmsnorm' needs the token before"
    assert not model.can_cache and MiniGPT(TINY["ours"]).can_cache
    with pytest.raises(ValueError, match=message):
        model.new_cache()
    with pytest.raises(ValueError, match=message):  # nor one that somebody else has made
        model(random_ids(SHIFTED, 1, 3), [KVCache() for _ in model.blocks])


def test_a_wrong_width_is_refused():
    with pytest.raises(ValueError, match="8"):
        ShiftedRMSNorm(8)(torch.zeros(1, 2, 7))
