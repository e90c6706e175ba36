"""The older families: what Jais and T5 1.1 have of their own, and what all of them add up to."""

import pytest
from torch import nn
from transformers.models.t5.modeling_t5 import T5LayerNorm

from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.model_costs import Architecture
from snippets.modern.architecture.older_families import bert, gpt2
from tests.snippets.modern.configs import GPT2, SMALL, T5, build, check_counts, numel

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


@pytest.mark.parametrize("name", [n for n in SMALL if n.startswith(("gpt", "bert", "t5"))])
def test_all_parts_and_sizes_are_those_of_the_library(name: str) -> None:
    one = read(SMALL[name])
    check_counts(SMALL[name], one)
    assert (one.name, one.vocab_size, one.d_model) == (SMALL[name]["model_type"], 101, 48)
    assert one.num_heads == one.num_kv_heads == 4
    assert one.num_layers == {"gpt_neo": 4, "t5": 5}.get(one.name, 3)
    assert one.head_size == SMALL[name].get("d_kv", 12)
    assert one.d_hidden == (192 if name in ("gpt2", "gpt2, untied", "gpt_neo") else 72)
    assert one.context == (None if one.name == "t5" else 96)
    assert one.stacks == 1 + (one.name == "t5")
    known = {"gpt_neox": "RoPE", "t5": "relative"}
    assert one.positions == known.get(one.name, "learned")


def test_what_is_kept_and_computed_is_that_of_all_heads() -> None:
    """T5's decoder looks twice, at its own text and at the source; its encoder keeps nothing."""
    for name in ("gpt2", "gpt_neo", "gpt_neox"):
        for span in read(SMALL[name]).spans:
            assert (span.kept, span.operations) == (2 * 48, 4 * 48)
    assert {span.operations for span in read(SMALL["bert"]).spans} == {4 * 48}
    spans = [(s.layers, s.kept, s.operations, s.window) for s in read(T5).spans]
    assert spans == [(3, 0, 4 * 4 * 10, None), (2 * 2, 2 * 4 * 10, 4 * 4 * 10, None)]
    assert {s.window: s.layers for s in read(SMALL["gpt_neo"]).spans} == {40: 2, None: 2}


@pytest.mark.parametrize(
    ("name", "left_out", "same"),
    [
        ("gpt2", "n_inner", 4 * 48), ("gpt2", "tie_word_embeddings", True),
        ("gpt2", "add_cross_attention", False), ("gpt_neo", "intermediate_size", 4 * 48),
        ("gpt_neo", "tie_word_embeddings", True), ("gpt_neox", "attention_bias", True),
        ("gpt_neox", "tie_word_embeddings", False), ("bert", "type_vocab_size", 2),
        ("bert", "tie_word_embeddings", True), ("bert", "is_decoder", False),
        ("t5", "num_decoder_layers", 3), ("t5", "feed_forward_proj", "relu"),
        ("t5", "relative_attention_num_buckets", 32), ("t5", "tie_word_embeddings", True),
    ],
)  # fmt: skip
def test_what_a_file_may_leave_out(name: str, left_out: str, same: object) -> None:
    """The library takes the same for granted."""
    without = {key: value for key, value in SMALL[name].items() if key != left_out}
    assert read(without) == read(without | {left_out: same})
    assert read(without).parameters() == numel(build(without))


def test_gpt_neo_may_list_its_layers_and_needs_all_of_them() -> None:
    listed = SMALL["gpt_neo"] | {"attention_layers": ["global", "local", "local", "local"]}
    assert {s.window: s.layers for s in read(listed).spans} == {40: 3, None: 1}
    with pytest.raises(ValueError, match="attention_types names 3 layers of num_layers=4"):
        read(listed | {"attention_layers": ["local"] * 3})
    with pytest.raises(ValueError, match="hidden_size=48 is not divisible by num_heads=5"):
        read(SMALL["gpt_neo"] | {"num_heads": 5})


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [("gpt2", "add_cross_attention", True), ("bert", "tie_word_embeddings", False)],
)
def test_options_that_would_change_the_count_are_refused(name: str, option: str, value: bool):
    with pytest.raises(ValueError, match=f"{option}={value}; {name} is counted with"):
        read(SMALL[name] | {option: value})


def test_jais_needs_to_say_what_it_is_made_of() -> None:
    jais = GPT2 | {"model_type": "jais", "activation_function": "swiglu"}
    with pytest.raises(ValueError, match="'position_embedding_type' is missing; jais needs it"):
        read(jais)
    for kind, said in (("alibi", "ALiBi"), ("learned", "learned")):
        assert read(jais | {"position_embedding_type": kind}).positions == said
    with pytest.raises(ValueError, match="'rope' is none of 'alibi', 'learned'"):
        read(jais | {"position_embedding_type": "rope"})
    for name in ("gelu", "gelu_new", "relu"):
        plain = jais | {"activation_function": name, "position_embedding_type": "learned"}
        assert read(plain).parameters() == read(GPT2).parameters()
