"""One sentence, as several small models read it: checked, cut, as vectors, and as attention maps.

Everything takes the model and its tokenizer as arguments, so that a notebook loads each of them
once. What a model can't read is refused by name, before the model fails in its own words.
"""

import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import BertModel, BertTokenizerFast  # type: ignore[attr-defined]

from snippets.foundations.subwords.byte_pair import BytePairTokenizer
from snippets.foundations.tokenizers import CharTokenizer


def check_sentence(text: str, tokenizer: CharTokenizer, longest: int) -> list[int]:
    """The ids of a sentence that a model of characters can read as a whole, with a target each.

    Raises:
        ValueError: fewer than two characters (one alone has nothing before it to be predicted
            from), more than ``longest``, or one that is not in the vocabulary.
    """
    if len(text) < 2:
        raise ValueError(f"{text!r} is too short: write at least two characters")
    if len(text) > longest:
        raise ValueError(
            f"{len(text)} characters are more than the {longest} that the model reads at a time; "
            f"cut the sentence after {text[longest - 12 : longest]!r}"
        )
    return tokenizer.encode(text)


def token_texts(tokenizer: CharTokenizer | BytePairTokenizer, text: str) -> list[str]:
    """The text of each token; � stands for a byte that is only a part of a character.

    An empty text has no tokens.
    """
    ids = tokenizer.encode(text)
    if isinstance(tokenizer, BytePairTokenizer):
        return [tokenizer.decode([i], errors="replace") for i in ids]
    return [tokenizer.decode([i]) for i in ids]


def encode_bert(tokenizer: BertTokenizerFast, text: str) -> Any:
    """What a BERT reads of a text, with its markers, a batch of one, and where each token stands.

    Raises:
        ValueError: no token besides the markers, or more tokens than the model has positions.
    """
    found = tokenizer(text, return_tensors="pt", return_offsets_mapping=True, verbose=False)
    length, longest = found["input_ids"].shape[1], tokenizer.model_max_length
    if not 2 < length <= longest:
        raise ValueError(f"{length} tokens, markers included: it needs 3 to {longest}")
    return found


@torch.no_grad()
def bert_maps(
    text: str, tokenizer: BertTokenizerFast, model: BertModel
) -> tuple[list[str], Tensor, Tensor]:
    """A text's tokens, their last states (T, C), and the weights of all heads, (L, H, T, T).

    Raises ValueError as ``encode_bert`` does.
    """
    found = encode_bert(tokenizer, text)
    found.pop("offset_mapping")
    given = model(**found.to(model.device), output_attentions=True)
    tokens = tokenizer.convert_ids_to_tokens(found["input_ids"][0])
    return tokens, given.last_hidden_state[0], torch.stack(given.attentions)[:, 0]


@torch.no_grad()
def word_in_context(
    word: str, text: str, tokenizer: BertTokenizerFast, model: BertModel
) -> tuple[Tensor, Tensor]:
    """A word's vector before the layers and after them, (C,) each; the mean over its pieces.

    Before the layers is its row of the table alone, without its position.

    Raises:
        ValueError: the text has the word not at all, or more than once; or see ``encode_bert``.
    """
    places = [m.span() for m in re.finditer(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]
    if not word or len(places) != 1:
        raise ValueError(f"{word!r} stands {len(places)} times in {text!r}, not once")
    found = encode_bert(tokenizer, text)
    ((start, end),) = places
    spans = found.pop("offset_mapping")[0].tolist()
    inside = [at for at, (a, b) in enumerate(spans) if start <= a < b <= end]
    found = found.to(model.device)
    row = model.get_input_embeddings()(found["input_ids"][0, inside]).mean(0)
    return row, model(**found).last_hidden_state[0, inside].mean(0)


def first_changed(maps: Tensor, others: Tensor, tolerance: float = 1e-5) -> int:
    """The first row in which two sets of maps (..., T, T_key), or states (T, C), differ.

    Raises:
        ValueError: other shapes, or no row that differs.
    """
    if maps.shape != others.shape or maps.ndim < 2:
        raise ValueError(f"shapes {tuple(maps.shape)} and {tuple(others.shape)} can't be compared")
    difference = (maps - others).abs().flatten(0, -3) if maps.ndim > 2 else (maps - others).abs()
    per_row = difference.amax(-1).reshape(-1, maps.shape[-2]).amax(0)  # (T,)
    rows = (per_row > tolerance).nonzero()
    if not len(rows):
        raise ValueError(f"no row differs by more than {tolerance}")
    return int(rows[0])


def entropy(logits: Tensor) -> Tensor:
    """How unsure a distribution is, in nats: logits (..., V) -> (...), from 0 to ln V."""
    log_p = logits.log_softmax(-1)
    return -(log_p.exp() * log_p).sum(-1)


def share_known(text: str, known: Sequence[str] | set[str]) -> float:
    """The share of a text's words that are in a set of words, all in lower case.

    The last word is left out, since a text may end within it. Raises ValueError where no other is
    left.
    """
    words = re.findall(r"[a-z']+", text.lower())[:-1]
    if not words:
        raise ValueError(f"{text[:40]!r} has no whole word to judge")
    return sum(word in known for word in words) / len(words)
