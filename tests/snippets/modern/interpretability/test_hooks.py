import pytest
import torch
from torch import Tensor, nn

from snippets.modern.interpretability.hooks import PARTS, activations, edited, hook, module_at
from tests.snippets.modern.small import small_model, some_ids


def hooks_on(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


@pytest.mark.parametrize("part", PARTS)
def test_a_watched_model_says_what_it_says_unwatched(part: str) -> None:
    model, ids = small_model(), some_ids()
    before = model(ids)
    layers = len(model.blocks) + (part == "stream")
    assert activations(model, ids, part).shape == (layers, *ids.shape, model.config.d_model)
    assert torch.equal(model(ids), before) and hooks_on(model) == 0


def test_the_stream_grows_by_what_the_sublayers_add() -> None:
    model, ids = small_model(), some_ids()
    stream = activations(model, ids, "stream")
    added = activations(model, ids, "attention") + activations(model, ids, "feed_forward")
    assert torch.allclose(stream[0], model.embedding(ids))
    assert torch.allclose(stream[1:], stream[:-1] + added, atol=1e-5)
    out = torch.stack([block.attention.out.weight for block in model.blocks])
    mixed = torch.einsum("lbtc,ldc->lbtd", activations(model, ids, "heads"), out)
    assert torch.allclose(mixed, activations(model, ids, "attention"), atol=1e-5)


@pytest.mark.parametrize("part", PARTS)
def test_an_edit_that_changes_nothing_changes_nothing(part: str) -> None:
    model, ids = small_model(), some_ids()
    before = model(ids)
    with edited(model, part, 1, lambda x: x.clone()):
        assert torch.equal(model(ids), before)
    assert hooks_on(model) == 0


@pytest.mark.parametrize("part", PARTS)
def test_an_edit_is_seen_below_it_and_not_above(part: str) -> None:
    model, ids = small_model(), some_ids()
    before = activations(model, ids)
    with edited(model, part, 1, lambda x: x + torch.randn_like(x)):
        after = activations(model, ids)
    first = 1 if part == "stream" else 2  # the stream before a layer is what that layer reads
    assert torch.equal(after[:first], before[:first])
    assert not torch.isclose(after[first], before[first]).all(-1).any()


def test_hooks_go_also_after_an_exception() -> None:
    model, ids = small_model(), some_ids()
    before = model(ids)

    def fail(x: Tensor) -> Tensor:
        raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"), edited(model, "heads", 0, fail):
        model(ids)
    with pytest.raises(ValueError, match="tokens are more than"):
        activations(model, torch.zeros(1, 99, dtype=torch.long))
    assert hooks_on(model) == 0 and torch.equal(model(ids), before)


def test_what_the_model_lacks_is_refused() -> None:
    model, ids = small_model(), some_ids()
    with pytest.raises(ValueError, match=r"layer=2: heads has layers 0 to 1"):
        module_at(model, "heads", 2)
    with pytest.raises(ValueError, match=r"layer=-1: stream has layers 0 to 2"):
        hook(model, "stream", -1, lambda x: None)
    with pytest.raises(ValueError, match="part='mlp' is none of stream"):
        activations(model, ids, "mlp")
    message = r"the change made \(2, 7\) of \(2, 7, 12\)"
    with pytest.raises(ValueError, match=message), edited(model, "stream", 0, lambda x: x[..., 0]):
        model(ids)
    assert hooks_on(model) == 0


def test_a_hook_that_only_watches_sees_each_call_until_it_is_removed() -> None:
    model, ids, seen = small_model(), some_ids(), []
    for part in PARTS:
        handle = hook(model, part, 1, lambda x: seen.append(x))
        model(ids)
        handle.remove()
        model(ids)
        assert torch.equal(seen.pop(), activations(model, ids, part)[1]) and not seen
    assert torch.equal(activations(model, ids), activations(model, ids, "stream"))
    assert not activations(model, ids).requires_grad


def test_a_change_of_the_last_stream_is_what_the_norm_reads() -> None:
    model, ids = small_model(), some_ids()
    new = torch.randn(2, 7, 12)
    with edited(model, "stream", 2, lambda x: new):
        assert torch.allclose(model(ids), model.head(model.norm(new)), atol=1e-5)
    with pytest.raises(ValueError, match=r"layer=3: stream has layers 0 to 2"):
        module_at(model, "stream", 3)
