"""NorMuon: the rows of Muon's updates, made alike; the whole keeps its direction's length."""

import torch
from torch import nn

from snippets.training.muon import Muon
from snippets.training.normuon import NorMuon
from snippets.training.state import prime

PLAIN = {"lr": 1.0, "weight_decay": 0.0, "dtype": torch.float32}


def way(kind, gradients, shape=(12, 48)):
    """How far one matrix moves at the last of several steps with these gradients."""
    p = nn.Parameter(torch.zeros(shape))
    optimizer = kind([p], **PLAIN)
    for gradient in gradients:
        before = p.detach().clone()
        p.grad = gradient.clone()
        optimizer.step()
    return p.detach() - before


def uneven(seed):
    """A gradient that has directions, but some rows far smaller than others."""
    torch.manual_seed(seed)
    return torch.randn(12, 4) @ torch.randn(4, 48) * torch.logspace(0, -2, 12)[:, None]


def test_rows_are_of_one_length_at_the_first_step_and_muon_s_are_not():
    rows = way(NorMuon, [uneven(0)]).norm(dim=1)
    torch.testing.assert_close(rows, rows.mean().expand(12), rtol=1e-4, atol=0)
    muon = way(Muon, [uneven(0)]).norm(dim=1)
    assert muon.max() > 2 * muon.min()


def test_the_update_is_as_long_as_muon_s_and_its_rows_point_the_same_way():
    ours, muon = way(NorMuon, [uneven(1)]), way(Muon, [uneven(1)])
    torch.testing.assert_close(ours.norm(), muon.norm())
    torch.testing.assert_close(torch.cosine_similarity(ours, muon), torch.ones(12))


def test_a_row_is_measured_by_what_it_usually_is():
    """With a running mean, a row whose update is suddenly longer moves further than the others."""
    gradients = [uneven(seed) for seed in range(6)]
    p, rows = nn.Parameter(torch.zeros(12, 48)), []
    optimizer = NorMuon([p], **PLAIN)
    for gradient in gradients:
        before, p.grad = p.detach().clone(), gradient
        optimizer.step()
        rows.append((p.detach() - before).norm(dim=1))
    mean, p2 = torch.zeros(12, 1), nn.Parameter(torch.zeros(12, 48))
    plain = Muon([p2], **PLAIN)
    for gradient, found in zip(gradients, rows, strict=True):
        before, p2.grad = p2.detach().clone(), gradient
        plain.step()
        update = before - p2.detach()
        mean = 0.95 * mean + 0.05 * update.square().mean(dim=1, keepdim=True)
        scaled = update / mean.sqrt()
        expected = scaled * update.norm() / scaled.norm()
        torch.testing.assert_close(found, expected.norm(dim=1), rtol=1e-4, atol=1e-6)


def test_a_gradient_of_zeros_moves_nothing_and_breaks_nothing():
    p = nn.Parameter(torch.randn(4, 8))
    before = p.detach().clone()
    optimizer = NorMuon([p], lr=0.1, weight_decay=0.0)
    prime([optimizer])
    assert torch.equal(p, before) and sorted(optimizer.state[p]) == [
        "momentum_buffer",
        "row_squares",
    ]
    p.grad = torch.zeros(4, 8)
    optimizer.step()
    assert torch.equal(p, before)


def test_rows_of_zeros_beside_others_stay_zero():
    gradient = uneven(2)
    gradient[3] = 0
    moved = way(NorMuon, [gradient])
    assert moved.isfinite().all() and not moved[3].any() and moved[2].any()
    torch.testing.assert_close(moved.norm(), way(Muon, [gradient]).norm())
