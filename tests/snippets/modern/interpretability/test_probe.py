import pytest
import torch

from snippets.modern.interpretability.probe import (
    accuracy,
    control_labels,
    fit_probe,
    without_direction,
)

RANDOM = torch.Generator().manual_seed(0)


def test_it_finds_a_direction_that_is_there() -> None:
    x = torch.randn(4000, 8, generator=RANDOM) * torch.linspace(0.1, 5, 8) + 3.0
    truth = torch.tensor([3.0, 0, -1, 0, 0.5, 0, 0, 0])
    labels = ((x - 3.0) @ truth > 0).long()
    probe = fit_probe(x[:3000], labels[:3000])
    assert accuracy(probe, x[3000:], labels[3000:]) > 0.97
    assert float(probe.direction() @ truth / truth.norm()) > 0.98
    assert probe.direction().norm() == pytest.approx(1.0)


def test_it_finds_none_in_noise() -> None:
    x, labels = torch.randn(4000, 8, generator=RANDOM), torch.arange(4000) % 2
    probe = fit_probe(x[:3000], labels[:3000])
    assert 0.4 < accuracy(probe, x[3000:], labels[3000:]) < 0.6


def test_the_probes_logit_is_the_place_along_its_direction() -> None:
    x = torch.randn(500, 6, generator=RANDOM) * torch.arange(1.0, 7)
    probe = fit_probe(x, (x[:, 0] > x[:, 1]).long())
    along = x @ probe.direction()
    line = torch.stack([along, torch.ones(500)], 1)
    fitted = line @ torch.linalg.lstsq(line, probe(x)[:, None]).solution
    assert torch.allclose(fitted[:, 0], probe(x), atol=1e-3)


def test_without_its_direction_nothing_is_left_to_read() -> None:
    x = torch.randn(500, 6, generator=RANDOM)
    labels = (x[:, 2] > 0).long()
    probe = fit_probe(x, labels)
    gone = without_direction(x, probe.direction(), x.mean(0))
    assert probe(gone).std() < 1e-4 < probe(x).std()
    again = without_direction(gone, probe.direction(), x.mean(0))
    assert torch.allclose(gone, again, atol=1e-5) and torch.allclose(gone.mean(0), x.mean(0))
    other = torch.linalg.qr(torch.stack([probe.direction(), torch.ones(6)], 1)).Q[:, 1]
    assert torch.allclose(gone @ other, x @ other, atol=1e-5)


def test_control_labels_belong_to_types_and_are_even() -> None:
    types = [f"type {i % 2000}" for i in range(6000)]
    labels = control_labels(types)
    assert torch.equal(labels[:2000], labels[2000:4000])
    assert 0.45 < float(labels[:2000].float().mean()) < 0.55
    other = control_labels(types, seed=1)
    assert 0.4 < float((labels == other).float().mean()) < 0.6
    assert torch.equal(control_labels(types[:5]), labels[:5])


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="5 activations have 4 labels"):
        fit_probe(torch.zeros(5, 2), torch.tensor([0, 1, 0, 1]))
    with pytest.raises(ValueError, match=r"labels \[1\] are all the same"):
        fit_probe(torch.zeros(3, 2), torch.ones(3, dtype=torch.long))


def test_a_constant_channel_and_a_strong_pull_do_no_harm() -> None:
    x = torch.randn(300, 4, generator=RANDOM)
    x[:, 3] = 2.0
    labels = (x[:, 0] > 0).long()
    free, pulled = fit_probe(x, labels, 0.1), fit_probe(x, labels, 1000.0)
    assert free(x).isfinite().all() and accuracy(free, x, labels) > 0.95
    assert pulled.weight.norm() < 0.5 * free.weight.norm()
    moved = without_direction(x, free.direction(), x.mean(0) + 1.0)
    assert torch.allclose(moved @ free.direction(), (x.mean(0) + 1.0) @ free.direction(), atol=1e-4)


def test_the_pull_is_one_and_labels_are_by_the_first_seed_unless_said_otherwise() -> None:
    x = torch.randn(200, 4, generator=torch.Generator().manual_seed(1))
    labels = (x[:, 0] + x[:, 1] > 0.5).long()
    usual, stated = fit_probe(x, labels), fit_probe(x, labels, 1.0)
    assert torch.equal(usual.weight, stated.weight)
    assert not torch.allclose(usual.weight, fit_probe(x, labels, 2.0).weight, atol=1e-3)
    types = [f"type {i}" for i in range(300)]
    assert torch.equal(control_labels(types), control_labels(types, seed=0))
    assert set(control_labels(types).tolist()) == {0, 1}
    assert not torch.equal(control_labels(types), control_labels([f"{t}!" for t in types]))


def test_the_probe_reads_standardised_activations() -> None:
    x = torch.randn(300, 3, generator=torch.Generator().manual_seed(2)) * 5 + 7
    probe = fit_probe(x, (x[:, 0] > 7).long())
    assert torch.allclose(probe.mean, x.mean(0)) and torch.allclose(probe.deviation, x.std(0))
    by_hand = (x - x.mean(0)) / x.std(0) @ probe.weight + probe.bias
    assert torch.allclose(probe(x), by_hand, atol=1e-4)
    right = ((by_hand > 0) == (x[:, 0] > 7)).float().mean()
    assert accuracy(probe, x, (x[:, 0] > 7).long()) == pytest.approx(float(right))
    wrong = accuracy(probe, x, (x[:, 0] <= 7).long())
    assert wrong == pytest.approx(1 - float(right), abs=1e-6)
