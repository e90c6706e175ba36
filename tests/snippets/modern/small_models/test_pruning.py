"""What is kept is what scores highest, and what is taken out is the same as what is zero."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch.nn.utils import prune

from snippets.modern.small_models.layer_sharing import SharedMiniGPT
from snippets.modern.small_models.pruning import (
    input_norms,
    keep_largest,
    keep_two_of_four,
    linear_of,
    magnitude,
    mask_weights,
    matrices,
    narrowed,
    neuron_scores,
    pruned,
    wanda,
    without_heads,
    without_layers,
    without_neurons,
)
from snippets.transformer.minigpt import MINIGPT, MiniGPT


@pytest.fixture
def model():
    torch.manual_seed(0)
    return MiniGPT(replace(MINIGPT, d_model=32, d_hidden=24, num_layers=3, context=16)).eval()


@pytest.fixture
def ids():
    return torch.randint(68, (4, 16), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("share", [0, 0.25, 0.6, 0.999, 1])
def test_magnitude_is_what_torch_prunes(share):
    torch.manual_seed(0)
    linear = torch.nn.Linear(24, 16)
    keep = keep_largest(magnitude(linear.weight), share)
    assert int(keep.sum()) == round(share * 24 * 16)
    theirs = prune.l1_unstructured(deepcopy(linear), "weight", 24 * 16 - round(share * 24 * 16))
    assert torch.equal(keep, theirs.weight_mask.bool())


def test_per_row_every_row_keeps_as_many():
    scores = torch.rand(5, 12) * torch.arange(1, 6)[:, None]
    assert keep_largest(scores, 0.5, per_row=True).sum(1).tolist() == [6] * 5
    assert keep_largest(scores, 0.5).sum(1).tolist() != [6] * 5


def test_two_of_each_four_are_kept_and_they_are_the_largest():
    scores = torch.rand(6, 20)
    keep = keep_two_of_four(scores).view(-1, 4)
    assert (keep.sum(1) == 2).all()
    fours = scores.view(-1, 4)
    kept, lost = fours[keep].view(-1, 2).min(1).values, fours[~keep].view(-1, 2).max(1).values
    assert (kept > lost).all()


def test_norms_are_those_of_the_inputs(model, ids):
    norms = input_norms(model, ids)
    assert norms.keys() == matrices(model).keys() and len(norms) == 15
    x = model.blocks[0].attention_norm(model.embedding(ids))  # (B, T, C), RoPE adds nothing
    assert torch.allclose(norms["blocks.0.attention.qkv"], x.flatten(0, 1).norm(dim=0), atol=1e-5)
    with pytest.raises(ValueError, match="tokens are more than"):
        input_norms(model, torch.zeros(1, 17, dtype=torch.long))
    assert not any(m._forward_pre_hooks for m in matrices(model).values())


def test_wanda_is_magnitude_where_inputs_are_alike_and_minds_them_where_not():
    weight = torch.tensor([[1.0, -2.0], [3.0, 0.5]])
    assert torch.equal(wanda(weight, torch.ones(2)), magnitude(weight))
    assert torch.equal(wanda(weight, torch.tensor([10.0, 1.0])), torch.tensor([[10, 2], [30, 0.5]]))


def test_pruned_is_a_copy_with_zeros_and_mask_weights_sets_them_in_place(model):
    name = "blocks.1.feed_forward.up"
    before = deepcopy(model.state_dict())
    keep = keep_largest(magnitude(matrices(model)[name].weight), 0.5)
    copy = pruned(model, {name: keep})
    assert torch.equal(matrices(copy)[name].weight != 0, keep)
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    mask_weights(model, {name: keep})
    assert torch.equal(matrices(model)[name].weight, matrices(copy)[name].weight)
    others = [k for k in before if k != f"{name}.weight"]
    assert all(torch.equal(before[k], copy.state_dict()[k]) for k in others)


def test_neurons_taken_out_are_neurons_that_say_nothing(model):
    x, network = torch.randn(2, 5, 32), model.blocks[0].feed_forward
    keep = torch.rand(24) < 0.5
    silent = deepcopy(network)
    with torch.no_grad():
        silent.down.weight.mul_(keep)
    smaller = without_neurons(network, keep)
    assert smaller.up.weight.shape == (int(keep.sum()), 32)
    assert torch.allclose(smaller(x), silent(x), atol=1e-6)


def test_heads_taken_out_are_heads_that_say_nothing(model, ids):
    silent, smaller = deepcopy(model), deepcopy(model)
    with torch.no_grad():
        silent.blocks[1].attention.out.weight[:, 8:24] = 0  # heads 1 and 2 of 8 channels each
    smaller.blocks[1].attention = without_heads(model.blocks[1].attention, [1, 2])
    assert torch.allclose(smaller(ids), silent(ids), atol=1e-5)
    assert smaller.blocks[1].attention.qkv.weight.shape == (3 * 16, 32)


def test_layers_taken_out_are_layers_that_add_nothing(model, ids):
    silent = deepcopy(model)
    with torch.no_grad():
        silent.blocks[1].attention.out.weight.zero_()
        silent.blocks[1].feed_forward.down.weight.zero_()
    smaller = without_layers(model, [1])
    assert len(smaller.blocks) == 2 == smaller.config.num_layers
    assert torch.allclose(smaller(ids), silent(ids), atol=1e-5)


def test_the_neurons_that_stay_are_those_that_add_most(model, ids):
    with torch.no_grad():
        model.blocks[2].feed_forward.down.weight[:, :12] *= 1e-3
    assert neuron_scores(model, ids)[2][:12].max() < neuron_scores(model, ids)[2][12:].min()
    half = narrowed(model, ids, 0.5)
    assert [len(block.feed_forward.up.weight) for block in half.blocks] == [12, 12, 12]
    assert torch.allclose(
        half.blocks[2].feed_forward.up.weight, model.blocks[2].feed_forward.up.weight[12:]
    )
    assert not half.training and not without_layers(model, [1]).training
    assert torch.allclose(narrowed(model, ids, 1.0)(ids), model(ids), atol=1e-6)


def test_linear_of_copies():
    weight = torch.randn(3, 2)
    linear = linear_of(weight)
    weight.zero_()
    assert linear.weight.abs().sum() > 0 and linear.bias is None


def test_wrong_arguments_are_refused(model):
    with pytest.raises(ValueError, match=r"share=1\.5"):
        keep_largest(torch.rand(2, 2), 1.5)
    with pytest.raises(ValueError, match="rows of 6 scores"):
        keep_two_of_four(torch.rand(2, 6))
    with pytest.raises(ValueError, match=r"\(3,\), the weight \(2, 2\)"):
        wanda(torch.rand(2, 2), torch.rand(3))
    with pytest.raises(ValueError, match="nothing"):
        pruned(model, {"nothing": torch.ones(1)})
    network, attention = model.blocks[0].feed_forward, model.blocks[0].attention
    for keep in (torch.ones(3).bool(), torch.zeros(24).bool()):
        with pytest.raises(ValueError, match="needs 24 truth values"):
            without_neurons(network, keep)
    for drop in ([0, 1, 2, 3], [4], [-1]):
        with pytest.raises(ValueError, match=r"heads 0\.\.3"):
            without_heads(attention, drop)
    for drop in ([0, 1, 2], [3], [-1]):
        with pytest.raises(ValueError, match=r"layers 0\.\.2"):
            without_layers(model, drop)
    grouped = MiniGPT(replace(model.config, num_kv_heads=2)).blocks[0].attention
    with pytest.raises(ValueError, match="share keys"):
        without_heads(grouped, [0])


def test_inputs_of_a_layer_that_is_used_twice_are_added_up(ids):
    torch.manual_seed(0)
    shared = SharedMiniGPT(replace(MINIGPT, d_model=32, d_hidden=24, num_layers=2, context=16))
    norms, apart = input_norms(shared, ids), input_norms(shared.unshared(), ids)
    for name, norm in norms.items():
        both = torch.stack([apart[name], apart[name.replace("blocks.0", "blocks.1")]])
        assert torch.allclose(norm, both.norm(dim=0), rtol=1e-4)


def test_a_quiet_neuron_adds_little_however_large_its_output_weights(model, ids):
    with torch.no_grad():
        model.blocks[0].feed_forward.up.weight[:12] *= 1e-3
    scores = neuron_scores(model, ids)[0]
    assert scores[:12].max() < scores[12:].min()


def test_a_share_is_of_the_whole_matrix_unless_it_is_of_each_row():
    scores = torch.tensor([[9.0, 8.0, 7.0], [1.0, 2.0, 3.0]])
    assert keep_largest(scores, 0.5).tolist() == [[True] * 3, [False] * 3]
    assert torch.equal(keep_largest(scores, 0.5), keep_largest(scores, 0.5, per_row=False))
    by_row = keep_largest(scores, 1 / 3, per_row=True)
    assert by_row.tolist() == [[True, False, False], [False, False, True]]
    for share in (-0.1, 1.1):
        with pytest.raises(ValueError, match=f"share={share} is not between 0 and 1"):
            keep_largest(scores, share)


def test_dropping_nothing_and_all_but_one_is_possible(model, ids):
    assert torch.allclose(without_layers(model, [])(ids), model(ids), atol=1e-6)
    assert len(without_layers(model, [0, 1]).blocks) == 1
    last = without_layers(model, [0, 1]).blocks[0].attention.qkv.weight
    assert torch.equal(last, model.blocks[2].attention.qkv.weight)
    attention = model.blocks[0].attention
    same = without_heads(attention, [])
    assert torch.equal(same.qkv.weight, attention.qkv.weight)
    assert torch.equal(same.out.weight, attention.out.weight)
    one = without_heads(attention, [0, 1, 2])
    assert (one.num_heads, one.num_kv_heads, one.head_size) == (1, 1, 8)
    assert torch.equal(one.qkv.weight, attention.qkv.weight.view(3, 4, 8, 32)[:, 3].flatten(0, 1))
    assert attention.num_heads == 4


def test_what_is_taken_out_leaves_the_rest_on_the_device_and_in_the_type(model, ids):
    """The device "meta", which keeps no numbers, stands for a GPU."""
    shallower = without_layers(model.to("meta", torch.float64), [1])
    assert {(p.device.type, p.dtype) for p in shallower.parameters()} == {("meta", torch.float64)}
    assert shallower(ids.to("meta")).device.type == "meta"
    fewer = without_heads(shallower.blocks[0].attention, [0])
    assert {p.device.type for p in fewer.parameters()} == {"meta"}
