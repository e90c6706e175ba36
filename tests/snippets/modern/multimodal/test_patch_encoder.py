"""Patches: against a convolution, and the whole encoder against SigLIP's of `transformers`."""

from typing import Any

import pytest
import torch
from torch import nn
from transformers import SiglipVisionConfig, SiglipVisionModel

from snippets.modern.multimodal.patch_encoder import (
    PatchConfig,
    PatchEncoder,
    as_convolution,
    patches,
)

PARTS = {
    "self_attn.out_proj": "attention.out",
    "layer_norm1": "attention_norm",
    "layer_norm2": "feed_forward_norm",
    "mlp.fc1": "feed_forward.up",
    "mlp.fc2": "feed_forward.down",
}
SMALL = PatchConfig(side=12, patch=3, d_model=16, num_heads=2, num_layers=2, d_hidden=24)


def test_patches_are_cut_in_reading_order() -> None:
    picture = torch.arange(16.0).view(1, 4, 4)
    assert patches(picture, 2)[0].tolist() == [
        [0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]
    ]  # fmt: skip


@pytest.mark.parametrize(("side", "size"), [(24, 4), (12, 3), (6, 6), (4, 1)])
def test_patch_embedding_is_a_strided_convolution(side: int, size: int) -> None:
    torch.manual_seed(0)
    pictures, embedding = torch.randn(3, side, side), nn.Linear(size * size, 5)
    ours = embedding(patches(pictures, size))  # (B, T, C)
    theirs = as_convolution(embedding, size)(pictures[:, None])  # (B, C, rows, columns)
    torch.testing.assert_close(ours, theirs.flatten(2).transpose(1, 2), atol=1e-5, rtol=0)


def siglip(c: PatchConfig) -> SiglipVisionModel:
    config = SiglipVisionConfig(
        hidden_size=c.d_model,
        intermediate_size=c.d_hidden,
        num_hidden_layers=c.num_layers,
        num_attention_heads=c.num_heads,
        num_channels=1,
        image_size=c.side,
        patch_size=c.patch,
        hidden_act="gelu",
        layer_norm_eps=c.norm_eps,
        vision_use_head=False,
    )
    return SiglipVisionModel(config).eval()


def test_it_is_the_encoder_of_transformers() -> None:
    torch.manual_seed(0)
    ours, theirs = PatchEncoder(SMALL), siglip(SMALL)
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.2)
    weights = {}
    for name, tensor in theirs.state_dict().items():
        name = name.removeprefix("vision_model.")
        if name.startswith("embeddings.patch_embedding"):
            same = as_convolution(ours.embedding, SMALL.patch)
            weights[name] = same.state_dict()[name.rpartition(".")[2]]
        elif name.startswith("embeddings.position"):
            weights[name] = ours.positions.table.weight
        elif name.startswith("post_layernorm"):
            weights[name] = ours.norm.state_dict()[name.rpartition(".")[2]]
        else:
            _, _, layer, *parts, kind = name.split(".")
            block: Any = ours.blocks[int(layer)]
            part = ".".join(parts)
            if part.endswith(("q_proj", "k_proj", "v_proj")):
                which = "qkv".index(part.rpartition(".")[2][0])
                weights[name] = getattr(block.attention.qkv, kind).chunk(3)[which]
            else:
                weights[name] = getattr(block.get_submodule(PARTS[part]), kind)
        assert weights[name].shape == tensor.shape
    prefix = "vision_model." if any(n.startswith("vision") for n in theirs.state_dict()) else ""
    theirs.load_state_dict({prefix + name: tensor for name, tensor in weights.items()})
    pictures = torch.rand(2, 12, 12)
    with torch.no_grad():
        states = theirs(pictures[:, None]).last_hidden_state
        torch.testing.assert_close(ours(pictures), states, atol=1e-5, rtol=0)


def test_each_patch_sees_all() -> None:
    torch.manual_seed(0)
    encoder, pictures = PatchEncoder(SMALL), torch.rand(1, 12, 12)
    other = pictures.clone()
    other[0, 11, 11] += 1
    assert ((encoder(pictures) - encoder(other)).abs().amax(-1) > 0).all()


@pytest.mark.parametrize("shape", [(2, 12, 10), (2, 1, 12, 12), (12, 12), (2, 13, 13)])
def test_a_picture_of_the_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=str(list(shape))[1:-1]):
        PatchEncoder(SMALL)(torch.rand(shape))


def test_what_does_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 12, 10\); they need \(B, S, S\)"):
        patches(torch.rand(2, 12, 10), 2)
    with pytest.raises(ValueError, match=r"need \(B, S, S\)"):
        patches(torch.rand(2, 4, 4, 4), 2)
    with pytest.raises(ValueError, match="num_layers=0"):
        PatchConfig(num_layers=0)
    with pytest.raises(ValueError, match="side=24 is not divisible by patch=5"):
        patches(torch.rand(2, 24, 24), 5)
    with pytest.raises(ValueError, match="side=24 is not divisible by patch=7"):
        PatchConfig(patch=7)
    with pytest.raises(ValueError, match="d_model=96 is not divisible by num_heads=5"):
        PatchConfig(num_heads=5)
    with pytest.raises(ValueError, match="9 inputs are not 4 × 4 pixels"):
        as_convolution(nn.Linear(9, 2), 4)


def test_weights_begin_small() -> None:
    torch.manual_seed(0)
    encoder = PatchEncoder(PatchConfig())
    for name in ("embedding", "blocks.1.attention.qkv", "blocks.0.feed_forward.down"):
        weight = encoder.get_submodule(name).get_parameter("weight")
        assert float(weight.detach().std()) == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize("size", ["num_layers", "d_hidden", "norm_eps", "side", "patch", "d_model"])
def test_sizes_are_above_zero(size: str) -> None:
    wrong: dict[str, Any] = {size: 0}
    with pytest.raises(ValueError, match=f"{size}=0"):
        PatchConfig(**wrong)


def test_as_many_tokens_as_squares() -> None:
    assert PatchConfig(side=12, patch=3).tokens == 16 and PatchConfig(side=12, patch=12).tokens == 1
    assert PatchEncoder(SMALL)(torch.rand(5, 12, 12)).shape == (5, 16, 16)


def test_the_convolution_is_on_the_device_of_the_map() -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    same = as_convolution(nn.Linear(9, 2, device="meta", dtype=torch.float64), 3)
    assert {(p.device.type, p.dtype) for p in same.parameters()} == {("meta", torch.float64)}
