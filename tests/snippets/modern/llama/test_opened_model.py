"""What is opened by hand is what `transformers` saved; what is not known is refused."""

import json

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

from snippets.foundations.subwords.published_tokenizers import smollm2_file
from snippets.modern.llama import opened_model
from snippets.modern.llama.opened_model import OpenedModel, check_known, open_folder, open_gguf
from tests.snippets.post_training.test_gguf_model import write

SIZES = {
    "vocab_size": 60, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2,
    "num_attention_heads": 6, "num_key_value_heads": 3, "max_position_embeddings": 32,
    "head_dim": 4, "initializer_range": 0.5,
}  # fmt: skip
KINDS = {"llama": (LlamaConfig, LlamaForCausalLM), "qwen3": (Qwen3Config, Qwen3ForCausalLM)}


def made(kind="llama", **options):
    torch.manual_seed(0)
    config, model = KINDS[kind]
    return model(config(**SIZES | options)).eval()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tied", [False, True])
def test_a_folder_has_the_tensors_and_the_count_of_its_model(tmp_path, kind, tied):
    theirs = made(kind, tie_word_embeddings=tied)
    theirs.save_pretrained(tmp_path)
    opened = open_folder(tmp_path)
    wanted = dict(theirs.named_parameters())
    assert opened.tensors.keys() == wanted.keys()
    for name, parameter in wanted.items():
        assert torch.equal(opened[name], parameter)
    stored = sum(tensor.count for tensor in opened.tensors.values())
    assert stored == opened.architecture().parameters()


def test_several_files_are_one_model(tmp_path):
    theirs = made()
    theirs.save_pretrained(tmp_path, max_shard_size="6KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    assert open_folder(tmp_path).tensors.keys() == dict(theirs.named_parameters()).keys()


@pytest.mark.parametrize("tied", [False, True])
def test_a_gguf_file_has_the_same_numbers_in_the_same_order(tmp_path, tied):
    theirs = made(tie_word_embeddings=tied)
    path = tmp_path / "model.gguf"
    write_with_context(path, theirs)
    opened = open_gguf(path)
    for name, parameter in theirs.named_parameters():
        assert torch.equal(opened[name], parameter), name
    assert opened.architecture().parameters() == theirs.num_parameters()
    assert opened.rope_base == theirs.config.rope_parameters["rope_theta"]


def write_with_context(path, llama):
    """The GGUF of the other test, which needs no context length, with one."""
    import gguf

    class Writer(gguf.GGUFWriter):
        def write_header_to_file(self, *arguments):
            self.add_context_length(32)
            super().write_header_to_file(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gguf, "GGUFWriter", Writer)
        write(path, llama)


def test_smollm2_has_the_parameters_that_its_configuration_promises():
    opened = open_gguf(smollm2_file())
    stored = sum(tensor.count for tensor in opened.tensors.values())
    assert stored == opened.architecture().parameters() == 134_515_008
    assert sum(tensor.size for tensor in opened.tensors.values()) < stored, "under a byte each"
    assert opened.rope_base == 100_000


def test_what_is_not_known_is_refused(tmp_path):
    for config, told in (({"model_type": "mamba"}, "'mamba'"), ({}, "None")):
        with pytest.raises(ValueError, match=f"model_type={told}: known here are llama"):
            check_known(config)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    with pytest.raises(ValueError, match="'gpt2'"):
        open_folder(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"no safetensors file, but config.json, pytorch_model"):
        open_folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_folder(tmp_path / "nothing")
    path = tmp_path / "other.gguf"
    write(path, made(), architecture="mamba")
    with pytest.raises(ValueError, match="model_type='mamba'"):
        open_gguf(path)


@pytest.mark.parametrize("given", [{}, {"rope_theta": 500_000.0}])
@pytest.mark.parametrize("kind", KINDS)
def test_the_base_of_an_older_file_is_the_one_that_transformers_reads(kind, given):
    """LLaMA's own (Touvron et al. 2023a) names none; later ones name it outside any group."""
    config = {"model_type": kind, **SIZES, **given}
    read = KINDS[kind][0].from_dict(config).rope_parameters["rope_theta"]
    assert OpenedModel("old", config, {}, torch.zeros).rope_base == read


def test_a_missing_tensor_and_a_scaled_rope_are_refused(tmp_path):
    made().save_pretrained(tmp_path)
    opened = open_folder(tmp_path)
    with pytest.raises(ValueError, match="has no tensor 'lm_tail'"):
        opened["lm_tail"]
    config = json.loads((tmp_path / "config.json").read_text())
    assert opened.rope_base == 10_000
    config["rope_parameters"] = {"rope_type": "llama3", "rope_theta": 500_000.0}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="rope_type='llama3'"):
        _ = open_folder(tmp_path).rope_base


