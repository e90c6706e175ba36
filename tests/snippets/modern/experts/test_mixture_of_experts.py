from typing import Any

import pytest
import torch
from torch import nn
from transformers import DeepseekV3Config, MixtralConfig
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3MoE
from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock

from snippets.modern.experts.mixture_of_experts import (
    MixtureOfExperts,
    Router,
    Routing,
    put_experts,
)
from snippets.transformer.feed_forward import SwiGLU
from snippets.transformer.minigpt import MINIGPT, MiniGPT

C, HIDDEN, EXPERTS, CHOSEN = 16, 24, 8, 2


@pytest.fixture
def mixture() -> MixtureOfExperts:
    torch.manual_seed(0)
    experts: list[nn.Module] = [SwiGLU(C, HIDDEN) for _ in range(EXPERTS)]
    return MixtureOfExperts(Router(C, EXPERTS, CHOSEN), experts)


def give(experts: nn.Module, mixture: MixtureOfExperts) -> None:
    """Our experts' weights to `transformers`' three-dimensional ones."""
    with torch.no_grad():
        for number, ours in enumerate(mixture.experts):
            assert isinstance(ours, SwiGLU)
            both = torch.cat([ours.gate.weight, ours.up.weight])
            experts.gate_up_proj[number] = both  # type: ignore[operator]
            experts.down_proj[number] = ours.down.weight  # type: ignore[operator]


def test_it_is_mixtrals_block_on_the_same_weights(mixture: MixtureOfExperts) -> None:
    config = MixtralConfig(
        hidden_size=C, intermediate_size=HIDDEN, num_local_experts=EXPERTS,
        num_experts_per_tok=CHOSEN, router_jitter_noise=0.0,
    )  # fmt: skip
    theirs = MixtralSparseMoeBlock(config)
    theirs.gate.weight.data.copy_(mixture.router.gate.weight)
    give(theirs.experts, mixture)
    x = torch.randn(3, 5, C)
    torch.testing.assert_close(mixture(x), theirs(x), atol=1e-5, rtol=1e-5)


def test_it_is_deepseeks_block_on_the_same_weights() -> None:
    """Sigmoid scores, a bias that changes the choice only, and an expert that all tokens share."""
    torch.manual_seed(1)
    config = DeepseekV3Config(
        hidden_size=C, moe_intermediate_size=HIDDEN, n_routed_experts=EXPERTS, n_group=1,
        topk_group=1, num_experts_per_tok=3, n_shared_experts=1, routed_scaling_factor=1.0,
        norm_topk_prob=True,
    )  # fmt: skip
    theirs = DeepseekV3MoE(config)
    shared = SwiGLU(C, HIDDEN)
    experts: list[nn.Module] = [SwiGLU(C, HIDDEN) for _ in range(EXPERTS)]
    ours = MixtureOfExperts(Router(C, EXPERTS, 3, scores="sigmoid"), experts, shared)
    ours.router.bias.copy_(torch.randn(EXPERTS))
    theirs.gate.weight.data.copy_(ours.router.gate.weight)
    theirs.gate.e_score_correction_bias.copy_(ours.router.bias)
    give(theirs.experts, ours)
    for name in ("gate", "up", "down"):
        getattr(theirs.shared_experts, f"{name}_proj").weight.data.copy_(
            getattr(shared, name).weight
        )
    x = torch.randn(2, 7, C)
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-5)
    unbiased = ours(x)
    ours.router.bias.zero_()
    assert not torch.allclose(unbiased, ours(x))  # the bias did change choices


def test_the_weights_are_those_of_the_scores_whatever_the_bias(mixture: MixtureOfExperts) -> None:
    x = torch.randn(40, C)
    mixture.router.bias[3] = 10  # so that all tokens choose the fourth expert
    routing = mixture.router(x)
    assert (routing.chosen == 3).any(dim=1).all()
    scores = mixture.router.gate(x).softmax(dim=-1).gather(1, routing.chosen)
    torch.testing.assert_close(routing.weights, scores / scores.sum(1, keepdim=True))
    assert mixture.router.bias.requires_grad is False


def test_all_experts_chosen_are_a_mixture_by_all_scores() -> None:
    torch.manual_seed(2)
    experts: list[nn.Module] = [nn.Linear(C, C) for _ in range(4)]
    mixture = MixtureOfExperts(Router(C, 4, 4), experts)
    x = torch.randn(6, C)
    outputs = torch.stack([expert(x) for expert in experts], dim=1)  # (N, E, C)
    weights = mixture.router.gate(x).softmax(dim=-1)
    torch.testing.assert_close(mixture(x), (weights[..., None] * outputs).sum(dim=1))


