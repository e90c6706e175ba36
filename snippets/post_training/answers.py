"""What a model answers, and how often that is what was asked for."""

from collections.abc import Sequence
from functools import cache
from statistics import mean

import torch

from snippets.foundations.texts.corpus import HELD_OUT, plays
from snippets.foundations.tokenizers import CharTokenizer
from snippets.inference.batched_generation import generate_batch
from snippets.inference.fast_decoder import Decoder
from snippets.post_training.chat import END, IGNORED, Example, render
from snippets.post_training.sft import pack, rows_loss
from snippets.post_training.verse import Prompt, parts
from snippets.transformer.minigpt import MiniGPT

TEMPERATURE, LONGEST = 0.7, 64  # of all answers on the page; in characters


def answers(
    model: MiniGPT,
    tokenizer: CharTokenizer,
    prompts: Sequence[Prompt],
    seed: int = 0,
    temperature: float = TEMPERATURE,
    shown: str = "",
) -> list[str]:
    """An answer to each prompt, with the end token where the model wrote one.

    A tokenizer without the template's tokens is that of a base model: it gets the instruction as a
    line of text, after the text `shown`, and the first line that it writes counts as its answer.
    """
    chat = END in tokenizer.ids
    end = tokenizer.ids[END if chat else "\n"]
    ids = [tokenizer.encode(render(p.text) if chat else f"{shown}{p.text}\n") for p in prompts]
    seeds = range(seed * len(ids), (seed + 1) * len(ids))
    texts = generate_batch(
        model,
        ids,
        LONGEST,
        stop=lambda new: new[-1] == end and (chat or set(new) != {end}),
        seeds=seeds,
        step=Decoder(model),
        temperature=temperature,
    )
    new = [tokenizer.decode(t[len(start) :]) for t, start in zip(texts, ids, strict=True)]
    return new if chat else [line.lstrip("\n").replace("\n", END) for line in new]


@cache
def learned_text() -> str:
    """The plays that all models here have learned from, as one text."""
    return "\n".join(text for name, text in plays().items() if name not in HELD_OUT)


def shares(prompts: Sequence[Prompt], given: Sequence[str]) -> dict[str, float]:
    """The share of answers that pass each check, all four, and of those copied from the plays.

    ValueError where there are not as many answers as prompts, or none.
    """
    if not prompts or len(prompts) != len(given):
        raise ValueError(f"{len(given)} answers to {len(prompts)} prompts")
    found = [parts(prompt, answer) for prompt, answer in zip(prompts, given, strict=True)]
    result = {name: mean(map(float, (one[name] for one in found))) for name in found[0]}
    copied = [answer.removesuffix(END)[1:] in learned_text() for answer in given]
    return result | {"all": mean(all(one.values()) for one in found), "copied": mean(copied)}


@torch.no_grad()
def answer_loss(model: MiniGPT, examples: Sequence[Example]) -> float:
    """Mean of −ln p over the tokens of the answers, in nats per token."""
    rows = pack(examples, model.config.context)
    total, count = 0.0, 0
    for start in range(0, len(rows.ids), 32):
        some = type(rows)(*(part[start : start + 32] for part in rows))
        counted = int((some.targets != IGNORED).sum())
        total, count = total + rows_loss(model, some).item() * counted, count + counted
    return total / count
