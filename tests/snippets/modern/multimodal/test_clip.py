"""CLIP: losses against `transformers`, ranks by hand, and that two towers learn pairs."""

import math
from typing import Any

import pytest
import torch
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel

from snippets.modern.multimodal.clip import (
    MOST,
    Clip,
    TextTower,
    clip_loss,
    known_pieces,
    pieces,
    ranks,
    recall_at,
    sigmoid_loss,
)
from snippets.modern.multimodal.patch_encoder import PatchConfig

SIZES = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1}
SIZES |= {"num_attention_heads": 2}
PARTS: dict[str, Any] = {
    "text_config": SIZES | {"vocab_size": 20, "bos_token_id": 0, "eos_token_id": 19},
    "vision_config": SIZES | {"image_size": 8, "patch_size": 4},
}
SMALL = PatchConfig(side=8, patch=4, d_model=16, num_heads=2, num_layers=1, d_hidden=24)


def pairs(size: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, size, 8, generator=generator)
    return F.normalize(a, dim=-1), F.normalize(b, dim=-1)


def test_the_loss_is_that_of_clip_in_transformers() -> None:
    torch.manual_seed(0)
    model = CLIPModel(CLIPConfig(**PARTS, projection_dim=12)).eval()
    with torch.no_grad():
        theirs = model(torch.randint(20, (6, 4)), torch.randn(6, 3, 8, 8), return_loss=True)
        scale = model.logit_scale.exp()
        ours = clip_loss(theirs.image_embeds, theirs.text_embeds, scale)
    assert theirs.loss.item() == pytest.approx(ours.item(), abs=1e-5)


def test_the_loss_is_that_of_siglip_in_transformers() -> None:
    torch.manual_seed(0)
    model = SiglipModel(SiglipConfig(**PARTS)).eval()
    with torch.no_grad():
        model.logit_scale.fill_(math.log(10))
        model.logit_bias.fill_(-10)
        theirs = model(torch.randint(20, (6, 4)), torch.randn(6, 3, 8, 8), return_loss=True)
        ours = sigmoid_loss(theirs.image_embeds, theirs.text_embeds, 10.0, -10.0)
    assert theirs.loss.item() == pytest.approx(ours.item(), abs=1e-5)


def test_the_sigmoid_loss_is_the_formula_pair_by_pair() -> None:
    a, b = pairs(3)
    total = 0.0
    for i in range(3):
        for j in range(3):
            logit = 4 * float(a[i] @ b[j]) - 2
            total += math.log(1 + math.exp(-logit if i == j else logit))
    assert sigmoid_loss(a, b, 4.0, -2.0).item() == pytest.approx(total / 3, abs=1e-5)


def test_laws_of_the_contrastive_loss() -> None:
    a, b = pairs()
    assert clip_loss(a, b, 3.0).item() == pytest.approx(clip_loss(b, a, 3.0).item(), abs=1e-6)
    assert clip_loss(a, b, 0.0).item() == pytest.approx(math.log(5))  # all alike
    assert clip_loss(a, a, 100.0).item() < clip_loss(a, a, 1.0).item()
    order = torch.tensor([3, 0, 4, 1, 2])
    assert clip_loss(a[order], b[order], 3.0).item() == pytest.approx(
        clip_loss(a, b, 3.0).item(), abs=1e-6
    )


def test_what_makes_no_pairs_is_refused() -> None:
    a, b = pairs()
    with pytest.raises(ValueError, match=r"\(5, 8\) and \(4, 8\)"):
        clip_loss(a, b[:4], 1.0)
    with pytest.raises(ValueError, match="B=1"):
        clip_loss(a[:1], b[:1], 1.0)
    with pytest.raises(ValueError, match=r"\(2, 8\) and \(5, 8\)"):
        sigmoid_loss(a[:2], b, 1.0, 0.0)


def test_pieces_by_hand() -> None:
    assert pieces("ab off") == ["ab", "off", "<ab", "ab>", "<of", "off", "ff>"]
    assert known_pieces(["ab", "ab off"]) == sorted({*pieces("ab off")})
    for empty in ("", "  "):
        with pytest.raises(ValueError, match="has no words"):
            pieces(empty)


