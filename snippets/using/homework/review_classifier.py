"""A small transformer that learns to judge film reviews from nothing but labelled reviews.

``python -m snippets.using.homework.review_classifier --out FOLDER`` trains it with three seeds, and
the same model without its layers beside it, and writes what each says about the test reviews.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from tqdm import tqdm

from snippets.foundations.texts.film_reviews import Review, Splits, film_reviews, split_by_film
from snippets.results import load_results, results_file
from snippets.training.files import write_folder
from snippets.training.speed.fast_cpu import keep_freed_memory
from snippets.transformer.encoders.encoder import Encoder, EncoderConfig
from snippets.transformer.encoders.fine_tuning import texts_and_labels
from snippets.transformer.encoders.linear_classifier import (
    WORD,
    bag_of_words,
    fit_and_predict,
    in_bag,
)
from snippets.transformer.encoders.text_classifier import TextClassifier, features_of, fine_tune

NAME, SEEDS = "review-classifier", (0, 1, 2)
PADDING, UNKNOWN = 0, 1
WIDTH, CONTEXT, DROPOUT = 48, 64, 0.3
BATCH, EPOCHS, RATE = 32, 1, 2e-3  # of five settings, the lowest loss on the validation films
EPOCHS_WITHOUT, RATE_WITHOUT = 3, 3e-3  # without layers: of three


class WordTokenizer:
    """A number for each word and punctuation mark that occurs in two training texts or more.

    It is called as tokenizers of `transformers` are. Every other word is `UNKNOWN`, and so is a
    text without any word. Raises ValueError where no word is frequent enough.
    """

    def __init__(self, texts: Iterable[str], least: int = 2) -> None:
        counts = Counter(word for text in texts for word in set(WORD.findall(text.lower())))
        known = sorted(word for word, count in counts.items() if count >= least)  # (!)
        if not known:
            raise ValueError(f"no word occurs in {least} of the texts")
        self.ids = {word: number for number, word in enumerate(known, start=UNKNOWN + 1)}

    def __len__(self) -> int:
        return len(self.ids) + 2

    def __call__(self, texts: Sequence[str], max_length: int, **_: Any) -> dict[str, Tensor]:
        """Ids (B, T), padded at the end, and where there is none of the padding."""
        rows = []
        for text in texts:
            found = [self.ids.get(w, UNKNOWN) for w in WORD.findall(text.lower())[:max_length]]
            rows.append(torch.tensor(found or [UNKNOWN]))
        ids = pad_sequence(rows, batch_first=True, padding_value=PADDING)  # (B, T)
        return {"input_ids": ids, "attention_mask": ids != PADDING}


class WithoutLayers(nn.Module):
    """The encoder's embedding of each word, and nothing else: no position, no attention."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """From ids (B, T) to states (B, T, C); a mask changes nothing, as no word sees another."""
        states: Tensor = self.dropout(self.embedding(ids))  # (!)
        return states


def config_for(vocab_size: int) -> EncoderConfig:
    """Two layers of three heads, 48 channels: some 40,000 parameters beside the embeddings."""
    return EncoderConfig(
        vocab_size=vocab_size,
        context=CONTEXT,
        d_model=WIDTH,
        num_heads=3,
        num_layers=2,
        d_hidden=2 * WIDTH,
        dropout=DROPOUT,
    )


def train(
    tokenizer: WordTokenizer,
    reviews: Sequence[Review],
    seed: int,
    layers: bool = True,
    epochs: int = EPOCHS,
    rate: float = RATE,
) -> TextClassifier:
    """Trains all weights from random ones; the seed draws them, the order and the dropout.

    Raises ValueError for no review.
    """
    torch.manual_seed(seed)
    config = config_for(len(tokenizer))
    encoder: Any = Encoder(config) if layers else WithoutLayers(config)  # (!)
    model = TextClassifier(encoder)
    texts, labels = texts_and_labels(reviews)
    generator = torch.Generator().manual_seed(seed)
    steps = fine_tune(model, tokenizer, texts, labels, generator, epochs, BATCH, rate)
    total = epochs * -(-len(texts) // BATCH)
    keep_freed_memory()
    for _ in tqdm(steps, f"seed {seed}", total, leave=False):
        pass
    return model


@torch.no_grad()
def judge(model: TextClassifier, tokenizer: WordTokenizer, texts: Sequence[str]) -> list[float]:
    """The probability of *fresh* for each text, (n,)."""
    found: list[float] = model.head(features_of(model, tokenizer, texts)).softmax(-1)[:, 1].tolist()
    return found


def shuffled(texts: Sequence[str], seed: int = 0) -> list[str]:
    """The same texts, the words and marks of each in random order."""
    random = Random(seed)
    words = [WORD.findall(text) for text in texts]
    return [" ".join(random.sample(found, len(found))) for found in words]


def by_bag(splits: Splits) -> list[float]:
    """What logistic regression on words and pairs of words says, its penalty chosen likewise."""
    sides = [texts_and_labels(side) for side in splits]
    bag = bag_of_words(sides[0][0])
    rows = [(in_bag(texts, bag), torch.tensor(labels)) for texts, labels in sides]
    found: list[float] = fit_and_predict(rows[0], rows[1], rows[2][0])[0].tolist()
    return found


def results(splits: Splits) -> dict[str, Any]:
    """What each method says about the test reviews, in their order; of each seed a list."""
    tokenizer = WordTokenizer(texts_and_labels(splits.training)[0])
    test = texts_and_labels(splits.test)[0]
    found: dict[str, Any] = {"transformer": [], "shuffled": [], "without layers": []}
    for seed in SEEDS:
        model = train(tokenizer, splits.training, seed)
        found["transformer"].append(judge(model, tokenizer, test))
        found["shuffled"].append(judge(model, tokenizer, shuffled(test)))
        without = train(tokenizer, splits.training, seed, False, EPOCHS_WITHOUT, RATE_WITHOUT)
        found["without layers"].append(judge(without, tokenizer, test))
    sizes = {"vocabulary": len(tokenizer), "parameters": sum(p.numel() for p in model.parameters())}
    return found | {"words": by_bag(splits), **sizes}


def load_review_classifier(folder: Path | None = None) -> dict[str, Any]:
    """What `results` found.

    Raises FileNotFoundError where it is missing, and ValueError where it is damaged.
    """
    return load_results(NAME, "snippets.using.homework.review_classifier", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, judge, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train small transformers on film reviews.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    folder = parser.parse_args(arguments).out
    write_folder(folder, results_file(results(split_by_film(film_reviews()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
