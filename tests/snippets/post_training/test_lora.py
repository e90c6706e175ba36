"""LoRA: nothing changes at first, merged is unmerged, `peft` agrees, and no adapter is misused."""

import json
import shutil
import warnings
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from snippets.post_training.lora import (
    CONFIG,
    EVERYWHERE,
    WEIGHTS,
    LoRALinear,
    add_lora,
    fingerprint,
    load_adapter,
    lora_layers,
    merge,
    save_adapter,
)
from snippets.transformer.minigpt import MINIGPT, MiniGPT

TINY = replace(MINIGPT, d_model=32, num_layers=2, d_hidden=48, context=16)
IDS = torch.arange(12)[None] * 5


@pytest.fixture
def model() -> MiniGPT:
    torch.manual_seed(0)
    return MiniGPT(TINY).eval()


def with_changes(model: MiniGPT, rank: int = 3, alpha: float = 5.0) -> MiniGPT:
    """The model with LoRA layers that have learned something."""
    for number, parameter in enumerate(add_lora(model, rank, alpha, EVERYWHERE)):
        torch.manual_seed(number)
        nn.init.normal_(parameter, std=0.3)
    return model


def test_before_the_first_step_nothing_has_changed(model):
    before = model(IDS)
    add_lora(model, 4, 8.0)
    assert torch.equal(model(IDS), before)


def test_only_the_thin_matrices_learn(model):
    parameters = add_lora(model, 2, 4.0)
    learning = {id(p) for p in model.parameters() if p.requires_grad}
    assert learning == set(map(id, parameters))
    sizes = [(3 * 32, 32), (32, 32)] * 2  # qkv and out of two layers
    assert sum(p.numel() for p in parameters) == sum(
        2 * (rows + columns) for rows, columns in sizes
    )
    frozen = {name: p.clone() for name, p in model.named_parameters() if not p.requires_grad}
    optimizer = torch.optim.AdamW(parameters, lr=0.1)
    model(IDS).square().mean().backward()
    optimizer.step()
    now = dict(model.named_parameters())
    assert all(torch.equal(now[name], p) for name, p in frozen.items())
    assert any(layer.B.any() for layer in lora_layers(model).values())


def test_merged_computes_what_unmerged_does(model):
    plain = model(IDS)
    names = set(dict(model.named_parameters()))
    unmerged = with_changes(model)(IDS)
    assert (unmerged - plain).abs().max() > 0.1  # it did change something
    merge(model)
    torch.testing.assert_close(model(IDS), unmerged, atol=1e-5, rtol=1e-5)
    assert set(dict(model.named_parameters())) == names
    assert all(p.requires_grad for p in model.parameters())


def test_a_layer_by_hand_with_its_bias():
    frozen = nn.Linear(3, 2)
    layer = LoRALinear(frozen, rank=1, alpha=2.0)
    with torch.no_grad():
        layer.A.copy_(torch.tensor([[1.0, 0.0, 2.0]]))
        layer.B.copy_(torch.tensor([[1.0], [-1.0]]))
    x = torch.tensor([1.0, 5.0, 3.0])  # x A = 7, times alpha / r = 14
    wanted = frozen(x) + torch.tensor([14.0, -14.0])
    torch.testing.assert_close(layer(x), wanted)
    torch.testing.assert_close(layer.merged()(x), wanted)


def test_the_change_has_the_rank(model):
    layer = lora_layers(with_changes(model))["blocks.1.feed_forward.up"]
    change = layer.merged().weight - layer.frozen.weight
    assert torch.linalg.matrix_rank(change, rtol=1e-4) == 3


def test_twice_the_rank_with_twice_alpha_has_the_same_scale():
    frozen = nn.Linear(8, 8)
    assert LoRALinear(frozen, 2, 4.0).scale == LoRALinear(frozen, 4, 8.0).scale == 2.0


def test_a_layer_is_of_the_type_and_on_the_device_of_the_one_it_wraps():
    frozen = nn.Linear(6, 4, dtype=torch.float64)
    layer = LoRALinear(frozen, 2, 4.0)
    x = torch.ones(6, dtype=torch.float64)
    assert layer.A.dtype == layer.B.dtype == layer.merged().weight.dtype == torch.float64
    assert torch.equal(layer(x), frozen(x)) and torch.equal(layer.merged()(x), frozen(x))
    elsewhere = LoRALinear(nn.Linear(6, 4, device="meta"), 2, 4.0)
    assert elsewhere.A.device.type == elsewhere.B.device.type == "meta"
    assert elsewhere.merged().weight.device.type == "meta"


def test_the_seed_decides_and_nobody_elses_random_numbers_change(model):
    def drawn(seed: int) -> torch.Tensor:
        return add_lora(deepcopy(model), 2, 4.0, seed=seed)[0]

    before = torch.get_rng_state()
    assert torch.equal(drawn(1), drawn(1)) and not torch.equal(drawn(1), drawn(2))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(1)  # the same numbers as after PyTorch's own seed
    A = nn.init.kaiming_uniform_(torch.empty(2, 32), a=5**0.5)
    assert torch.equal(drawn(1), A)


