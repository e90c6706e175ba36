"""A shared model computes what an unshared one with equal layers does; counts are ALBERT's."""

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import AlbertConfig, AlbertModel, BertConfig, BertModel

from snippets.modern.small_models.layer_sharing import (
    Bert,
    FactorisedEmbedding,
    FactorisedMiniGPT,
    SharedMiniGPT,
)
from snippets.transformer.minigpt import MINIGPT, MiniGPT, count_parameters, next_token_loss

SMALL = replace(MINIGPT, d_model=32, d_hidden=24, num_layers=3, context=16)
IDS = torch.randint(68, (2, 16), generator=torch.Generator().manual_seed(0))


def test_sharing_is_equal_layers():
    torch.manual_seed(0)
    shared = SharedMiniGPT(SMALL)
    unshared = shared.unshared()
    assert torch.allclose(shared(IDS), unshared(IDS), atol=1e-6)
    assert len({id(block) for block in unshared.blocks}) == 3
    assert unshared.training and not shared.eval().unshared().training
    one = count_parameters(replace(SMALL, num_layers=1))
    assert sum(p.numel() for p in shared.parameters()) == one
    assert sum(p.numel() for p in unshared.parameters()) == count_parameters(SMALL)


def test_sharing_saves_no_arithmetic():
    flops = []
    for kind in (MiniGPT, SharedMiniGPT):
        with FlopCounterMode(display=False) as counter:
            kind(SMALL)(IDS)
        flops.append(counter.get_total_flops())
    assert flops[0] == flops[1] > 0


def test_the_gradient_of_a_shared_layer_is_the_sum_of_all():
    torch.manual_seed(0)
    shared = SharedMiniGPT(SMALL)
    unshared = shared.unshared()
    for model in (shared, unshared):
        next_token_loss(model(IDS[:, :-1]), IDS[:, 1:]).backward()
    name = "attention.out.weight"
    of_all = sum(block.get_parameter(name).grad for block in unshared.blocks)
    assert torch.allclose(shared.blocks[0].get_parameter(name).grad, of_all, atol=1e-6)


def test_a_factorised_table_is_the_product_of_its_factors():
    torch.manual_seed(0)
    factors = FactorisedEmbedding(68, 8, 32)
    table = factors.table.weight @ factors.widen.weight.T  # (V, C)
    x = torch.randn(2, 5, 32)
    assert torch.allclose(factors(IDS), table[IDS], atol=1e-6)
    assert torch.allclose(factors.scores(x), x @ table.T, atol=1e-5)
    model = FactorisedMiniGPT(SMALL, 8)
    saved = 68 * 32 - (68 * 8 + 8 * 32)
    assert sum(p.numel() for p in model.parameters()) == count_parameters(SMALL) - saved
    assert float(model.embedding(torch.arange(68)).detach().std()) == pytest.approx(0.02, rel=0.2)
    assert not any(name.startswith("head") for name in model.state_dict())
    plain = MiniGPT(SMALL)
    rest = {k: v for k, v in model.state_dict().items() if not k.startswith(("embedding", "head"))}
    plain.load_state_dict(rest, strict=False)
    with torch.no_grad():
        plain.embedding.weight.copy_(model.embedding.table.weight @ model.embedding.widen.weight.T)
    assert torch.allclose(model(IDS), plain(IDS), atol=1e-5)


@pytest.mark.parametrize(
    "sizes", [Bert(50, 12, 20, 3, 4, True, 16, 2), Bert(61, 24, 18, 2, 8, True, 9, 3)]
)
def test_albert_has_as_many_parameters_as_the_formula_says(sizes):
    config = AlbertConfig(
        vocab_size=sizes.V, hidden_size=sizes.C, intermediate_size=sizes.F,
        num_hidden_layers=sizes.L, embedding_size=sizes.E, num_attention_heads=2,
        max_position_embeddings=sizes.context, type_vocab_size=sizes.segments,
    )  # fmt: skip
    assert AlbertModel(config).num_parameters() == sum(sizes.parts().values())


SIZES = Bert(50, 12, 20, 3, context=16)


def bert_of_the_library() -> BertModel:
    """Of the same sizes."""
    return BertModel(
        BertConfig(
            vocab_size=50, hidden_size=12, intermediate_size=20, num_hidden_layers=3,
            num_attention_heads=2, max_position_embeddings=16,
        )
    )  # fmt: skip


def test_bert_has_as_many_parameters_as_the_formula_says():
    assert bert_of_the_library().num_parameters() == sum(SIZES.parts().values())


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="narrow=0"):
        FactorisedEmbedding(10, 0, 4)
    with pytest.raises(ValueError, match="tie_weights=False"):
        FactorisedMiniGPT(replace(SMALL, tie_weights=False), 8)
    with pytest.raises(ValueError, match="V=0"):
        Bert(0, 4, 4, 1).parts()
    with pytest.raises(ValueError, match="L=0"):
        Bert(10, 4, 4, 0).parts()


def test_the_defaults_are_those_of_the_published_bert():
    assert sum(Bert(30522, 768, 3072, 12).parts().values()) == 109_482_240


@pytest.mark.parametrize("name", ["V", "C", "F", "L"])
def test_each_size_is_above_zero(name):
    with pytest.raises(ValueError, match=f"{name}=0"):
        Bert(**{"V": 9, "C": 4, "F": 4, "L": 1} | {name: 0}).parts()
    for wrong in ((0, 2, 4), (9, 2, 0)):
        with pytest.raises(ValueError, match=r"(vocab_size|d_model)=0"):
            FactorisedEmbedding(*wrong)


def test_each_part_of_a_bert_is_as_large_as_in_the_library():
    theirs = bert_of_the_library()
    wanted = {
        name: sum(p.numel() for p in part.parameters())
        for name, part in (
            ("tables", theirs.embeddings), ("layers", theirs.encoder), ("pooler", theirs.pooler)
        )
    }  # fmt: skip
    assert SIZES.parts() == wanted
    shared = replace(SIZES, shared=True).parts()
    assert shared == wanted | {"layers": wanted["layers"] // 3}


def test_unshared_stays_on_the_device_and_in_the_type():
    """The device "meta", which keeps no numbers, stands for a GPU."""
    unshared = SharedMiniGPT(SMALL).to("meta", torch.float64).unshared()
    assert {(p.device.type, p.dtype) for p in unshared.parameters()} == {("meta", torch.float64)}
    assert unshared(IDS.to("meta")).device.type == "meta"
