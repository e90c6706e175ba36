import pytest
import torch

from snippets.modern.interpretability.ablation import ablate_heads, ablate_part, loss_of, means
from snippets.modern.interpretability.hooks import activations
from tests.snippets.modern.small import small_model, some_ids


@torch.no_grad()
def test_zero_is_what_a_head_says_whose_output_weights_are_zero() -> None:
    model, ids = small_model(), some_ids()
    with ablate_heads(model, (1, 2), (0, 0)):
        ablated = model(ids)
    model.blocks[1].attention.out.weight[:, 8:12] = 0.0
    model.blocks[0].attention.out.weight[:, 0:4] = 0.0
    assert torch.allclose(ablated, model(ids), atol=1e-5)


@torch.no_grad()
def test_a_constant_part_is_replaced_by_its_mean_without_loss() -> None:
    """The mean of a head on one token, repeated, is what it says there: nothing varies."""
    model = small_model()
    same = torch.full((2, 7), 3)
    instead = means(model, same, "heads")
    assert instead.shape == (2, 12)
    with ablate_heads(model, (0, 1), (1, 0), instead=instead):
        assert torch.allclose(model(same), small_model()(same), atol=1e-5)
    with ablate_heads(model, (0, 1)):
        assert not torch.allclose(model(same), small_model()(same), atol=1e-2)


@pytest.mark.parametrize("part", ["attention", "feed_forward"])
def test_a_sublayer_gone_adds_nothing_or_its_mean(part: str) -> None:
    model, ids = small_model(), some_ids()
    instead = means(model, ids, part)
    with ablate_part(model, part, 1):
        assert torch.equal(activations(model, ids, part)[1], torch.zeros(2, 7, 12))
    with ablate_part(model, part, 1, instead):
        assert torch.equal(activations(model, ids, part)[1], instead[1].expand(2, 7, 12))


def test_all_heads_of_a_layer_are_its_attention() -> None:
    model, ids = small_model(), some_ids()
    with ablate_heads(model, (0, 0), (0, 1), (0, 2)):
        heads = loss_of(model, ids[:, :-1], ids[:, 1:])
    with ablate_part(model, "attention", 0):
        assert loss_of(model, ids[:, :-1], ids[:, 1:]) == pytest.approx(heads, abs=1e-6)
    assert loss_of(model, ids[:, :-1], ids[:, 1:]) != pytest.approx(heads, abs=1e-3)


def test_what_is_not_there_cannot_be_taken_away() -> None:
    model = small_model()
    with (
        pytest.raises(ValueError, match="head=3: layer 1 has heads 0 to 2"),
        ablate_heads(model, (0, 0), (1, 3)),
    ):
        pass
    with pytest.raises(ValueError, match="layer=2"), ablate_heads(model, (2, 0)):
        pass
    with (
        pytest.raises(ValueError, match="part='stream' is neither"),
        ablate_part(model, "stream", 0),
    ):
        pass
    assert not any(m._forward_pre_hooks for m in model.modules())


@torch.no_grad()
def test_a_mean_stands_in_for_its_own_head_and_layer_alone() -> None:
    model, ids = small_model(), some_ids()
    instead = torch.arange(24.0).view(2, 12)
    before = activations(model, ids, "heads")
    with ablate_heads(model, (1, 2), instead=instead):
        after = activations(model, ids, "heads")
    assert torch.equal(after[0], before[0]) and torch.equal(after[1][..., :8], before[1][..., :8])
    assert torch.equal(after[1][..., 8:], instead[1, 8:].expand(2, 7, 4))
    assert torch.allclose(means(model, ids, "stream"), activations(model, ids).mean((1, 2)))
