"""What has a model learned by heart? Secrets hidden in a text, and passages it goes on with.

A canary is a made-up secret that stands in the training text a known number of times. Exposure
says how much likelier the model finds it than other secrets of that form (Carlini et al. 2019).
"""

import random
import string
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn import functional as F

from snippets.checks import check_positive
from snippets.foundations.text_data.deduplication import exact_duplicates
from snippets.foundations.tokenizers import CharTokenizer
from snippets.transformer.minigpt import MiniGPT, device_of

LETTERS = "bdfgklmnrt"  # of a secret
LENGTH = 4
VOWELS = "AEIOU"


class Canary(NamedTuple):
    """A speech with a secret of four letters, and how often it stands in the text."""

    name: str
    secret: str
    copies: int

    @property
    def prompt(self) -> str:
        """All of the speech that comes before the secret."""
        return f"{self.name}:\nMy secret word is "

    @property
    def speech(self) -> str:
        """What stands in the text."""
        return f"{self.prompt}{self.secret}.\n\n"


def make_canaries(counts: Sequence[int], each: int, seed: int) -> list[Canary]:
    """For each count so many canaries, each with a name and a secret of its own, drawn by chance.

    ValueError for a negative count, or no canary at all.
    """
    if not counts or min(counts) < 0 or each < 1:
        raise ValueError(f"counts={list(counts)} with {each} canaries each")
    draw = random.Random(seed)
    found: dict[str, Canary] = {}
    for count in counts:
        before = len(found)
        while len(found) < before + each:
            consonants = draw.sample(sorted(set(string.ascii_uppercase) - set(VOWELS)), 3)
            name = "".join(c + draw.choice(VOWELS) for c in consonants)
            found[name] = Canary(name, "".join(draw.choices(LETTERS, k=LENGTH)), count)
    return list(found.values())


def hide(text: str, canaries: Sequence[Canary], seed: int) -> str:
    """The text with each canary in as many places as its count says, chosen among its speeches.

    ValueError where the text has fewer speeches than there are canaries to hide.
    """
    speeches = text.split("\n\n")
    hidden = [canary.speech[:-2] for canary in canaries for _ in range(canary.copies)]
    if len(hidden) >= len(speeches):
        raise ValueError(f"{len(speeches)} speeches have no room for {len(hidden)} canaries")
    places = random.Random(seed).sample(range(len(speeches)), len(hidden))
    for place, speech in zip(places, hidden, strict=True):
        speeches[place] = f"{speech}\n\n{speeches[place]}"
    return "\n\n".join(speeches)


def without_repeats(text: str) -> str:
    """The text with each speech only once, at its first place."""
    speeches = text.split("\n\n")
    again = {place for group in exact_duplicates(speeches) for place in group[1:]}
    return "\n\n".join(one for place, one in enumerate(speeches) if place not in again)


@torch.inference_mode()
def secret_log_probabilities(model: MiniGPT, tokenizer: CharTokenizer, prompt: str) -> Tensor:
    """The ln P of every possible secret after a prompt, 10 letters to the power of 4: (10,000,).

    The prompt is read once. Then come all beginnings of three letters, side by side, and what the
    model says after each letter adds up.
    """
    device = device_of(model)
    letters = torch.tensor(tokenizer.encode(LETTERS), device=device)
    places = torch.arange(len(LETTERS), device=device)
    grids = torch.cartesian_prod(*[places] * (LENGTH - 1))  # (1000, 3)
    cache = model.new_cache()
    ids = torch.tensor([tokenizer.encode(prompt)], device=device)
    first = model(ids, cache)[:, -1:]  # (1, 1, V)
    for layer in cache:
        layer.keep([0] * len(grids))
    after = model(letters[grids], cache)  # (1000, 3, V)
    logits = torch.cat([first.expand(len(grids), -1, -1), after], dim=1)  # (1000, 4, V)
    log_p = F.log_softmax(logits, dim=-1)[..., letters]  # (1000, 4, 10)
    begun = log_p[:, :-1].gather(2, grids[..., None]).sum(dim=1)  # (1000, 1)
    return (begun + log_p[:, -1]).flatten()  # (!)


def place_of(secret: str) -> int:
    """Which of the 10,000 secrets it is, in the order of `secret_log_probabilities`."""
    if len(secret) != LENGTH or not set(secret) <= set(LETTERS):
        raise ValueError(f"{secret!r} is not a secret of {LENGTH} letters from {LETTERS}")
    place = 0
    for letter in secret:
        place = place * len(LETTERS) + LETTERS.index(letter)
    return place


def exposure(scores: Tensor, place: int) -> float:
    """log2 |R| - log2 rank: how many bits of a secret a list of guesses, likeliest first, saves.

    Args:
        scores: (R,) of all possible secrets, higher is likelier.
        place: which of them is the true one.

    Raises:
        ValueError: no such place, or a score that is not a number.
    """
    if not 0 <= place < len(scores) or bool(scores.isnan().any()):
        raise ValueError(f"place {place} of {len(scores)} scores, which must be numbers")
    rank = int((scores >= scores[place]).sum())  # of equals, the last place
    return float(np.log2(len(scores)) - np.log2(rank))  # (!)


@torch.inference_mode()
def says_it(model: MiniGPT, tokenizer: CharTokenizer, canary: Canary) -> bool:
    """Whether the model, asked with the prompt and always taking its likeliest character, says it.

    One pass is enough: each letter of the secret must be the likeliest after those before it.
    """
    prompt = tokenizer.encode(canary.prompt)
    said = tokenizer.encode(canary.secret)
    ids = torch.tensor([prompt + said[:-1]], device=device_of(model))
    best = model(ids)[0].argmax(dim=-1)  # (T,)
    return best[len(prompt) - 1 :].tolist() == said


def passages(text: str, count: int, length: int) -> list[str]:
    """So many pieces of a text, spread evenly; ValueError where they would overlap."""
    check_positive(count=count, length=length)
    stride = len(text) // count
    if stride < length:
        raise ValueError(f"{count} pieces of {length} characters don't fit in {len(text)}")
    return [text[start : start + length] for start in range(0, count * stride, stride)]


def verbatim_lengths(written: ArrayLike, true: ArrayLike) -> NDArray[np.int64]:
    """How many tokens each row of `written` (N, T) has right before the first wrong one: (N,)."""
    said, right = np.asarray(written), np.asarray(true)
    if said.shape != right.shape or said.ndim != 2:
        raise ValueError(f"{said.shape} written and {right.shape} true tokens; both need (N, T)")
    return np.cumprod(said == right, axis=1).sum(axis=1)  # (!)
