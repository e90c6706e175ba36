"""What prompts change in SmolLM2's answers.

`python -m snippets.using.prompts.prompt_runs --out FOLDER` writes to the folder `results.json`,
the scores of two label words for short film reviews, after examples of several numbers, draws,
orders and words; and with hidden instructions in the reviews.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from torch import Tensor
from tqdm import tqdm

from snippets.foundations.subwords.byte_pair import BytePairTokenizer
from snippets.foundations.subwords.published_tokenizers import load_smollm2
from snippets.foundations.texts.film_reviews import Review, film_reviews, split_by_film
from snippets.modern.llama.real_llama import load_smollm2_model
from snippets.results import load_results, results_file
from snippets.training.files import write_folder
from snippets.transformer.minigpt import MiniGPT
from snippets.using.prompts.few_shot import EMPTY, Form, label_ids, log_probabilities_after
from snippets.using.prompts.injection import ATTACKS, DEFENCES, HEAD, MENTION, WORDS

NAME = "prompts"
TESTED, ATTACKED = 12, 6  # reviews of each label; attacked ones
SHORT = range(20, 49)  # characters
SHOTS, DRAWS = (1, 2, 4, 8), 3
ORDERS = ("0011", "1100", "0110", "1001")  # of the labels of two rotten and two fresh examples
CONTEXT = 512


@dataclass(frozen=True)
class Setting:
    """A prompt: what its examples are, in their order, and which words stand for the labels."""

    kind: str
    examples: tuple[Review, ...] = ()
    words: tuple[str, str] = WORDS  # for rotten and fresh
    head: str = ""


@cache
def reviews() -> tuple[list[Review], list[Review]]:
    """Short reviews to take examples from, and those to test on: rotten ones first, then fresh."""
    splits = split_by_film(film_reviews())
    pool, tested = ([r for r in side if len(r.text) in SHORT] for side in (splits[0], splits[2]))
    chosen = [[r for r in tested if r.fresh is fresh][:TESTED] for fresh in (False, True)]
    return pool, chosen[0] + chosen[1]


def drawn(shots: int, seed: int) -> tuple[Review, ...]:
    """Examples in random order, as many rotten as fresh; a single one is rotten, fresh, rotten.

    ValueError for an odd number above one.
    """
    if shots < 1 or (shots > 1 and shots % 2):
        raise ValueError(f"{shots} examples can't be half rotten, half fresh")
    chance, sides = Random(seed), {}
    for fresh in (False, True):
        some = [review for review in reviews()[0] if review.fresh is fresh]
        sides[fresh] = chance.sample(some, max(SHOTS))[: max(1, shots // 2)]
    both = [sides[seed % 2 == 1][0]] if shots == 1 else sides[False] + sides[True]
    return tuple(chance.sample(both, len(both)))


def in_order(examples: Sequence[Review], order: str) -> tuple[Review, ...]:
    """The same examples with their labels in this order, such as 0011: rotten ones first."""
    sides = {label: iter([r for r in examples if r.fresh is (label == "1")]) for label in "01"}
    return tuple(next(sides[label]) for label in order)


def settings() -> Iterator[Setting]:
    """All prompts of the comparison."""
    yield Setting("nothing")
    yield Setting("instruction", head=HEAD)
    yield Setting("bad, good", words=(" bad", " good"))
    for shots in SHOTS:
        for seed in range(DRAWS):
            yield Setting(f"{shots}", drawn(shots, seed))
    for order in ORDERS:
        yield Setting(f"order {order}", in_order(drawn(4, 0), order))
    yield Setting("exchanged", drawn(8, 0), (WORDS[1], WORDS[0]))
    yield Setting("foo, bar", drawn(8, 0), (" foo", " bar"))


def measure(model: MiniGPT, tokenizer: BytePairTokenizer, setting: Setting) -> dict[str, Any]:
    """The ln P of both words for each tested review, and for texts without content."""
    form, words = Form(), setting.words
    beginning = setting.head + form.beginning([(r.text, words[r.fresh]) for r in setting.examples])
    texts = [*(review.text for review in reviews()[1]), *EMPTY]
    found = scores(model, tokenizer, beginning, [form.question(text) for text in texts], words)
    return {
        "kind": setting.kind,
        "labels": [int(review.fresh) for review in setting.examples],
        "scores": rounded(found[: -len(EMPTY)]),
        "empty": rounded(found[-len(EMPTY) :]),
    }


def scores(
    model: MiniGPT, tokenizer: BytePairTokenizer, beginning: str, rows: list[str], words: Any
) -> Tensor:
    """The ln P of each word after the beginning and each row: (rows, words)."""
    encoded = [tokenizer.encode(row) for row in rows]
    said = log_probabilities_after(model, tokenizer.encode(beginning), encoded)
    return said[:, label_ids(tokenizer, words)]


def rounded(values: Tensor) -> list[list[float]]:
    """Numbers for JSON."""
    return [[round(value, 4) for value in row] for row in values.tolist()]


def attack(model: MiniGPT, tokenizer: BytePairTokenizer, name: str) -> dict[str, Any]:
    """What each attack does to rotten reviews under a defence, and the defence to all of them."""
    defence, tested = DEFENCES[name], reviews()[1]
    rotten, fresh = tested[:ATTACKED], tested[TESTED : TESTED + ATTACKED]
    added = {"nothing": "", "mention": MENTION} | dict(ATTACKS)
    texts = [review.text + more for more in added.values() for review in rotten]
    texts += [*(review.text for review in fresh), *EMPTY]
    examples = [(r.text, r.fresh) for r in in_order(drawn(4, 0), "0110")]
    rows = [defence.question(text) for text in texts]
    found = scores(model, tokenizer, defence.beginning(examples), rows, WORDS)
    pieces = found[: ATTACKED * len(added)].split(ATTACKED)
    rest = found[ATTACKED * len(added) :]
    return {
        "attacks": {kind: rounded(piece) for kind, piece in zip(added, pieces, strict=True)},
        "fresh": rounded(rest[:ATTACKED]),
        "empty": rounded(rest[ATTACKED:]),
    }


def load_prompts(folder: Path | None = None) -> dict[str, Any]:
    """What the runs gave; FileNotFoundError where they are missing, ValueError where damaged."""
    return load_results(NAME, "snippets.using.prompts.prompt_runs", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask SmolLM2 with every prompt, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Measure what prompts change.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    given = parser.parse_args(arguments)
    model, tokenizer = load_smollm2_model(CONTEXT), load_smollm2()
    tested = reviews()[1]
    asked = list(settings())
    bar = tqdm(total=len(asked) + len(DEFENCES), desc="prompts", leave=False)
    found: dict[str, Any] = {
        "texts": [review.text for review in tested],
        "fresh": [review.fresh for review in tested],
        "runs": [],
        "defences": {},
    }
    for setting in asked:
        found["runs"].append(measure(model, tokenizer, setting))
        bar.update()
    for name in DEFENCES:
        found["defences"][name] = attack(model, tokenizer, name)
        bar.update()
    write_folder(given.out, results_file(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
