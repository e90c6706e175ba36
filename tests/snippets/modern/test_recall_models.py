"""The small models: causal, equal in size, and what they keep."""

import pytest
import torch

from snippets.modern import gated_delta, linear_attention
from snippets.modern.recall_models import Kind, Mixer, RecallModel, kept_numbers

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