def test_a_target_is_whole_parts_of_a_name():
    model = nn.Module()
    for name in ("out", "layout", "fan_out"):
        setattr(model, name, nn.Linear(4, 4))
    model.inner = nn.ModuleDict({"out": nn.Linear(4, 4)})
    add_lora(model, 1, 2.0, ["out"])
    assert set(lora_layers(model)) == {"out", "inner.out"}


@pytest.mark.parametrize("rank", [0, -1, 33])
def test_a_rank_that_is_none_is_refused(model, rank):
    with pytest.raises(ValueError, match=f"rank={rank} is not from 1 to 32"):
        add_lora(model, rank, 8.0)
    assert not lora_layers(model)


def test_names_that_no_layer_has_are_refused(model):
    with pytest.raises(ValueError, match="no linear layer"):
        add_lora(model, 2, 4.0, ["q_proj"])


def test_lora_upon_lora_is_refused(model):
    add_lora(model, 2, 4.0)
    with pytest.raises(ValueError, match="merge them first"):
        add_lora(model, 2, 4.0, ["feed_forward.up"])


def test_a_saved_adapter_comes_back(model, tmp_path):
    other = deepcopy(model)
    save_adapter(with_changes(model), tmp_path / "adapter")
    load_adapter(other, tmp_path / "adapter")
    assert torch.equal(other(IDS), model(IDS))


def test_peft_loads_it(model, tmp_path):
    from peft import PeftModel

    plain = deepcopy(model)
    save_adapter(with_changes(model), tmp_path / "adapter")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that our model has no configuration of theirs
        theirs = PeftModel.from_pretrained(plain, str(tmp_path / "adapter")).eval()
    torch.testing.assert_close(theirs(IDS), model(IDS), atol=1e-5, rtol=1e-5)


def test_an_adapter_of_another_model_is_refused(model, tmp_path):
    torch.manual_seed(1)
    other = MiniGPT(TINY)  # of the same shape
    save_adapter(with_changes(model), tmp_path / "adapter")
    with pytest.raises(ValueError, match="is an adapter of the model"):
        load_adapter(other, tmp_path / "adapter")
    assert not lora_layers(other)


def test_a_fingerprint_is_of_what_is_frozen(model):
    before = fingerprint(model)
    with_changes(model)
    assert fingerprint(model) == before
    merge(model)
    assert fingerprint(model) != before


def damage(folder: Path, **changes: object) -> None:
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({k: v for k, v in (config | changes).items() if v}))


def test_a_damaged_adapter_is_named(model, tmp_path):
    plain = deepcopy(model)
    save_adapter(with_changes(model), tmp_path / "whole")
    for changes, said in (
        ({"r": None}, "says nothing of 'r'"),
        ({"target_modules": ["attention.qkv"]}, "does not fit"),
        ({"r": 1}, "does not fit"),  # not stretched to the other rank without a word
    ):
        shutil.copytree(tmp_path / "whole", tmp_path / "adapter", dirs_exist_ok=True)
        damage(tmp_path / "adapter", **changes)
        with pytest.raises(ValueError, match=said):
            load_adapter(deepcopy(plain), tmp_path / "adapter")
    for name in (WEIGHTS, CONFIG):
        shutil.copytree(tmp_path / "whole", tmp_path / "adapter", dirs_exist_ok=True)
        whole = (tmp_path / "adapter" / name).read_bytes()
        (tmp_path / "adapter" / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ValueError, match="adapter is damaged"):
            load_adapter(plain, tmp_path / "adapter")
        assert not lora_layers(plain)
    with pytest.raises(FileNotFoundError):
        load_adapter(plain, tmp_path / "nowhere")


def test_a_model_without_lora_has_no_adapter(model, tmp_path):
    with pytest.raises(ValueError, match="no LoRA layers"):
        save_adapter(model, tmp_path / "adapter")


def test_a_seed_gives_the_same_start_and_another_does_not(model):
    starts = [add_lora(deepcopy(model), 2, 4.0, seed=seed)[0] for seed in (0, 0, 1)]
    assert torch.equal(starts[0], starts[1]) and not torch.equal(starts[0], starts[2])


def test_a_starts_as_a_linear_layer_of_torch_does():
    layer = LoRALinear(nn.Linear(400, 50), 20, 1.0)
    assert 0.04 < layer.A.abs().max() <= 1 / 20  # 1 / sqrt(C_in)
    assert not layer.frozen.weight.requires_grad and not layer.frozen.bias.requires_grad


def test_a_name_must_end_as_a_target_does(model):
    with pytest.raises(ValueError, match="no linear layer"):
        add_lora(model, 2, 4.0, ["attention"])


def test_alpha_must_be_positive():
    with pytest.raises(ValueError, match="alpha=0"):
        LoRALinear(nn.Linear(3, 3), 1, 0.0)


def test_a_fingerprint_is_of_the_names_too():
    tensors = [nn.Linear(2, 2), nn.Linear(2, 2)]
    assert fingerprint(nn.ModuleDict({"a": tensors[0]})) != fingerprint(
        nn.ModuleDict({"b": tensors[0]})
    )


def test_a_rank_may_be_the_smaller_side_and_a_seed_is_zero_unless_told(model):
    assert LoRALinear(nn.Linear(4, 6), 4, 1.0).A.shape == (4, 4)
    plain, stated = (add_lora(deepcopy(model), 2, 4.0, **more)[0] for more in ({}, {"seed": 0}))
    assert torch.equal(plain, stated)
