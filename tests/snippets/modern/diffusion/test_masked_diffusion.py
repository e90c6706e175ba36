"""The loss is a bound on the likelihood; filling draws from it, in the order that its name says."""

from itertools import pairwise, product
from math import log

import pytest
import torch

from snippets.modern.diffusion.masked_diffusion import (
    denoiser,
    diffusion_loss,
    estimated_bound,
    exact_bound,
    exact_likelihood,
    fill,
    hide,
    short,
)
from tests.snippets.elsewhere import Elsewhere
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


@pytest.mark.parametrize("order", ["random", "left", "confident"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_filling_keeps_what_is_seen_and_leaves_nothing_hidden(order, steps):
    ids = torch.tensor([[0, MASK, MASK, MASK], [MASK, 2, MASK, MASK]])
    filled = fill(denoiser(tiny()), ids, MASK, steps, order, generator=torch.Generator())
    assert torch.equal(filled[ids != MASK], ids[ids != MASK])
    assert not (filled == MASK).any()


def test_the_number_of_steps_is_the_number_of_calls_and_portions_are_equal():
    left = []

    def watch(ids):
        left.append(int((ids[0] == MASK).sum()))
        return torch.full((*ids.shape, V), -log(V))

    fill(watch, torch.full((2, 7), MASK), MASK, 3)
    assert left == [7, 4, 2]


def test_orders_are_what_they_are_called():
    p = torch.tensor([[0.4, 0.3, 0.3], [0.9, 0.05, 0.05], [0.6, 0.2, 0.2], [0.8, 0.1, 0.1]])
    for order, expected in {"left": [0, 1, 2, 3], "confident": [1, 3, 2, 0]}.items():
        seen = []

        def watch(ids, seen=seen):
            seen.append(ids[0] == MASK)
            return p.log()[None]

        fill(watch, torch.full((1, T), MASK), MASK, T, order, temperature=0)
        gone = [int((a & ~b).nonzero()) for a, b in pairwise(seen)]
        assert gone == expected[:3]


def test_one_token_at_a_time_in_random_order_draws_from_the_likelihood():
    denoise, mask, chance = denoiser(tiny()), MASK, torch.Generator().manual_seed(0)
    drawn = fill(denoise, torch.full((20_000, 2), mask), mask, 2, generator=chance)
    for ids in torch.tensor(list(product(range(V), repeat=2))):
        share = float((drawn == ids).all(dim=1).float().mean())
        assert share == pytest.approx(exact_likelihood(denoise, ids, mask), abs=0.015)


def test_all_in_one_step_draws_each_token_for_itself():
    """A joint in which both tokens agree: at once they need not, one by one they always do."""

    def agree(ids):
        p = torch.full((*ids.shape, 2), 0.5)
        for i, j in ((0, 1), (1, 0)):
            for v in range(2):
                p[ids[:, j] == v, i] = torch.eye(2)[v]
        return p.log()

    chance = torch.Generator().manual_seed(0)
    hidden = torch.full((4000, 2), 2)
    by_steps = {s: fill(agree, hidden, 2, s, generator=chance) for s in (1, 2)}
    same = {s: float((d[:, 0] == d[:, 1]).float().mean()) for s, d in by_steps.items()}
    assert same[1] == pytest.approx(0.5, abs=0.04) and same[2] == 1.0


def test_the_temperature_divides_the_logarithms() -> None:
    p, chance = torch.tensor([0.6, 0.3, 0.1]), torch.Generator().manual_seed(0)

    def same(ids):
        return p.log().expand(*ids.shape, 3)

    drawn = fill(same, torch.full((20_000, 1), MASK), MASK, 1, temperature=0.5, generator=chance)
    shares = torch.bincount(drawn.flatten(), minlength=3) / 20_000
    assert shares.tolist() == pytest.approx((p**2 / (p**2).sum()).tolist(), abs=0.015)


def test_wrong_arguments_of_filling_are_refused():
    ids, denoise = torch.full((1, 4), MASK), denoiser(tiny())
    with pytest.raises(ValueError, match="order='middle'"):
        fill(denoise, ids, MASK, 1, "middle")
    with pytest.raises(ValueError, match="steps=5 are more than the 4"):
        fill(denoise, ids, MASK, 5)
    with pytest.raises(ValueError, match="steps=0"):
        fill(denoise, ids, MASK, 0)
    with pytest.raises(ValueError, match="temperature=-1"):
        fill(denoise, ids, MASK, 1, temperature=-1)
    with pytest.raises(ValueError, match="temperature=inf"):
        fill(denoise, ids, MASK, 1, temperature=float("inf"))
    with pytest.raises(ValueError, match=r"rows hide \[2, 1\]"):
        fill(denoise, torch.tensor([[MASK, MASK], [0, MASK]]), MASK, 1)


@pytest.mark.parametrize("order", ["random", "left", "confident"])
def test_chance_is_that_of_the_generator_alone(order):
    model, ids, found = tiny(), torch.full((60, T), MASK), []
    for seed in (1, 2):
        torch.manual_seed(seed)
        chance = torch.Generator().manual_seed(0)
        drawn = fill(denoiser(model), ids, MASK, 2, order, generator=chance)
        found.append((drawn, *hide(ids, torch.full((60,), 0.5), MASK, chance)))
    assert all(map(torch.equal, *found))


def test_each_number_of_hidden_tokens_comes_equally_often():
    seen = []

    def watch(ids):
        seen.append(ids)
        return torch.full((*ids.shape, V), -log(V))

    for seed in range(3):
        estimated_bound(watch, texts()[:80], MASK, seed=seed)
        counts = (seen[-1] == MASK).sum(dim=1)
        assert torch.bincount(counts).tolist() == [0, 20, 20, 20, 20]
        assert counts.tolist() != sorted(counts.tolist())


def test_the_mask_of_the_denoiser_is_where_the_ids_are():
    def watch(ids, mask):
        assert mask.device.type == "meta"
        return torch.zeros(*ids.shape, V + 1, device="meta")

    log_p = denoiser(watch)(torch.zeros(1, T, dtype=torch.long, device="meta"))
    assert log_p.shape == (1, T, V)


def test_elsewhere_the_same_tokens_are_hidden() -> None:
    def flat(ids: torch.Tensor) -> torch.Tensor:
        return torch.full((*ids.shape, V), -log(V), device=ids.device)

    ids, share = texts(), torch.linspace(0, 1, len(texts()))
    bound = estimated_bound(flat, ids, MASK)
    seen, hidden = hide(ids, share, MASK, torch.Generator().manual_seed(0))
    with Elsewhere():
        far = ids.to("meta")
        found = hide(far, share.to("meta"), MASK, torch.Generator().manual_seed(0))
        for ours, theirs in zip((seen, hidden), found, strict=True):
            assert theirs.device.type == "meta" and torch.equal(theirs.cpu(), ours)
        assert torch.equal(estimated_bound(flat, far, MASK).cpu(), bound)


@pytest.mark.parametrize("temperature", [0, 1.0])
@pytest.mark.parametrize("order", ["random", "left", "confident"])
def test_elsewhere_the_same_tokens_are_filled_in(order: str, temperature: float) -> None:
    table = torch.randn(T, V, generator=torch.Generator().manual_seed(0)).log_softmax(-1)
    ids = torch.tensor([[0, MASK, MASK, MASK], [MASK, 2, MASK, MASK]])

    def filled(ids: torch.Tensor) -> torch.Tensor:
        here, draws = table.to(ids.device), torch.Generator().manual_seed(1)
        return fill(
            lambda ids: here.repeat(len(ids), 1, 1), ids, MASK, 2, order, temperature, draws
        )

    expected = filled(ids)
    with Elsewhere():
        found = filled(ids.to("meta"))
        assert found.device.type == "meta" and torch.equal(found.cpu(), expected)