def test_a_caption_has_the_same_vector_in_any_company() -> None:
    torch.manual_seed(0)
    tower = TextTower(known_pieces(["cloud upload", "home"]), 8, 16)
    texts = ["home", "cloud upload", "xyz", "upload cloud"]
    together = tower(texts)
    alone = torch.cat([tower([text]) for text in texts])
    torch.testing.assert_close(together, alone)
    torch.testing.assert_close(together[1], together[3])  # a bag has no order
    assert (together[0] - together[1]).abs().max() > 1e-3 and together.isfinite().all()
    with pytest.raises(ValueError, match="has no words"):
        tower(["home", ""])


def test_ranks_by_hand() -> None:
    similarity = torch.tensor([[3.0, 1, 2], [5, 4, 6], [1, 1, 1]])
    assert ranks(similarity).tolist() == [0, 2, 2]  # a tie counts against
    assert ranks(similarity.T).tolist() == [1, 0, 2]
    assert recall_at(similarity, 1) == pytest.approx(1 / 3) and recall_at(similarity, 3) == 1
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        ranks(similarity[:2])


def test_two_towers_learn_which_belongs_to_which() -> None:
    torch.manual_seed(0)
    captions = ["left", "right", "cloud", "cloud off"]
    model, pictures = Clip(SMALL, known_pieces(captions), size=8), torch.rand(4, 8, 8)
    assert model.scale().item() == pytest.approx(1 / 0.07)
    first = model(pictures, captions)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(40):
        optimizer.zero_grad()
        model(pictures, captions).backward()
        optimizer.step()
    with torch.no_grad():
        assert model(pictures, captions) < 0.2 * first
        similarity = model.picture_vectors(pictures) @ model.text_vectors(captions).T
        assert recall_at(similarity, 1) == 1 and similarity.abs().max() <= 1 + 1e-5
        model.log_scale.fill_(10)
    assert model.scale() == MOST


@torch.no_grad()
def test_a_picture_is_made_of_all_its_patches() -> None:
    """Where patches can't look at each other, a change of any one still moves the vector."""
    torch.manual_seed(0)
    model, pictures = Clip(SMALL, known_pieces(["a"]), size=8), torch.rand(1, 8, 8)
    for block in model.pictures.blocks:
        for parameter in block.get_submodule("attention.out").parameters():
            parameter.zero_()
    for corner in ((0, 0), (0, 7), (7, 0), (7, 7)):
        other = pictures.clone()
        other[0, corner[0], corner[1]] += 1
        moved = model.picture_vectors(other) - model.picture_vectors(pictures)
        assert moved.abs().max() > 1e-5


def test_two_pairs_are_enough_and_vectors_are_rows() -> None:
    a, b = pairs(2)
    assert clip_loss(a, b, 1.0) > 0 and sigmoid_loss(a, b, 1.0, 0.0) > 0
    with pytest.raises(ValueError, match=r"both need \(B, E\)"):
        clip_loss(a[None], b[None], 1.0)
    with pytest.raises(ValueError, match=r"\(2, 2, 2\); it needs \(N, N\)"):
        ranks(torch.zeros(2, 2, 2))


def test_vectors_of_pieces_begin_small_and_the_space_has_96_numbers() -> None:
    torch.manual_seed(0)
    tower = TextTower([f"p{n}" for n in range(400)], 16, 24)
    assert float(tower.embedding.weight.detach().std()) == pytest.approx(0.1, rel=0.05)
    model = Clip(SMALL, ["a"])
    assert model.picture_vectors(torch.rand(2, 8, 8)).shape == (2, 96)
    assert model.text_vectors(["a", "a a", "b"]).shape == (3, 96)


def test_a_vector_of_a_text_is_the_mean_of_its_pieces_and_what_one_layer_adds() -> None:
    torch.manual_seed(0)
    tower = TextTower(known_pieces(["ab"]), 8, 16)
    rows = torch.stack([tower.embedding.weight[tower.ids[p]] for p in pieces("ab ab")])
    x = tower.norm(rows.mean(0))
    torch.testing.assert_close(tower(["ab ab"])[0], x + tower.hidden(x))


def test_captions_go_to_the_models_device() -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    model, seen = Clip(SMALL, known_pieces(["cloud off", "fish"]), 12).to("meta"), []
    model.texts.embedding.register_forward_pre_hook(lambda _, inputs: seen.extend(inputs))
    assert model(torch.zeros(2, 8, 8, device="meta"), ["fish", "off"]).device.type == "meta"
    assert [ids.device.type for ids in seen] == ["meta", "meta"]
