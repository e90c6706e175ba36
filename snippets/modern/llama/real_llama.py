"""A published Llama with nothing between its file and our model but code of ours: SmolLM2.

Its GGUF file holds three kinds of tensors: gains in float32, the table of tokens in Q8_0, and all
other matrices in Q4_1.
"""

from collections import Counter
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType
from numpy.typing import NDArray

from snippets.foundations.subwords.byte_pair import BytePairTokenizer
from snippets.foundations.subwords.published_tokenizers import smollm2_file
from snippets.foundations.texts.gguf_files import gguf_reader
from snippets.inference.fast_decoder import Decoder
from snippets.inference.generation import generate
from snippets.modern.quantization.q4_1 import read_q4_1
from snippets.post_training.adapt_smollm2 import chat_ids
from snippets.post_training.gguf_model import load_gguf
from snippets.transformer.minigpt import MiniGPT


def read_q8_0(data: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Blocks of Q8_0, a scale in half precision and 32 whole numbers: (..., 34 n) -> (..., 32 n).

    ValueError where a row is no whole number of blocks.
    """
    if data.dtype != np.uint8 or data.ndim == 0 or data.shape[-1] % 34 or not data.shape[-1]:
        raise ValueError(f"{data.dtype} {data.shape}: rows of bytes need a multiple of 34")
    blocks = data.reshape(*data.shape[:-1], -1, 34)  # (..., n, 34)
    scale = blocks[..., :2].copy().view("<f2").astype(np.float32)  # (..., n, 1)
    weights = scale * blocks[..., 2:].view(np.int8)  # (..., n, 32)
    return weights.astype(np.float32).reshape(*data.shape[:-1], -1)


def read_tensor(data: NDArray[np.uint8], kind: GGMLQuantizationType) -> NDArray[np.float32]:
    """A tensor of a GGUF file in float32; ValueError for a kind that is not one of our three."""
    if kind == GGMLQuantizationType.F32:
        return data.astype(np.float32)
    if kind == GGMLQuantizationType.Q8_0:
        return read_q8_0(data)
    if kind == GGMLQuantizationType.Q4_1:
        return read_q4_1(data)
    raise ValueError(f"a tensor of kind {kind.name}; we read F32, Q8_0 and Q4_1")


def load_smollm2_model(context: int = 256, path: Path | None = None) -> MiniGPT:
    """SmolLM2-135M-Instruct as a MiniGPT; or another Llama of these kinds, where a path is given.

    ValueError where the file holds another architecture, or tensors of other kinds.
    """
    return load_gguf(smollm2_file() if path is None else path, context, read_tensor)


def kinds(path: Path) -> dict[str, tuple[int, int, int]]:
    """By kind of tensor: how many tensors a file has of it, how many weights, how many bytes."""
    tensors: Counter[str] = Counter()
    weights: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for tensor in gguf_reader(path).tensors:
        name = tensor.tensor_type.name
        tensors[name] += 1
        weights[name] += int(tensor.n_elements)
        sizes[name] += int(tensor.n_bytes)
    return {name: (tensors[name], weights[name], sizes[name]) for name in tensors}


def answer(
    model: MiniGPT, tokenizer: BytePairTokenizer, question: str, max_new_tokens: int = 40
) -> str:
    """What a chat model says to a question, the likeliest token each time, with a KV cache."""
    prompt = chat_ids(tokenizer, question).ids
    end = tokenizer.ids[b"<|im_end|>"]
    step = Decoder(model)
    ids = generate(model, prompt, max_new_tokens, temperature=0, stop=[end], step=step)
    return tokenizer.decode([i for i in ids[len(prompt) :] if i != end], errors="replace")
