"""The loss is a bound on the likelihood, and its estimates agree with it."""

from math import log

import pytest
import torch

from snippets.modern.diffusion.masked_diffusion import (
    denoiser,
    diffusion_loss,
    estimated_bound,
    exact_bound,
    exact_likelihood,
    hide,
    short,
)
from tests.snippets.modern.diffusion.tiny_denoiser import MASK, T, V, texts, tiny


class OfATable:
    """The denoiser that knows the true probability of each text: its answers fit together."""

    def __init__(self, seed: int = 0) -> None:
        chance = torch.Generator().manual_seed(seed)
        self.p = torch.rand(len(texts()), generator=chance).pow(3)
        self.p /= self.p.sum()

    def __call__(self, ids):
        table, rows = texts(), []
        for row in ids:
            fits = ((table == row) | (row == MASK)).all(dim=1)
            p = self.p * fits
            at = torch.stack(
                [torch.stack([p[table[:, i] == v].sum() for v in range(V)]) for i in range(T)]
            )
            rows.append((at / p.sum()).log())
        return torch.stack(rows)


def test_the_bound_is_exact_where_all_answers_fit_together():
    denoise = OfATable()
    for ids, p in zip(texts()[::7], denoise.p[::7], strict=True):
        assert exact_bound(denoise, ids, MASK) == pytest.approx(-log(p), abs=1e-5)
        assert exact_likelihood(denoise, ids, MASK) == pytest.approx(float(p), rel=1e-5)


def test_it_is_a_bound_for_any_model_and_the_likelihoods_sum_to_one():
    denoise, gaps, total = denoiser(tiny()), [], 0.0
    for ids in texts():
        likelihood = exact_likelihood(denoise, ids, MASK)
        gaps.append(exact_bound(denoise, ids, MASK) + log(likelihood))
        total += likelihood
    assert total == pytest.approx(1, abs=1e-5)
    assert min(gaps) > -1e-6 and max(gaps) > 1e-3


def test_the_loss_agrees_with_the_bound_on_average():
    denoise, ids = denoiser(tiny()), torch.tensor([0, 2, 1, 1])
    exact = exact_bound(denoise, ids, MASK) / T
    many, chance = ids.expand(40_000, T), torch.Generator().manual_seed(0)
    share = (torch.arange(40_000) + 0.5) / 40_000
    seen, hidden = hide(many, share, MASK, chance)
    with torch.no_grad():
        loss = diffusion_loss(denoise(seen), many, hidden, share)
    assert float(loss) == pytest.approx(exact, rel=0.02)
    by_count = estimated_bound(denoise, many, MASK)
    assert by_count.shape == (40_000,)
    assert float(by_count.mean()) == pytest.approx(exact, rel=0.02)


def test_the_loss_is_the_formula():
    torch.manual_seed(0)
    log_p, ids = torch.randn(2, T, V).log_softmax(-1), torch.randint(V, (2, T))
    hidden, share = torch.tensor([[1, 0, 1, 1], [0, 0, 1, 0]]).bool(), torch.tensor([0.8, 0.3])
    expected = sum(
        -log_p[b, i, ids[b, i]] / share[b] for b in range(2) for i in range(T) if hidden[b, i]
    )
    assert diffusion_loss(log_p, ids, hidden, share) == pytest.approx(float(expected) / 8, abs=1e-6)


def test_what_is_given_is_never_hidden():
    seen = []

    def watch(ids):
        seen.append(ids)
        return torch.full((*ids.shape, V), -log(V))

    bound = estimated_bound(watch, texts(), MASK, given=2)
    counts = (seen[0] == MASK).sum(dim=1)
    assert not (seen[0][:, :2] == MASK).any()
    assert sorted(set(counts.tolist())) == [1, 2]
    assert abs(int((counts == 1).sum()) - len(counts) / 2) <= 1  # spread evenly
    assert torch.allclose(bound, torch.full((len(counts),), log(V)))