def test_the_fields_of_a_gguf_file_are_those_of_the_configuration(tmp_path):
    theirs = made(rms_norm_eps=3e-4, rope_theta=12_345.0)
    write_with_context(tmp_path / "model.gguf", theirs)
    opened = open_gguf(tmp_path / "model.gguf")
    for name, value in opened.config.items():
        if name != "rope_theta":
            assert value == pytest.approx(getattr(theirs.config, name)), name
    assert opened.config["rms_norm_eps"] == pytest.approx(3e-4)
    assert opened.name == "model.gguf" and opened.architecture().name == "model.gguf"


def test_where_a_tensor_lies_in_a_file_is_told_rightly(tmp_path):
    theirs = made()
    write_with_context(tmp_path / "model.gguf", theirs)
    theirs.save_pretrained(tmp_path)
    for opened in (open_gguf(tmp_path / "model.gguf"), open_folder(tmp_path)):
        for name in ("model.norm.weight", "model.layers.1.mlp.down_proj.weight"):
            stored, weight = opened.tensors[name], theirs.get_parameter(name)
            data = stored.path.read_bytes()[stored.start : stored.start + stored.size]
            assert data == weight.detach().numpy().tobytes() and stored.dtype == "F32"
            assert stored.shape == tuple(weight.shape)
    assert opened.name == tmp_path.name == opened.architecture().name


@pytest.mark.parametrize("name", ["rope_freqs.weight", "blk.0.ffn_up_exps.weight", "blk.0.weight",
                                  "enc.0.attn_q.weight"])  # fmt: skip
def test_a_tensor_that_no_llama_has_is_refused(name):
    with pytest.raises(ValueError, match=f"'{name}' is no tensor of a Llama"):
        opened_model._their_name(name)
    assert opened_model._their_name("output.weight") == "lm_head.weight"
    assert opened_model._their_name("blk.12.ffn_gate.weight") == (
        "model.layers.12.mlp.gate_proj.weight"
    )


def test_a_scaled_rope_of_an_older_file_is_refused_and_a_plain_one_is_not():
    """`type` was the name of `rope_type` before."""
    for rope in ({"type": "linear", "factor": 2.0}, {"rope_type": "yarn", "factor": 2.0}):
        config = {"model_type": "llama", "rope_scaling": rope}
        with pytest.raises(ValueError, match="its angles are not those of plain RoPE"):
            _ = OpenedModel("old", config, {}, torch.zeros).rope_base
    plain = {"rope_parameters": {"rope_type": "default", "rope_theta": 7.0}, "rope_theta": 9.0}
    assert OpenedModel("new", plain, {}, torch.zeros).rope_base == 7
    null = {"rope_scaling": None, "rope_theta": 9}
    assert OpenedModel("old", null, {}, torch.zeros).rope_base == 9


@pytest.mark.parametrize("kind", ["llama", "mistral", "qwen3"])
def test_known_kinds_are_opened(kind):
    check_known({"model_type": kind})


def test_numbers_are_read_in_float32(tmp_path):
    theirs = made().half()
    theirs.save_pretrained(tmp_path)
    found = open_folder(tmp_path)["model.norm.weight"]
    assert found.dtype == torch.float32
    assert torch.equal(found, theirs.model.norm.weight.float())
