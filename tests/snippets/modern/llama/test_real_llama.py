"""SmolLM2 through our code alone: the same weights, the same logits, and an answer."""

from functools import cache

import gguf
import numpy as np
import pytest
import torch
from gguf.quants import dequantize, quantize
from transformers import LlamaConfig, LlamaForCausalLM

from snippets.foundations.subwords.published_tokenizers import load_smollm2, smollm2_file
from snippets.inference.generation import generate
from snippets.modern.llama import real_llama
from snippets.modern.llama.real_llama import (
    answer,
    kinds,
    load_smollm2_model,
    read_q8_0,
    read_tensor,
)
from snippets.post_training.adapt_smollm2 import chat_ids
from snippets.transformer.minigpt import count_parameters
from tests.snippets.post_training.test_gguf_model import write

KIND = gguf.GGMLQuantizationType


@cache
def smollm2():
    return load_smollm2_model(context=64)


@cache
def tensors():
    return gguf.GGUFReader(smollm2_file()).tensors


def test_blocks_of_eight_bits_are_what_gguf_reads():
    written = np.random.default_rng(0).normal(size=(3, 4, 96)).astype(np.float32)
    data = quantize(written, KIND.Q8_0)
    assert np.array_equal(read_q8_0(data), dequantize(data, KIND.Q8_0))
    assert read_q8_0(data).shape == written.shape


def test_every_tensor_of_the_file_is_what_gguf_reads():
    for tensor in tensors():
        ours = read_tensor(tensor.data, tensor.tensor_type)
        assert ours.dtype == np.float32
        assert np.array_equal(ours, dequantize(tensor.data, tensor.tensor_type))


def test_logits_are_those_of_transformers_on_the_same_file():
    path = smollm2_file()
    prompt = chat_ids(load_smollm2(), "Who wrote Hamlet?").ids
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        ours = smollm2()(ids)
    smollm2.cache_clear()  # theirs takes a gigabyte to load
    theirs = LlamaForCausalLM.from_pretrained(path.parent, gguf_file=path.name).eval()
    assert theirs.dtype == torch.float32
    with torch.inference_mode():
        other = theirs(ids).logits
    assert ours.shape == (1, len(prompt), 49_152) and ours.std() > 1
    torch.testing.assert_close(ours, other, atol=1e-4, rtol=1e-5)


def test_it_answers_the_same_with_a_cache_and_without():
    model, tokenizer = smollm2(), load_smollm2()
    question = "What is the capital of France?"
    said = answer(model, tokenizer, question, 12)
    assert "Paris" in said and "<|im_end|>" not in said
    prompt = chat_ids(tokenizer, question).ids
    new = generate(model, prompt, 12, temperature=0, stop=[2], use_cache=False)[len(prompt) :]
    assert tokenizer.decode([i for i in new if i != 2]) == said


def test_kinds_add_up_to_the_model():
    found = kinds(smollm2_file())
    assert {name: number for name, (number, _, _) in found.items()} == {
        "F32": 61, "Q8_0": 1, "Q4_1": 210,
    }  # fmt: skip
    assert sum(weights for _, weights, _ in found.values()) == count_parameters(smollm2().config)
    bits = {name: 8 * size / weights for name, (_, weights, size) in found.items()}
    assert bits == {"F32": 32, "Q8_0": 8.5, "Q4_1": 5}


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_a_small_llama_in_four_bits_computes_what_transformers_does(tmp_path, tied, kv_heads):
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50, hidden_size=64, intermediate_size=96, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=kv_heads, tie_word_embeddings=tied,
        max_position_embeddings=32,
    )  # fmt: skip
    llama = LlamaForCausalLM(config).eval()
    for parameter in llama.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    write(tmp_path / "small.gguf", llama, kind=KIND.Q4_1)
    found = kinds(tmp_path / "small.gguf")
    assert found["Q4_1"][0] == 14 and found["Q8_0"][0] == 2 - tied
    theirs = LlamaForCausalLM.from_pretrained(tmp_path, gguf_file="small.gguf").eval()
    ids = torch.randint(50, (2, 20))
    with torch.no_grad():
        ours = load_smollm2_model(20, tmp_path / "small.gguf")(ids)
        assert ours.std() > 0.1 and not torch.allclose(ours, llama(ids).logits, atol=1e-3)
        torch.testing.assert_close(ours, theirs(ids).logits, atol=1e-5, rtol=1e-5)


def test_what_we_can_not_read_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="kind Q4_0; we read F32, Q8_0 and Q4_1"):
        read_tensor(np.zeros((2, 18), np.uint8), KIND.Q4_0)
    for data in (np.zeros((2, 33), np.uint8), np.zeros((2, 0), np.uint8), np.zeros((2, 34))):
        with pytest.raises(ValueError, match=r"\(2, \d+\): rows of bytes need a multiple of 34"):
            read_q8_0(data)
    torch.manual_seed(0)
    small = LlamaConfig(vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                        num_attention_heads=1)  # fmt: skip
    write(tmp_path / "other.gguf", LlamaForCausalLM(small), architecture="qwen2")
    with pytest.raises(ValueError, match="holds a 'qwen2', not a 'llama'"):
        load_smollm2_model(path=tmp_path / "other.gguf")


def test_what_is_meant_where_nothing_is_said(tmp_path, monkeypatch):
    """SmolLM2 itself, texts of 256 tokens, and answers of 40, the likeliest token each time."""
    asked = []
    monkeypatch.setattr(real_llama, "load_gguf", lambda *given: asked.append(given))
    monkeypatch.setattr(real_llama, "smollm2_file", lambda: tmp_path / "smollm2")
    load_smollm2_model()
    load_smollm2_model(7, tmp_path)
    assert asked == [(tmp_path / "smollm2", 256, read_tensor), (tmp_path, 7, read_tensor)]
    tokenizer = load_smollm2()
    end = tokenizer.ids[b"<|im_end|>"]
    hello = tokenizer.encode("Hello")

    def written(model, prompt, count, **options):
        asked.append((prompt, count, options["temperature"], options["stop"]))
        return [*prompt, *hello, end]

    monkeypatch.setattr(real_llama, "generate", written)
    monkeypatch.setattr(real_llama, "Decoder", lambda model: None)
    assert answer(None, tokenizer, "Who?") == answer(None, tokenizer, "Who?", 9) == "Hello"
    prompt = chat_ids(tokenizer, "Who?").ids
    assert asked[2:] == [(prompt, count, 0, [end]) for count in (40, 9)]
