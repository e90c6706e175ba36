"""A Llama in a GGUF file: in our code it computes what `transformers` computes."""

import gguf
import pytest
import torch
from gguf.quants import quantize
from transformers import LlamaConfig, LlamaForCausalLM

from snippets.foundations.subwords.published_tokenizers import smollm2_file
from snippets.post_training.gguf_model import gguf_config, load_gguf

THEIRS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def write(path, llama, architecture="llama", kind=None):
    """A GGUF file as llama.cpp writes it: rows of queries and keys for rotating neighbours.

    With a kind, matrices of the blocks are of that kind, and the tables of tokens of Q8_0.
    """
    c = llama.config
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(c.num_hidden_layers)
    writer.add_embedding_length(c.hidden_size)
    writer.add_feed_forward_length(c.intermediate_size)
    writer.add_head_count(c.num_attention_heads)
    writer.add_head_count_kv(c.num_key_value_heads)
    writer.add_layer_norm_rms_eps(c.rms_norm_eps)
    writer.add_rope_freq_base(c.rope_parameters["rope_theta"])
    writer.add_context_length(c.max_position_embeddings)
    writer.add_vocab_size(c.vocab_size)
    tensors = {"token_embd.weight": llama.model.embed_tokens.weight}
    tensors["output_norm.weight"] = llama.model.norm.weight
    if not c.tie_word_embeddings:
        tensors["output.weight"] = llama.lm_head.weight
    for number, layer in enumerate(llama.model.layers):
        for theirs, name in THEIRS.items():
            weight = layer.get_submodule(theirs).weight
            if name in ("attn_q", "attn_k"):
                heads = c.num_attention_heads if name == "attn_q" else c.num_key_value_heads
                halves = weight.view(heads, 2, -1, weight.shape[1])
                weight = halves.transpose(1, 2).reshape(weight.shape)
            tensors[f"blk.{number}.{name}.weight"] = weight
    for name, tensor in tensors.items():
        data = tensor.detach().numpy()
        if kind is None or data.ndim == 1:
            writer.add_tensor(name, data)
        else:
            chosen = kind if name.startswith("blk.") else gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, quantize(data, chosen), raw_dtype=chosen)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize("tied", [True, False])
def test_a_small_llama_computes_the_same(tmp_path, tied):
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
        num_attention_heads=3, num_key_value_heads=1, tie_word_embeddings=tied,
    )  # fmt: skip
    llama = LlamaForCausalLM(config).eval()
    for parameter in llama.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    write(tmp_path / "small.gguf", llama)
    ids = torch.randint(50, (2, 20))
    ours = load_gguf(tmp_path / "small.gguf", context=20)(ids)
    torch.testing.assert_close(ours, llama(ids).logits, atol=1e-4, rtol=1e-4)


def test_another_architecture_is_refused(tmp_path):
    torch.manual_seed(0)
    small = LlamaConfig(vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                        num_attention_heads=1)  # fmt: skip
    write(tmp_path / "other.gguf", LlamaForCausalLM(small), architecture="gemma")
    with pytest.raises(ValueError, match="holds a 'gemma'"):
        load_gguf(tmp_path / "other.gguf")


def test_the_sizes_of_smollm2():
    found = gguf_config(gguf.GGUFReader(smollm2_file()), context=256)
    assert (found.vocab_size, found.d_model, found.num_layers) == (49_152, 576, 30)
    assert (found.num_heads, found.num_kv_heads, found.d_hidden) == (9, 3, 1536)
    assert found.tie_weights and found.rope_base == 100_000


def test_a_norm_has_the_epsilon_of_the_file_and_a_context_is_256_unless_told(tmp_path):
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=50, hidden_size=24, intermediate_size=40, num_hidden_layers=1,
        num_attention_heads=3, num_key_value_heads=1, rms_norm_eps=0.5, tie_word_embeddings=True,
        rope_parameters={"rope_theta": 77.0, "rope_type": "default"},
    )  # fmt: skip
    llama = LlamaForCausalLM(config).eval()
    write(tmp_path / "small.gguf", llama)
    found = load_gguf(tmp_path / "small.gguf")
    assert found.config.context == 256 and not found.training
    assert found.config.norm_eps == pytest.approx(0.5) and found.config.rope_base == 77
    ids = torch.arange(30)[None]
    torch.testing.assert_close(found(ids), llama(ids).logits, atol=1e-4, rtol=1e-4)
    assert found.head.weight is found.embedding.weight
