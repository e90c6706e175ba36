"""What a configuration lacks, or has wrong, is refused by name."""

from typing import Any

import pytest

from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.model_costs import Architecture
from tests.snippets.modern.configs import DEEPSEEK, GPT2, LLAMA, QWEN3_MOE, SMALL, T5

read = Architecture.from_huggingface


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "'model_type' is missing"),
        ({"model_type": "mamba"}, "model_type='mamba' is not known; known are bert, deepseek_v3"),
        ({"model_type": "gemma3", "text_config": {}}, "known; its text_config is a configuration"),
        (LLAMA | {"hidden_size": None}, "'hidden_size' is missing; llama needs it"),
        (LLAMA | {"hidden_size": 48.0}, "hidden_size=48.0 must be a whole number"),
        (LLAMA | {"num_hidden_layers": True}, "num_hidden_layers=True must be a whole number"),
        (LLAMA | {"num_hidden_layers": 0}, "num_hidden_layers=0 must be a whole number"),
        (LLAMA | {"hidden_size": 50}, "hidden_size=50 is not divisible by num_attention_heads=4"),
        (LLAMA | {"num_key_value_heads": 3}, "num_attention_heads=4 is not divisible by"),
        (LLAMA | {"tie_word_embeddings": "no"}, "tie_word_embeddings='no' must be true or false"),
        (GPT2 | {"add_cross_attention": True}, "add_cross_attention=True; gpt2 is counted"),
        (GPT2 | {"model_type": "jais"}, "'activation_function' is missing; jais needs it"),
        (GPT2 | {"model_type": "jais", "activation_function": "sine"}, "'sine' is none of"),
        (T5 | {"feed_forward_proj": "sine"}, "feed_forward_proj='sine' is none of 'relu'"),
        (QWEN3_MOE | {"num_experts": None}, "'num_experts' or 'num_local_experts' is missing"),
        (QWEN3_MOE | {"num_experts_per_tok": 7}, "num_experts_per_tok=7 of 6 experts"),
        (DEEPSEEK | {"moe_layer_freq": 2}, "moe_layer_freq=2; deepseek_v3 is counted with 1"),
        (DEEPSEEK | {"first_k_dense_replace": -1}, "first_k_dense_replace=-1 must be"),
        (SMALL["gemma2"] | {"layer_types": ["full_attention"]}, "layer_types has 1 entries for"),
        (SMALL["gemma2"] | {"layer_types": ["x"] * 3}, "layer_types has x, which is not known"),
        (SMALL["gemma2"] | {"layer_types": "x"}, "layer_types='x' must be a list of words"),
        (SMALL["qwen2"] | {"use_sliding_window": True}, "'max_window_layers' is missing; qwen2"),
        (SMALL["gemma3_text"] | {"use_bidirectional_attention": True}, "attention=True; gemma3_t"),
        (SMALL["gpt_neo"] | {"attention_types": None}, "'attention_types' is missing"),
        (SMALL["gpt_neo"] | {"num_layers": 5}, "attention_types names 4 layers of num_layers=5"),
    ],
)
def test_what_is_missing_or_wrong_is_named(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(config)


@pytest.mark.parametrize("name", ["vocab_size", "hidden_size", "num_hidden_layers",
                                  "num_attention_heads", "intermediate_size",
                                  "max_position_embeddings"])  # fmt: skip
@pytest.mark.parametrize("family", ["llama", "qwen3", "gemma2", "deepseek_v3", "gpt_neox", "bert"])
def test_every_size_is_needed(family: str, name: str) -> None:
    config = {key: value for key, value in SMALL[family].items() if key != name}
    with pytest.raises(ValueError, match=f"'{name}' is missing; {family} needs it"):
        read(config)


def test_arguments_have_to_be_above_zero() -> None:
    one = read(LLAMA)
    with pytest.raises(ValueError, match="context=0"):
        one.flops_per_token(0)
    with pytest.raises(ValueError, match="tokens=0"):
        one.kv_cache_bytes(0)
    with pytest.raises(ValueError, match="bytes_per_number=-1"):
        one.kv_cache_bytes(5, -1)
    with pytest.raises(ValueError, match="texts=0"):
        one.memory_bytes(5, texts=0)


C = Fields({"model_type": "llama", "one": 1, "zero": 0, "nothing": None, "no": False, "six": 6,
            "four": 4, "word": "relu", "words": ["a", "b"], "mixed": ["a", 1]})  # fmt: skip


def test_a_size_is_found_under_the_first_name_that_says_one() -> None:
    assert C.size("one") == 1 and C.size("nothing", "absent", "six", "four") == 6
    assert C.size("six", default=9) == 6 and C.size("absent", "nothing", default=9) == 9
    for name in ("zero", "no", "word"):  # something wrong is not passed over
        with pytest.raises(ValueError, match=f"{name}=.* must be a whole number of at least 1"):
            C.size(name, "one", default=3)


def test_a_limit_may_be_null_and_a_count_may_be_nought() -> None:
    assert (C.limit("nothing", 7), C.limit("absent", 7), C.limit("six", 7)) == (None, 7, 6)
    assert C.limit("absent") is None
    assert (C.count("zero"), C.count("one"), C.count("six")) == (0, 1, 6)
    for name, said in (("no", "no=False must be"), ("nothing", "'nothing' is missing"),
                       ("absent", "'absent' is missing; llama needs it")):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            C.count(name)


def test_flags_words_and_lists_that_are_missing_are_what_was_asked_for() -> None:
    assert C.flag("absent", True) and C.flag("nothing", True) and not C.flag("no", True)
    assert not C.flag("absent", False)
    assert C.word("word", ("relu", "gelu")) == "relu" == C.word("absent", ("relu",), "relu")
    assert C.names("words") == ["a", "b"] and C.names("absent") is None is C.names("nothing")
    with pytest.raises(ValueError, match=r"mixed=.* must be a list of words"):
        C.names("mixed")
    with pytest.raises(ValueError, match="one=1 must be true or false"):
        C.flag("one", True)


def test_an_option_is_refused_unless_it_is_missing_or_as_expected() -> None:
    C.refuse_unless(absent=3, nothing=3, six=6)
    with pytest.raises(ValueError, match="four=4; llama is counted with 5 only"):
        C.refuse_unless(six=6, four=5)


def test_a_share_has_no_remainder() -> None:
    assert (C.share("six", "one"), C.share("six", "six")) == (6, 1)
    with pytest.raises(ValueError, match="six=6 is not divisible by four=4"):
        C.share("six", "four")
