"""The other models whose weights the course keeps, a row each, from what was recorded of them."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from snippets.artefacts import artefact_folder
from snippets.inference.reasoning.arithmetic import STEPS as ADDER_STEPS
from snippets.inference.reasoning.arithmetic import load_arithmetic
from snippets.inference.reasoning.thinking import SIZES, TOKENS
from snippets.modern.diffusion.diffusion_runs import load_diffusion
from snippets.modern.interpretability.induction import BATCH, STEPS, load_induction
from snippets.modern.interpretability.repeats import LENGTH
from snippets.modern.multimodal.icon_runs import BATCH as ICON_BATCH
from snippets.modern.multimodal.icon_runs import STEPS as ICON_STEPS
from snippets.modern.multimodal.icon_runs import icon_results
from snippets.post_training.rewards.learned_rewards import SEEDS, preference_results
from snippets.post_training.rewards.learned_rewards import SIZES as PAIRS
from snippets.training.pronouncing import STEPS as WORD_STEPS
from snippets.training.pronouncing import load_pronouncing


@dataclass(frozen=True)
class Row:
    """What is to be said of a model in one line."""

    name: str
    numbers: int
    learned: str  # from what, and how much of it was read
    result: str
    limit: str

    def __str__(self) -> str:
        head = f"{self.name}: {self.numbers:,} parameters"
        return "\n  ".join([head, f"read: {self.learned}", self.result, f"limit: {self.limit}"])


def stored_numbers(path: Path) -> int:
    """How many numbers a safetensors file holds; a matrix that is stored twice counts once.

    Some files hold a tied matrix under each of its names. ValueError where the file is none.
    """
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    try:
        header: dict[str, Any] = json.loads(data[8:start])
        tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
        sizes: dict[bytes | str, int] = {}
        for name, tensor in tensors.items():
            first, last = (start + place for place in tensor["data_offsets"])
            content = data[first:last] if len(tensor["shape"]) > 1 else name
            sizes[content] = math.prod(tensor["shape"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no safetensors file: {error}") from error
    return sum(sizes.values())


def numbers_of(artefact: str, file: str) -> int:
    """The numbers in a file of weights of an artefact."""
    return stored_numbers(artefact_folder(artefact) / file)


def adders() -> list[Row]:
    """The model that answers sums at once, and the one that thinks first."""
    sizes: dict[str, Mapping[str, float]] = {
        name: load_arithmetic()["seeds"][0][name]["sizes"] for name in ("direct", "thinking")
    }
    most = max(SIZES)
    return [
        Row(
            f"Adder, {name}",
            numbers_of("arithmetic", f"{name}.safetensors"),
            f"about {ADDER_STEPS * TOKENS:,} tokens of made-up sums",
            f"right: {right[str(most)]:.0%} of unseen sums of {most} numbers",
            f"{right[str(most + 1)]:.0%} of sums of {most + 1} numbers, which it never met",
        )
        for name, right in sizes.items()
    ]


def text_models() -> list[Row]:
    """The models that read text, beside MiniGPT, its tuned form and the adders."""
    margins = preference_results()["margins"][str(max(PAIRS))][0]
    _, words = load_pronouncing()
    _, diffusion = load_diffusion()
    two = load_induction()["2"][0][-1]
    return [
        Row(
            "Reward model of verse",
            numbers_of("preferences", "models.safetensors") // len(SEEDS),
            f"{max(PAIRS)} pairs of answers, judged by simulated raters",
            f"right: {fmean(m > 0 for m in margins):.0%} of the raters' choices on unseen pairs",
            "a model trained against it learns to please it, not the raters",
        ),
        Row(
            "Spelling to sound",
            numbers_of("pronouncing", "model.safetensors"),
            f"{WORD_STEPS * 128:,} words of a dictionary, repeats counted",
            f"right: {words['model']['words']:.0%} of unseen words",
            "words of the letters a to z alone, with one of their pronunciations",
        ),
        Row(
            "Masked diffusion",
            numbers_of("diffusion", "model.safetensors"),
            f"the plays, for {diffusion['flops'] / 1e9:,.0f} billion operations",
            f"loss: at most {diffusion['bound']:.2f} nats per character of unseen plays",
            "fills a text whose length is given",
        ),
        Row(
            "Attention alone, two layers",
            numbers_of("induction", "layers-2-seed-0.safetensors"),
            f"{STEPS * BATCH * LENGTH:,} random tokens that come again",
            f"loss: {two['again']:.2f} nats on what comes again, {two['first']:.2f} on the rest",
            "copies, and knows nothing: its text was random",
        ),
    ]


def picture_models() -> list[Row]:
    """The models that learned from icons."""
    found = icon_results()
    retrieval, captions = found["retrieval"][0]["to text"], found["captions"][0]["captioner"]
    read = {name: ICON_STEPS[name] * ICON_BATCH[name] for name in ICON_STEPS}
    return [
        Row(
            "CLIP of icons",
            numbers_of("icons", "clip.safetensors"),
            f"{read['clip']:,} icons with captions, repeats counted",
            f"right: {retrieval['R@1']:.0%} of unseen icons' captions found at the first try",
            "black icons of one style; it has seen no photograph",
        ),
        Row(
            "Captioner of icons",
            numbers_of("icons", "captioner.safetensors"),
            f"{read['captions']:,} icons with captions, repeats counted",
            f"right: {captions['exact']:.0%} of unseen captions; words' F1 {captions['f1']:.2f}",
            "has no word beside those of the captions that it learned from",
        ),
    ]
