"""From spelling to sound: a small encoder–decoder, trained on the pronouncing dictionary.

`python -m snippets.training.pronouncing --out FOLDER` trains it and writes what the course shows:
the weights, and how it says words that it has not learned from, beside a baseline.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn, optim
from torch.nn.utils.rnn import pad_sequence
from tqdm import trange

from snippets.artefacts import artefact_folder
from snippets.foundations.ngrams.letter_contexts import LetterContexts, edits
from snippets.foundations.texts.pronunciations import (
    LETTERS,
    PHONES,
    Phones,
    is_held_out,
    pronunciations,
)
from snippets.results import load_results, load_weights, results_file
from snippets.training.files import write_folder
from snippets.training.normuon import NorMuon
from snippets.training.optimizers import learning_rate_factor
from snippets.transformer.encoder_decoders.encoder_decoder import (
    EncoderDecoder,
    EncoderDecoderConfig,
)
from snippets.transformer.encoder_decoders.sequence_to_sequence import target_loss, write_greedily

SYMBOLS = ["", "</s>", *LETTERS, *PHONES]  # padding, the end, what is read and what is written
IDS = {symbol: number for number, symbol in enumerate(SYMBOLS)}
CONFIG = EncoderDecoderConfig(vocab_size=len(SYMBOLS))
STEPS, TESTED, LONGEST = 500, 1000, 20
NAME, WEIGHTS = "pronouncing", "model.safetensors"


def sequences(texts: Sequence[Sequence[str]]) -> Tensor:
    """The ids of words or pronunciations, each with its end, padded: (B, T)."""
    rows = [torch.tensor([*(IDS[symbol] for symbol in text), 1]) for text in texts]
    return pad_sequence(rows, batch_first=True)


def pronounce(model: EncoderDecoder, words: Sequence[str]) -> list[Phones]:
    """What the model says for each word; ValueError for a word with anything but a to z."""
    if wrong := [word for word in words if not word or not set(word) <= set(LETTERS)]:
        raise ValueError(f"{wrong[0]!r} is not a word of the letters a to z")
    source = sequences(words).to(model.embedding.weight.device)
    written = write_greedily(model, source, LONGEST)
    return [tuple(SYMBOLS[i] for i in row if i > 1) for row in written.tolist()]


def pairs(held_out: bool) -> dict[str, list[Phones]]:
    """The words to learn from, or those to test on, with their pronunciations."""
    return {w: said for w, said in pronunciations().items() if is_held_out(w) is held_out}


def batches(
    words: Sequence[tuple[str, Phones]], batch_size: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless sources and targets, words of similar length together, so that little is padding."""
    while True:
        order = torch.randperm(len(words), generator=generator).tolist()
        pool = 20 * batch_size
        for first in range(0, len(order) - batch_size + 1, pool):
            some = sorted(order[first : first + pool], key=lambda i: len(words[i][0]))
            starts = torch.arange(0, len(some) - batch_size + 1, batch_size)
            for start in starts[torch.randperm(len(starts), generator=generator)].tolist():
                chosen = [words[i] for i in some[start : start + batch_size]]
                yield sequences([w for w, _ in chosen]), sequences([said for _, said in chosen])


def train(steps: int, batch_size: int = 128, seed: int = 0) -> EncoderDecoder:
    """Trains on the dictionary: NorMuon for the matrices of the layers, AdamW for the rest."""
    torch.manual_seed(seed)
    model = EncoderDecoder(CONFIG)
    named = dict(model.named_parameters())
    inside = {n for n, p in named.items() if n.startswith(("encoder.", "decoder.")) and p.ndim == 2}
    hidden = [p for name, p in named.items() if name in inside]
    rest = [p for name, p in named.items() if name not in inside]
    optimizers = {
        0.02: NorMuon(hidden, momentum=0.9, dtype=torch.float32),
        0.01: optim.AdamW(rest, betas=(0.9, 0.95)),
    }
    words = [(word, said[0]) for word, said in pairs(held_out=False).items()]
    endless = batches(words, batch_size, torch.Generator().manual_seed(seed))
    for step in trange(steps, desc="spelling to sound", leave=False):
        source, target = next(endless)
        target_loss(model, source, target).backward()  # (!)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for lr, optimizer in optimizers.items():
            for group in optimizer.param_groups:
                group["lr"] = lr * learning_rate_factor(step, steps, steps // 20)
            optimizer.step()
            optimizer.zero_grad()
    return model.eval()


def scores(said: Sequence[Phones], known: Sequence[Sequence[Phones]]) -> dict[str, float]:
    """The share of words said as in the dictionary, and of phones that would have to be edited."""
    nearest = [
        min((edits(one, k), len(k)) for k in right) for one, right in zip(said, known, strict=True)
    ]
    wrong, phones = (sum(column) for column in zip(*nearest, strict=True))
    return {"words": sum(not e for e, _ in nearest) / len(nearest), "phone_errors": wrong / phones}


def tested_words() -> dict[str, list[Phones]]:
    """A thousand held-out words with their pronunciations, the same each time."""
    known = pairs(held_out=True)
    return {word: known[word] for word in random.Random(0).sample(sorted(known), TESTED)}


def results(model: EncoderDecoder) -> dict[str, Any]:
    """How the model and counting say the tested words, and how many are right."""
    tested = tested_words()
    counted = LetterContexts((word, said[0]) for word, said in pairs(held_out=False).items())
    said = {"model": pronounce(model, list(tested)), "counting": [counted(word) for word in tested]}
    return {
        name: scores(phones, list(tested.values()))
        | {"said": dict(zip(tested, phones, strict=True))}
        for name, phones in said.items()
    }


def load_pronouncing(folder: Path | None = None) -> tuple[EncoderDecoder, dict[str, Any]]:
    """The trained model and its results.

    Raises FileNotFoundError where a file is missing, and ValueError where one is damaged.
    """
    found = load_results(NAME, "snippets.training.pronouncing", folder)
    return load_weights(EncoderDecoder(CONFIG), artefact_folder(NAME, folder) / WEIGHTS), found


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train a model that pronounces English words.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--steps", type=int, default=STEPS, help="fewer, for a trial")
    given = parser.parse_args(arguments)
    model = train(given.steps)
    weights = {WEIGHTS: safetensors.torch.save(dict(model.state_dict()))}
    write_folder(given.out, weights | results_file(results(model)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