def test_one_expert_is_a_dense_network() -> None:
    torch.manual_seed(3)
    dense = SwiGLU(C, HIDDEN)
    x = torch.randn(2, 3, C)
    torch.testing.assert_close(MixtureOfExperts(Router(C, 1, 1), [dense])(x), dense(x))


def test_a_token_needs_only_the_experts_that_it_chose(mixture: MixtureOfExperts) -> None:
    """Others get no gradient from it, and may compute anything."""
    x = torch.randn(1, C)
    mixture(x).sum().backward()
    assert mixture.routing is not None
    chosen = set(mixture.routing.chosen.flatten().tolist())
    for number, expert in enumerate(mixture.experts):
        moved = any(p.grad is not None and p.grad.abs().sum() > 0 for p in expert.parameters())
        assert moved == (number in chosen)
    assert mixture.router.gate.weight.grad is not None
    assert mixture.router.gate.weight.grad.abs().sum() > 0


def test_tokens_do_not_mix(mixture: MixtureOfExperts) -> None:
    x = torch.randn(9, C)
    changed = x.clone()
    changed[4] = torch.randn(C)
    same = torch.arange(9) != 4
    torch.testing.assert_close(mixture(x)[same], mixture(changed)[same])
    torch.testing.assert_close(mixture(x[:0]), x[:0])


def test_loads_are_shares_of_all_choices() -> None:
    chosen = torch.tensor([[0, 1], [0, 2], [0, 1]])
    routing = Routing(torch.ones(3, 5), chosen, torch.ones(3, 2))
    torch.testing.assert_close(routing.loads(), torch.tensor([3, 2, 1, 0, 0]) / 6)


def test_a_minigpt_with_experts_is_causal_and_starts_like_any_other() -> None:
    torch.manual_seed(4)
    model = MiniGPT(MINIGPT)
    mixtures = put_experts(model, EXPERTS, CHOSEN, 32)
    assert [block.feed_forward for block in model.blocks] == mixtures
    model.eval()
    ids = torch.randint(MINIGPT.vocab_size, (2, 10))
    later = ids.clone()
    later[:, 6:] = 0
    torch.testing.assert_close(model(ids)[:, :6], model(later)[:, :6])
    deviations = {name: p.std().item() for name, p in mixtures[0].named_parameters()}
    assert all(
        value == pytest.approx(0.02 / (8**0.5 if "down" in name else 1), rel=0.15)
        for name, value in deviations.items()
    )


@pytest.mark.parametrize(
    ("sizes", "fault"),
    [
        ({"num_experts": 0}, "num_experts=0 must be at least 1"),
        ({"top_k": 0}, "top_k=0 must be at least 1"),
        ({"top_k": 9}, "top_k=9 is more than num_experts=8"),
        ({"scores": "tanh"}, "scores='tanh' is none of softmax, sigmoid"),
    ],
)
def test_a_router_that_cannot_be_is_refused(sizes: dict[str, Any], fault: str) -> None:
    given: dict[str, Any] = {"d_model": C, "num_experts": EXPERTS, "top_k": CHOSEN} | sizes
    with pytest.raises(ValueError, match=fault):
        Router(**given)


def test_experts_that_do_not_fit_are_refused(mixture: MixtureOfExperts) -> None:
    with pytest.raises(ValueError, match="2 experts, but a router to 8"):
        MixtureOfExperts(Router(C, EXPERTS, CHOSEN), [SwiGLU(C, 4), SwiGLU(C, 4)])
    with pytest.raises(ValueError, match=r"shape \(2, 7\); its last axis must be d_model=16"):
        mixture(torch.randn(2, 7))


def test_softmax_is_meant_where_no_scores_are_named() -> None:
    torch.manual_seed(5)
    router, x = Router(C, EXPERTS, EXPERTS), torch.randn(7, C)
    torch.testing.assert_close(router(x).scores, router.gate(x).softmax(dim=-1))
    assert router(x).chosen.shape == router(x).weights.shape == (7, EXPERTS)
    assert not router.bias.any()
    with pytest.raises(ValueError, match="d_model=0"):
        Router(0, EXPERTS, CHOSEN)


def test_as_many_experts_as_asked_for_of_the_width_asked_for() -> None:
    model = MiniGPT(MINIGPT)
    for mixture in put_experts(model, 3, 1, 10):
        assert len(mixture.experts) == 3 and mixture.shared is None
        assert mixture.router.top_k == 1 and mixture.router.gate.out_features == 3
        assert {e.get_submodule("up").out_features for e in mixture.experts} == {10}


def test_experts_are_put_where_the_model_is() -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    model = MiniGPT(MINIGPT).to("meta", torch.bfloat16)
    mixtures = put_experts(model, 3, 2, 12)
    tensors = [t for m in mixtures for t in (*m.parameters(), *m.buffers())]
    assert {(t.device.type, t.dtype) for t in tensors} == {("meta", torch.bfloat16)}
