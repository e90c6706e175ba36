"""A page on which a reader looks through the attention of a BERT, made from its real weights.

``python -m snippets.using.homework.attention_explorer "Your sentence." --out explorer.html`` writes
one file: no server, no request, nothing to install for whoever opens it.
"""

import argparse
import base64
import html
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from snippets.training.files import write_file
from snippets.transformer.encoders.pretrained import load_minilm
from snippets.using.homework.explorer_page import BODY, PAGE, SCRIPT, STYLE

MOST = 48  # tokens: 72 heads of 48 × 48 bytes, written as text, are 221,184 characters
STEPS = 255  # a weight is a byte: k/255


@dataclass(frozen=True)
class Attention:
    """What each head of each layer does with a sentence.

    Attributes:
        sentence: as it was given.
        tokens: T of them, with [CLS] and [SEP].
        weights: (L, H, T, T); a row says where its token looks, and sums to one.
    """

    sentence: str
    tokens: list[str]
    weights: Tensor


@cache
def minilm() -> tuple[Any, Any]:
    """The tokenizer and the model, loaded once."""
    return load_minilm()


def attend(sentence: str) -> Attention:
    """What MiniLM's heads do with a sentence.

    Raises:
        ValueError: no word in it, or more tokens than the page has room for.
    """
    tokenizer, model = minilm()
    found = tokenizer(sentence, return_tensors="pt")
    tokens = tokenizer.convert_ids_to_tokens(found["input_ids"][0])
    if len(tokens) < 3:  # only the two markers
        raise ValueError(f"there is no word in {sentence!r}")
    if len(tokens) > MOST:
        raise ValueError(
            f"the sentence has {len(tokens)} tokens, [CLS] and [SEP] included, and the page has "
            f"room for {MOST}: leave out some words"
        )
    with torch.no_grad():
        layers = model(**found, output_attentions=True).attentions  # L of (1, H, T, T) (!)
    return Attention(sentence, tokens, torch.cat(layers))  # (L, H, T, T)


def packed(weights: Tensor) -> str:
    """Weights in [0, 1] as bytes, k for k/255, in base64; each is off by at most 1/510."""
    return base64.b64encode((weights * STEPS).round().to(torch.uint8).numpy().tobytes()).decode()


def safe_json(value: Any) -> str:
    """JSON that can stand in a `<script>` element: no `<` in it can end the element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


def start_of(tokens: Sequence[str], word: str | None) -> int:
    """The place of the token to begin with: the word, or the first after [CLS].

    Raises ValueError where the word is none of the tokens.
    """
    if word is None:
        return 1
    if word not in tokens:
        raise ValueError(f"{word!r} is none of the tokens {list(tokens)}")
    return tokens.index(word)


def table_of(found: Attention, layer: int, head: int, at: int) -> str:
    """Rows of a table: each token, and its share of the weight that the token `at` gives."""
    row = found.weights[layer, head, at].tolist()
    return "".join(
        f'<tr><th scope="row">{html.escape(token)}</th><td>{100 * weight:.1f}%</td></tr>'
        for token, weight in zip(found.tokens, row, strict=True)
    )


def explorer(sentence: str, layer: int = 0, head: int = 0, word: str | None = None) -> str:
    """The whole page as one text.

    Args:
        sentence: what the model reads; anything in it is shown as text, never run.
        layer: which layer the page shows first.
        head: which of its heads.
        word: the token that looks, at first.

    Raises:
        ValueError: as `attend` does; a layer, a head or a word that is not there.
    """
    found = attend(sentence)
    L, H, T, _ = found.weights.shape
    if not (0 <= layer < L and 0 <= head < H):
        raise ValueError(f"layer={layer}, head={head}: there are {L} layers of {H} heads, from 0")
    at = start_of(found.tokens, word)
    data = {"tokens": found.tokens, "layers": L, "heads": H, "layer": layer, "head": head,
            "at": at, "steps": STEPS, "weights": packed(found.weights)}  # fmt: skip
    title = f"Attention in “{html.escape(sentence)}”"
    body = BODY.format(
        title=title,
        about=f"MiniLM, a BERT with {L} layers of {H} heads; {T} tokens.",
        start=f"Layer {layer}, head {head}: where “{html.escape(found.tokens[at])}” looks",
        rows=table_of(found, layer, head, at),
    )
    return PAGE.format(title=title, style=STYLE, body=body, data=safe_json(data), script=SCRIPT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page for the sentence that the arguments give."""
    parser = argparse.ArgumentParser(description="Write a page that shows a BERT's attention.")
    parser.add_argument("sentence", help=f"at most {MOST} tokens")
    parser.add_argument("--out", type=Path, default=Path("explorer.html"), help="the file to write")
    parser.add_argument("--layer", type=int, default=0, help="shown first, from 0")
    parser.add_argument("--head", type=int, default=0, help="shown first, from 0")
    parser.add_argument("--word", help="the token whose attention is shown first")
    given = parser.parse_args(arguments)
    try:
        page = explorer(given.sentence, given.layer, given.head, given.word)
    except ValueError as error:
        parser.error(str(error))
    write_file(given.out, page.encode())
    print(f"{given.out}: {len(page.encode()):,} bytes; open it in a browser")
    return 0


if __name__ == "__main__":
    sys.exit(main())
