"""MiniLM learns to judge film reviews.

`python -m snippets.transformer.encoders.fine_tuning --out FOLDER` writes to the folder
`frozen.json`, what one layer on the unchanged encoder says about each test review, and for each
seed `seed-N.json`, what the encoder says once all its weights were tuned. A file that exists is not
made again, so a run that was interrupted goes on.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from snippets.artefacts import artefact_folder
from snippets.foundations.texts.film_reviews import Review, Splits, film_reviews, split_by_film
from snippets.transformer.encoders.encoder import from_bert
from snippets.transformer.encoders.linear_classifier import fit_and_predict
from snippets.transformer.encoders.pretrained import load_minilm
from snippets.transformer.encoders.text_classifier import TextClassifier, features_of, fine_tune

LEARNED = 768  # reviews to learn from
SEEDS = (0, 1, 2)
NAME = "film-reviews"


def fine_tuned(folder: Path | None = None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the frozen encoder gave, and what each fine-tuning gave, in the order of the seeds.

    Each has ``test``, the probability of *fresh* for each review of the test set in its order; a
    fine-tuning has the ``losses`` of its steps besides.

    Raises:
        FileNotFoundError: nothing has been trained yet.
        ValueError: a file is damaged.
    """
    folder = artefact_folder(NAME, folder)
    names = ["frozen.json", *(f"seed-{seed}.json" for seed in SEEDS)]
    found = []
    for name in names:
        if not (folder / name).is_file():
            command = f"python -m snippets.transformer.encoders.fine_tuning --out {NAME}"
            raise FileNotFoundError(f"{folder / name} is missing; minutes make it: `{command}`")
        try:
            result = json.loads((folder / name).read_text(encoding="utf-8"))
            found.append({**result, "test": [float(p) for p in result["test"]]})
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{folder / name} is damaged: {error}") from error
    return found[0], found[1:]


def texts_and_labels(reviews: Sequence[Review]) -> tuple[list[str], list[int]]:
    """The texts, and 1 for each fresh one."""
    return [review.text for review in reviews], [int(review.fresh) for review in reviews]


def new_classifier(seed: int) -> tuple[Any, TextClassifier]:
    """The tokenizer, and MiniLM with a new head that the seed draws."""
    tokenizer, bert = load_minilm()
    torch.manual_seed(seed)
    return tokenizer, TextClassifier(from_bert(bert))


def with_frozen_encoder(splits: Splits) -> dict[str, Any]:
    """One layer on features that stay as they are, its strength chosen on the validation set."""
    tokenizer, model = new_classifier(0)
    sides = []
    for reviews in (splits.training[:LEARNED], splits.validation, splits.test):
        texts, labels = texts_and_labels(reviews)
        vectors = features_of(model, tokenizer, texts, "frozen encoder")  # (n, C)
        sides.append((vectors, torch.tensor(labels)))
    training, validation, test = sides
    p, strength = fit_and_predict(training, validation, test[0])
    return {"strength": strength, "test": p.tolist()}


def with_all_weights(splits: Splits, seed: int) -> dict[str, Any]:
    """Train all weights in one pass over the reviews; the seed draws head, order and dropout."""
    tokenizer, model = new_classifier(seed)
    texts, labels = texts_and_labels(splits.training[:LEARNED])
    generator = torch.Generator().manual_seed(seed)
    steps = fine_tune(model, tokenizer, texts, labels, generator)  # one pass (!)
    losses = list(tqdm(steps, f"fine-tuning, seed {seed}", -(-len(texts) // 16), leave=False))
    test = texts_and_labels(splits.test)[0]
    with torch.no_grad():
        logits = model.head(features_of(model, tokenizer, test, "judging"))  # (n, 2)
    p = logits.softmax(-1)[:, 1]  # (n,)
    return {"seed": seed, "losses": losses, "test": p.tolist()}


def write(path: Path, result: dict[str, Any]) -> None:
    """Write a file whole or not at all."""
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(json.dumps(result) + "\n", encoding="utf-8")
    os.replace(aside, path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make what is missing in the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Fine-tune MiniLM on film reviews.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    folder = parser.parse_args(arguments).out
    folder.mkdir(parents=True, exist_ok=True)
    splits = split_by_film(film_reviews())
    if not (folder / "frozen.json").exists():
        write(folder / "frozen.json", with_frozen_encoder(splits))
    for seed in SEEDS:
        if not (folder / f"seed-{seed}.json").exists():
            write(folder / f"seed-{seed}.json", with_all_weights(splits, seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
