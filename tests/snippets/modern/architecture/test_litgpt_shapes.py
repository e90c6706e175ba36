"""LitGPT's sizes are ours, and what we count of them is what the transformers library builds."""

from collections import Counter
from types import SimpleNamespace

import pytest

from snippets.modern.architecture.litgpt_shapes import (
    count_in_name,
    family_of,
    litgpt_shapes,
    off_from_names,
    to_huggingface,
)
from snippets.modern.architecture.model_costs import Architecture
from snippets.modern.architecture.published import PUBLISHED
from tests.snippets.modern.configs import build, numel

SHAPES = {shape.name: shape for shape in litgpt_shapes()}
SAME = {
    "Llama 2 70B": "Llama-2-70b-hf",
    "Llama 3 8B": "Llama-3-8B",
    "Llama 3 405B": "Llama-3.1-405B",
    "Mistral 7B v0.1": "Mistral-7B-v0.1",
    "Mixtral 8x7B v0.1": "Mixtral-8x7B-v0.1",
    "Qwen3 0.6B": "Qwen3-0.6B",
    "Qwen3 30B-A3B": "Qwen3-30B-A3B",
}
# One of each family, as published.
WHOLE = [
    "pythia-410m", "Llama-3.2-1B", "Mistral-7B-v0.1", "Mixtral-8x7B-v0.1", "Qwen2.5-0.5B",
    "Qwen3-0.6B", "Qwen3-30B-A3B", "Gemma-2b", "Gemma-2-2b", "Gemma-3-1b-it", "OLMo-2-1124-7B",
]  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_our_sizes_are_those_of_the_table(name: str) -> None:
    ours = next(one.config for one in PUBLISHED if one.name == name)
    theirs = to_huggingface(SHAPES[SAME[name]])
    numbers = {"num_local_experts": "num_experts"}  # another name for the same
    other = {"sliding_window", "tie_word_embeddings", "max_position_embeddings", "model_type"}
    for field in ours.keys() - other:
        assert theirs[numbers.get(field, field)] == ours[field], field
    tied = {"tie_word_embeddings": ours.get("tie_word_embeddings", False)}
    count = Architecture.from_huggingface(theirs | tied).parameters()
    assert count == Architecture.from_huggingface(ours).parameters()


@pytest.mark.parametrize("name", WHOLE)
def test_published_sizes_are_counted_as_the_library_builds_them(name: str) -> None:
    config = to_huggingface(SHAPES[name])
    marks = {"pad_token_id": None, "bos_token_id": None, "eos_token_id": None}
    assert Architecture.from_huggingface(config).parameters() == numel(build(config | marks))


def test_each_family_of_the_table_has_a_model_among_those() -> None:
    found = {family_of(SHAPES[name]) for name in WHOLE}
    families: Counter[str] = Counter()
    for shape in SHAPES.values():
        try:
            families[family_of(shape)] += 1
        except ValueError:
            continue
    assert found == families.keys()
    assert len(SHAPES) == 210 and families.total() > 150


def test_windows_are_in_the_layers_that_the_table_names() -> None:
    one = Architecture.from_huggingface(to_huggingface(SHAPES["Gemma-3-1b-it"]))
    assert {(span.window, span.layers) for span in one.spans} == {(512, 22), (None, 4)}


@pytest.mark.parametrize("name", ["falcon-7b", "phi-2", "stablelm-3b-4e1t", "OLMo-1B-hf"])
def test_other_parts_than_those_that_we_count_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: no family that we count has its"):
        to_huggingface(SHAPES[name])


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("Llama-2-7b-hf", 7e9), ("Qwen2.5-0.5B", 0.5e9), ("Mixtral-8x22B-v0.1", 176e9),
        ("micro-llama-300M", 300e6), ("Qwen2.5-7B-Instruct-1M", 7e9), ("phi-2", None),
        ("Phi-3-mini-4k-instruct", None), ("open_llama_3b", 3e9),
    ],
)  # fmt: skip
def test_the_number_in_a_name(name: str, count: float | None) -> None:
    assert count_in_name(name) == count


def test_the_table_has_a_slip_that_counting_reveals() -> None:
    """Its sister, and Llama 2 of the same size, have 8 heads of keys and values."""
    config = to_huggingface(SHAPES["Platypus2-70B"])
    right = to_huggingface(SHAPES["Platypus2-70B-instruct"])
    assert {key for key in config if config[key] != right[key]} == {"num_key_value_heads"}
    assert right["num_key_value_heads"] == 8


def test_names_are_compared_with_counts_where_both_are_there() -> None:
    unnamed = SimpleNamespace(**vars(SHAPES["Llama-2-7b-hf"]) | {"name": "Seven"})
    found = off_from_names([SHAPES["Llama-2-7b-hf"], unnamed, SHAPES["falcon-7b"]])
    assert found == {"Llama-2-7b-hf": pytest.approx(6_738_415_616 / 7e9 - 1)}