def test_hide_hides_about_the_share():
    ids = torch.randint(V, (2, 5000))
    seen, hidden = hide(ids, torch.tensor([0.2, 0.9]), MASK, torch.Generator().manual_seed(0))
    assert torch.equal(seen == MASK, hidden) and torch.equal(seen[~hidden], ids[~hidden])
    assert hidden.float().mean(dim=1).tolist() == pytest.approx([0.2, 0.9], abs=0.03)


def test_the_model_sees_both_sides_and_never_says_hidden():
    model = tiny()
    ids = torch.tensor([[0, MASK, 1, 2]])
    other = torch.tensor([[0, MASK, 1, 0]])
    log_p = denoiser(model)(ids)
    assert log_p.shape == (1, T, V)
    assert torch.allclose(log_p.exp().sum(-1), torch.ones(1, T), atol=1e-5)
    assert not torch.allclose(log_p[0, 1], denoiser(model)(other)[0, 1], atol=1e-4)


def test_wrong_arguments_are_refused():
    ids, denoise = torch.full((1, 4), MASK), denoiser(tiny())
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        hide(ids, torch.tensor([-0.1]), MASK)
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        hide(ids, torch.tensor([1.5]), MASK)
    with pytest.raises(ValueError, match=r"share has shape \(2,\)"):
        hide(ids, torch.tensor([0.5, 0.5]), MASK)
    with pytest.raises(ValueError, match="must be above 0"):
        diffusion_loss(torch.zeros(1, 4, V), ids * 0, ids == MASK, torch.tensor([0.0]))
    with pytest.raises(ValueError, match="given=4"):
        estimated_bound(denoise, ids, MASK, given=4)
    for wrong in (torch.zeros(9).long(), torch.zeros(0).long(), torch.zeros(1, 3).long()):
        with pytest.raises(ValueError, match="T from 1 to 8"):
            exact_bound(denoise, wrong, MASK)


def test_another_seed_hides_other_tokens() -> None:
    denoise = denoiser(tiny())
    one, same, other = (estimated_bound(denoise, texts(), MASK, seed=s) for s in (0, 0, 1))
    assert torch.equal(one, same) and not torch.allclose(one, other)


def test_the_ends_of_the_shares_hide_nothing_and_all():
    ids = torch.randint(V, (2, 500))
    _, hidden = hide(ids, torch.tensor([0.0, 1.0]), MASK)
    assert not hidden[0].any() and hidden[1].all()


def test_nothing_is_given_unless_it_is_said_and_one_token_at_least_is_left():
    denoise, ids = denoiser(tiny()), texts()
    stated = estimated_bound(denoise, ids, MASK, given=0, seed=0)
    assert torch.equal(estimated_bound(denoise, ids, MASK), stated)
    one = estimated_bound(denoise, ids, MASK, given=T - 1)  # the last token, and it is hidden
    seen = ids.clone()
    seen[:, -1] = MASK
    expected = -denoise(seen)[torch.arange(len(ids)), -1, ids[:, -1]]
    assert torch.allclose(one, expected.detach(), atol=1e-5)
    with pytest.raises(ValueError, match=r"given=-1 is not within 0\.\.3"):
        estimated_bound(denoise, ids, MASK, given=-1)


def test_texts_of_one_to_eight_tokens_are_short():
    assert [short(torch.zeros(n)) for n in (1, 8)] == [1, 8]
    with pytest.raises(ValueError, match=r"shape \(9,\)"):
        short(torch.zeros(9))


def test_any_share_above_zero_has_a_loss():
    log_p = torch.full((1, T, V), -log(V))
    hidden = torch.ones(1, T, dtype=torch.bool)
    for share in (1e-3, 0.5, 1.0):
        loss = diffusion_loss(log_p, texts()[:1], hidden, torch.tensor([share]))
        assert float(loss) == pytest.approx(log(V) / share, rel=1e-4)
