"""A model of the Llama kind, opened to be looked at: its configuration and its tensors.

The same view of two kinds of files: a folder with ``config.json`` and safetensors, as the Hub has
them, and a GGUF file, as llama.cpp reads it. Nothing is loaded before it is asked for.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader, ReaderTensor
from gguf.quants import dequantize
from torch import Tensor

from snippets.foundations.texts.gguf_files import gguf_reader
from snippets.modern.architecture.model_costs import Architecture
from snippets.modern.llama.safetensors_file import Stored, read_header, read_tensor
from snippets.post_training.gguf_model import half_split

KNOWN = ("llama", "mistral", "qwen3")  # model types whose tensors have the names used here
_NAMES = {
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}  # fmt: skip
_TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


@dataclass(frozen=True)
class OpenedModel:
    """A model on disk.

    Attributes:
        name: of the folder or file.
        config: as in config.json.
        tensors: by their names in ``transformers``, without their numbers.
        read: gives the numbers of one of them, in float32.
    """

    name: str
    config: Mapping[str, Any]
    tensors: Mapping[str, Stored]
    read: Callable[[str], Tensor]

    def architecture(self) -> Architecture:
        """What its configuration promises."""
        return Architecture.from_huggingface(self.config, self.name)

    def __getitem__(self, name: str) -> Tensor:
        """The numbers of a tensor; ValueError for a name that it doesn't have."""
        if name not in self.tensors:
            raise ValueError(f"{self.name} has no tensor {name!r}; it has {len(self.tensors)}")
        return self.read(name)

    @property
    def rope_base(self) -> float:
        """The base of its rotary positions; ValueError where they are scaled."""
        rope = self.config.get("rope_parameters") or self.config.get("rope_scaling") or {}
        kind = rope.get("rope_type", rope.get("type", "default"))
        if kind != "default":
            raise ValueError(f"rope_type={kind!r}: its angles are not those of plain RoPE")
        return float(rope.get("rope_theta", self.config.get("rope_theta", 10_000.0)))


def open_folder(folder: str | Path) -> OpenedModel:
    """A folder with config.json and one or more safetensors files.

    Raises:
        ValueError: a configuration that is not among ``KNOWN``, or no safetensors in the folder.
        FileNotFoundError: there is no config.json.
    """
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    check_known(config)
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        found = sorted(path.name for path in folder.iterdir())
        raise ValueError(f"{folder.name} has no safetensors file, but {', '.join(found)}")
    tensors = {name: stored for file in files for name, stored in read_header(file).items()}
    return OpenedModel(folder.name, config, tensors, lambda n: read_tensor(tensors[n]).float())


def open_gguf(path: str | Path) -> OpenedModel:
    """A Llama in a GGUF file; ValueError where it holds another kind of model.

    Sizes are those of the file: quantized tensors have fewer bytes than numbers. Rows of queries
    and keys are put back into the order that ``transformers`` has.
    """
    reader = gguf_reader(Path(path))
    check_known({"model_type": reader.fields["general.architecture"].contents()})
    theirs = {_their_name(tensor.name): tensor for tensor in reader.tensors}
    config = _gguf_config(reader, theirs)
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    tensors = {
        name: Stored(t.tensor_type.name, tuple(map(int, t.shape[::-1])), Path(path),
                     int(t.data_offset), int(t.n_bytes))
        for name, t in theirs.items()
    }  # fmt: skip

    def read(name: str) -> Tensor:
        values = dequantize(theirs[name].data, theirs[name].tensor_type)
        tensor = torch.from_numpy(values.copy()).view(tensors[name].shape)
        number = heads.get(name.split(".")[-2])
        return half_split(tensor, number) if number else tensor

    return OpenedModel(Path(path).name, config, tensors, read)


def _gguf_config(reader: GGUFReader, tensors: Mapping[str, ReaderTensor]) -> dict[str, Any]:
    """The configuration that the file's fields give."""

    def field(name: str) -> Any:
        return reader.fields[f"llama.{name}"].contents()

    return {
        "model_type": "llama",
        "vocab_size": int(tensors["model.embed_tokens.weight"].shape[-1]),
        "max_position_embeddings": int(field("context_length")),
        "hidden_size": int(field("embedding_length")),
        "num_hidden_layers": int(field("block_count")),
        "num_attention_heads": int(field("attention.head_count")),
        "num_key_value_heads": int(field("attention.head_count_kv")),
        "intermediate_size": int(field("feed_forward_length")),
        "rms_norm_eps": float(field("attention.layer_norm_rms_epsilon")),
        "rope_theta": float(field("rope.freq_base")),
        "tie_word_embeddings": "lm_head.weight" not in tensors,
    }


def _their_name(name: str) -> str:
    """The name in transformers: blk.3.attn_q.weight is model.layers.3.self_attn.q_proj.weight."""
    stem, _, kind = name.rpartition(".")
    if stem in _TOP:
        return f"{_TOP[stem]}.{kind}"
    block, number, part = (*stem.split("."), "", "")[:3]
    if block != "blk" or part not in _NAMES:
        raise ValueError(f"{name!r} is no tensor of a Llama")
    return f"model.layers.{number}.{_NAMES[part]}.{kind}"


def check_known(config: Mapping[str, Any]) -> None:
    """Raise a ValueError for a configuration whose tensors this code has no names for."""
    kind = config.get("model_type")
    if kind not in KNOWN:
        raise ValueError(f"model_type={kind!r}: known here are {', '.join(KNOWN)}")
