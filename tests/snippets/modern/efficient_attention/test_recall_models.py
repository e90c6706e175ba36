"""The small models: causal, equal in size, and what they keep."""

import pytest
import torch
from torch.nn import functional as F

from snippets.modern.efficient_attention import gated_delta, linear_attention
from snippets.modern.efficient_attention.recall_models import (
    WIDTH,
    Gates,
    Kind,
    Mixer,
    RecallModel,
    kept_numbers,
)

KINDS: tuple[Kind, ...] = ("attention", "linear", "delta")


@pytest.mark.parametrize("kind", KINDS)
def test_the_future_changes_nothing(kind: Kind) -> None:
    torch.manual_seed(0)
    model = RecallModel((kind, kind), vocab_size=9, num_heads=2, d_model=8)
    ids = torch.randint(9, (2, 40))
    changed = ids.clone()
    changed[:, 30] = (changed[:, 30] + 1) % 9
    before, after = model(ids), model(changed)
    assert before.shape == (2, 40, 9)
    assert torch.allclose(before[:, :30], after[:, :30], atol=1e-6)
    assert not torch.allclose(before[:, 30:], after[:, 30:], atol=1e-3)


def test_heads_change_the_state_and_not_the_size() -> None:
    for kind in ("attention", "linear"):
        sizes = {
            heads: [p.numel() for p in Mixer(kind, 8, heads).parameters() if p.ndim == 2]
            for heads in (1, 2, 4)
        }
        assert sizes[1] == sizes[2] == sizes[4] == [2 * 8 * 8, 8 * 8]
    assert [kept_numbers(("delta",), heads, 5, 8) for heads in (1, 2, 4)] == [64, 32, 16]


def test_what_is_kept_are_the_states_and_the_cache() -> None:
    x = torch.randn(4, 10, 8)  # (H, T, D)
    gates = torch.zeros(4, 10), torch.ones(4, 10)
    assert linear_attention.recurrent(x, x, x)[1].numel() == kept_numbers(("linear",), 4, 10)
    assert gated_delta.recurrent(x, x, x, *gates)[1].numel() == kept_numbers(("delta",), 4, 10)
    assert kept_numbers(("delta", "attention"), 4, 10) == 4 * 8 * 8 + 2 * 10 * 32
    assert kept_numbers(("attention",), 4, 20) == 2 * kept_numbers(("attention",), 4, 10)


def test_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="kind='mamba'"):
        Mixer("mamba", 8, 2)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="d_model=8 is not divisible by num_heads=3"):
        Mixer("linear", 8, 3)
    with pytest.raises(ValueError, match="layers=0"):
        RecallModel((), 9, 2, 8)
    with pytest.raises(ValueError, match="num_heads=3"):
        kept_numbers(("delta",), 3, 5)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_a_query_finds_the_place_behind_its_own_token(kind: Kind) -> None:
    """After A B A, a mixer whose values are the tokens themselves answers B."""
    mixer = Mixer(kind, 4, 1)
    mixer.query_value.weight.copy_(torch.cat([20 * torch.eye(4), torch.eye(4)]))
    mixer.out.weight.copy_(torch.eye(4))
    answer = mixer(torch.eye(4)[None, [0, 1, 0]])[0, 2]  # (C,)
    assert answer.argmax() == 1 and answer[1] > 0.9 and answer[[0, 2, 3]].abs().max() < 1e-3


@torch.no_grad()
def test_for_a_state_only_the_direction_of_a_query_counts() -> None:
    torch.manual_seed(0)
    mixer, x = Mixer("delta", 8, 2), torch.randn(2, 20, 8)
    before = mixer(x)
    mixer.query_value.weight[:8] *= 3
    assert torch.allclose(mixer(x), before, atol=1e-5)


@torch.no_grad()
def test_gates_start_cautiously_and_forget_nothing_they_should_not() -> None:
    gates = Gates(8, 4)
    gates.both.weight.zero_()
    log_decay, beta = gates(torch.randn(2, 5, 8))
    assert log_decay.shape == beta.shape == (2, 4, 5)
    assert torch.allclose(log_decay.exp(), torch.tensor(0.993), atol=1e-3)
    assert torch.allclose(beta, torch.tensor(0.12), atol=1e-3)


@torch.no_grad()
def test_silent_mixers_leave_the_embedding_to_the_head() -> None:
    model, ids = RecallModel(("linear", "delta"), 9, 2, 8), torch.randint(9, (2, 5))
    model.embedding.weight.mul_(7)
    read: list[torch.Tensor] = []
    for mixer in model.mixers:
        mixer.get_submodule("out").weight.zero_()  # type: ignore[operator]
        mixer.register_forward_pre_hook(lambda _, given: read.append(given[0]))
    x = F.rms_norm(model.embedding(ids), (8,), eps=1e-6)
    assert torch.allclose(model(ids), model.head(x), atol=1e-4)
    assert len(read) == 2 and all(torch.allclose(r, x, atol=1e-4) for r in read)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["linear", "delta"])
def test_one_head_s_length_is_nothing_to_the_others(kind: Kind) -> None:
    torch.manual_seed(0)
    mixer, x = Mixer(kind, 8, 2), torch.randn(2, 20, 8)
    before = mixer(x)
    mixer.query_value.weight[:4] *= 3
    assert torch.allclose(mixer(x), before, atol=1e-5)


def test_the_usual_width_is_that_of_the_course() -> None:
    for kind in KINDS:
        assert kept_numbers((kind,), 4, 10) == kept_numbers((kind,), 4, 10, WIDTH)
    assert RecallModel(("linear",), 9, 4).head.in_features == WIDTH
    with pytest.raises(ValueError, match="vocab_size=0"):
        RecallModel(("linear",), 0, 2, 8)
