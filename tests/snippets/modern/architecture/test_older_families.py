"""The older families: what Jais and T5 1.1 have of their own, and what all of them add up to."""

import pytest
from torch import nn
from transformers.models.t5.modeling_t5 import T5LayerNorm

from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.model_costs import Architecture
from snippets.modern.architecture.older_families import bert, gpt2
from tests.snippets.modern.configs import GPT2, SMALL, T5, build, numel

read = Architecture.from_huggingface


@pytest.mark.parametrize("name", [n for n in SMALL if n.startswith(("gpt", "bert", "t5"))])
def test_norms_are_those_of_the_library(name: str) -> None:
    kinds = (nn.LayerNorm, T5LayerNorm)
    layers = [m for m in build(SMALL[name]).modules() if isinstance(m, kinds)]
    in_head = 2 * 48 if name == "bert" else 0  # it is counted with the head
    assert read(SMALL[name]).parts["norms"].learned == sum(map(numel, layers)) - in_head


def test_jais_is_gpt2_with_a_gate_and_without_a_table_of_positions() -> None:
    plain = {"activation_function": "gelu", "position_embedding_type": "learned"}
    jais = GPT2 | {"model_type": "jais", "n_inner": 70} | plain
    gpt2 = read(GPT2 | {"n_inner": 70})
    assert read(jais).parameters() == gpt2.parameters()
    gate = 3 * (48 + 1) * 70
    gated = read(jais | {"activation_function": "swiglu"})
    assert gated.parameters() == gpt2.parameters() + gate
    assert gated.flops_per_token(5) == gpt2.flops_per_token(5) + 2 * (gate - 3 * 70)
    without = read(jais | {"position_embedding_type": "alibi"})
    assert without.parameters() == gpt2.parameters() - 96 * 48


def test_t5_may_have_a_head_of_its_own_though_the_library_ties_it() -> None:
    """Version 1.1 was published with one; the class keeps the field for something else."""
    untied = T5 | {"tie_word_embeddings": False}
    assert read(untied).parameters() == numel(build(untied)) + T5["vocab_size"] * T5["d_model"]
    assert read(untied).flops_per_token(7) == read(T5).flops_per_token(7)


def test_gpt3_small_is_gpt2_with_a_longer_table() -> None:
    longer = gpt2(Fields(GPT2 | {"n_positions": 192}))
    assert longer.parts["positions"].learned == 2 * gpt2(Fields(GPT2)).parts["positions"].learned
    assert longer.spans == gpt2(Fields(GPT2)).spans


def test_bert_is_no_decoder() -> None:
    assert {span.kept for span in bert(Fields(SMALL["bert"])).spans} == {0}
    with pytest.raises(ValueError, match="is_decoder=True; bert is counted with False only"):
        bert(Fields(SMALL["bert"] | {"is_decoder": True}))
