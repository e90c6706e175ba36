"""A model with rounded matrices: only these change, and what that does is measured rightly."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from snippets.modern.quantization.quantized_model import (
    damage,
    megabytes,
    predictions,
    rounded,
)
from snippets.modern.small_models.pruning import matrices
from snippets.transformer.minigpt import MINIGPT, MiniGPT, next_token_loss
from tests.snippets.elsewhere import Elsewhere

SMALL = replace(MINIGPT, vocab_size=11, context=8, d_model=16, num_layers=2, d_hidden=24)


def model():
    torch.manual_seed(0)
    small = MiniGPT(SMALL).eval()
    for parameter in small.parameters():
        nn.init.normal_(parameter, std=0.3)
    return small


def test_only_the_matrices_of_the_blocks_change():
    before = model()
    after = rounded(before, lambda name, weight: weight + 1)
    names = {f"{name}.weight" for name in matrices(before)}
    assert len(names) == 2 * 5
    kept = dict(before.named_parameters())
    for name, parameter in after.named_parameters():
        assert torch.equal(parameter, kept[name] + (name in names))
    assert after.head.weight is after.embedding.weight


def test_each_matrix_is_changed_under_its_name():
    before, seen = model(), {}
    rounded(before, lambda name, weight: seen.setdefault(name, weight.clone()))
    for name, weight in seen.items():
        assert torch.equal(weight, before.get_submodule(name).weight)


def test_the_size_counts_all_parameters():
    small = model()
    parameters = sum(p.numel() for p in small.parameters())
    inside = sum(layer.weight.numel() for layer in matrices(small).values())
    assert megabytes(small, lambda w: 32, others=32) == pytest.approx(4e-6 * parameters)
    expected = (inside * 4 + (parameters - inside) * 16) / 8e6
    assert megabytes(small, lambda w: 4) == pytest.approx(expected)


def test_a_text_goes_to_the_model_and_is_compared_where_the_predictions_are():
    ids, other = torch.arange(40) % 11, rounded(model(), lambda name, weight: 1.1 * weight)
    expected = damage(predictions(model(), ids), predictions(other, ids), ids)
    with Elsewhere():
        old, new = (predictions(one.to("meta"), ids) for one in (model(), other))
        found = damage(old, new, ids)
    assert old.device.type == "meta"
    assert vars(found) == pytest.approx(vars(expected), rel=1e-4)


def test_no_change_does_no_damage():
    ids = torch.arange(40) % 11
    old = predictions(model(), ids)
    found = damage(old, predictions(model(), ids), ids)
    assert found.nats == 0 and found.divergence == pytest.approx(0, abs=1e-7) and not found.changed


def test_damage_is_what_its_definition_says():
    before = model()
    after = rounded(before, lambda name, weight: weight * 0.5)
    ids = torch.randint(11, (35,), generator=torch.Generator().manual_seed(0))
    found = damage(predictions(before, ids), predictions(after, ids), ids)
    x, y = ids[:32].view(4, 8), ids[1:33].view(4, 8)  # the last two have no window of their own
    old, new = before(x), after(x)
    loss = next_token_loss(new, y) - next_token_loss(old, y)
    assert found.nats == pytest.approx(loss.item(), abs=1e-6)
    p, q = (torch.distributions.Categorical(logits=logits) for logits in (old, new))
    expected = torch.distributions.kl_divergence(p, q).mean().item()
    assert found.divergence == pytest.approx(expected, rel=1e-4)
    assert found.changed == (old.argmax(-1) != new.argmax(-1)).double().mean().item()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="8 tokens"):
        predictions(model(), torch.zeros(8, dtype=torch.long))
    ids = torch.zeros(17, dtype=torch.long)
    old = predictions(model(), ids)
    assert old.shape == (16, 11)
    with pytest.raises(ValueError, match=r"old \(16, 11\), new \(16, 11\) and 16 ids"):
        damage(old, old, ids[1:])
    with pytest.raises(ValueError, match=r"new \(8, 11\)"):
        damage(old, old[:8], ids)


def test_another_most_probable_token_is_counted_where_it_is():
    old = torch.tensor([[0.7, 0.3], [0.6, 0.4], [0.2, 0.8], [0.5, 0.5]]).log()
    new = torch.tensor([[0.3, 0.7], [0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]).log()
    found = damage(old, new, torch.tensor([0, 1, 0, 1, 0]))
    assert found.changed == 0.25
    p, q = old.exp(), new.exp()
    nats = -(q[0, 1] / p[0, 1]).log() - (q[1, 0] / p[1, 0]).log()  # the others are the same
    assert found.nats == pytest.approx(float(nats) / 4, abs=1e-6)
    assert found.divergence == pytest.approx(float((p * (p / q).log()).sum()) / 4, abs=1e-6)
