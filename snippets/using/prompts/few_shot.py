"""Few-shot prompts, and the label word that a model finds likeliest behind them.

No text is generated: a label is one token, and the probability that the model gives it is read off
behind the question. What many questions begin with, the examples, is read once and kept.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from snippets.foundations.subwords.byte_pair import BytePairTokenizer
from snippets.transformer.minigpt import MiniGPT, device_of

EMPTY = ("N/A", "", "[MASK]")  # texts without content (Zhao et al. 2021, section 5)


@dataclass(frozen=True)
class Form:
    """How an example is written: what stands before its text and its label, and between examples.

    Raises ValueError where nothing would tell the text from its label, or one example from the
    next.
    """

    text: str = "Review: "
    label: str = "\nSentiment:"
    end: str = "\n\n"

    def __post_init__(self) -> None:
        if not self.label or not self.end:
            raise ValueError(f"label={self.label!r} and end={self.end!r} must not be empty")

    def question(self, text: str) -> str:
        """A text whose label is asked for."""
        return f"{self.text}{text}{self.label}"

    def beginning(self, examples: Sequence[tuple[str, str]]) -> str:
        """Texts with their labels, which every question comes behind."""
        return "".join(self.question(text) + label + self.end for text, label in examples)


def label_ids(tokenizer: BytePairTokenizer, words: Sequence[str]) -> list[int]:
    """The token of each label word, such as " positive" with its blank.

    ValueError where a word is no single token, or two are the same: ln P would not compare.
    """
    ids = [tokenizer.encode(word) for word in words]
    for word, found in zip(words, ids, strict=True):
        if len(found) != 1:
            raise ValueError(f"{word!r} is {len(found)} tokens; a label needs to be one")
    if len(set(words)) < max(2, len(words)):
        raise ValueError(f"not two or more different labels: {list(words)}")
    return [found[0] for found in ids]


@torch.inference_mode()
def log_probabilities_after(
    model: MiniGPT, beginning: Sequence[int], rows: Sequence[Sequence[int]], at_a_time: int = 12
) -> Tensor:
    """The ln P of every token after `beginning` and each row: (rows, V).

    The beginning is read once, and its keys and values are copied for each row. Rows are padded at
    the end, where nobody looks. ValueError for an empty row, or one longer than the context.
    """
    if not rows or not all(rows):
        raise ValueError(f"{len(rows)} rows, of which {sum(not row for row in rows)} are empty")
    cache, device = model.new_cache(), device_of(model)
    if beginning:
        with only_last(model, [len(beginning) - 1]):
            model(torch.tensor([list(beginning)], device=device), cache)  # (!)
    found: list[Tensor] = [torch.empty(0)] * len(rows)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))  # so that little is padding
    for first in range(0, len(rows), at_a_time):
        some = order[first : first + at_a_time]
        copies = [layer.truncated(layer.length) for layer in cache]
        for layer in copies:
            layer.keep([0] * len(some))  # the same beginning for each (!)
        ids = pad_sequence([torch.tensor(rows[i]) for i in some], batch_first=True)  # (B, T)
        with only_last(model, [len(rows[i]) - 1 for i in some]):
            logits = model(ids.to(device), copies)[:, 0].cpu()  # (B, V)
        for i, row in zip(some, logits.log_softmax(-1), strict=True):
            found[i] = row
    return torch.stack(found)


@contextmanager
def only_last(model: MiniGPT, places: Sequence[int]) -> Iterator[None]:
    """Within it, the model gives logits at one place of each row alone: (B, 1, V).

    SmolLM2's head is a fifth of its work, and nobody looks at its other logits.
    """

    def choose(_: torch.nn.Module, given: tuple[Tensor]) -> tuple[Tensor]:
        return (given[0][torch.arange(len(places)), list(places)][:, None],)  # (B, 1, C)

    hook = model.head.register_forward_pre_hook(choose)
    try:
        yield
    finally:
        hook.remove()


# --8<-- [start:judge]
def calibrated(scores: Tensor, empty: Tensor) -> Tensor:
    """Label scores minus those of texts without content: (N, labels), (E, labels) -> (N, labels).

    Dividing each probability by its mean over the empty texts makes these favour no label
    (Zhao et al. 2021, section 5).
    """
    share = empty.softmax(-1).mean(0)  # (labels,), of the labels among themselves
    return scores - share.log()  # (!)


def told_apart(odds: ArrayLike, labels: ArrayLike) -> float:
    """In how many pairs of a text with label 1 and one with label 0 the first has higher odds.

    It is 1/2 for coins, and no shift of all odds changes it. ValueError where a label is missing.
    """
    value, label = torch.as_tensor(odds).double(), torch.as_tensor(labels).bool()
    if value.shape != label.shape or label.all() or not label.any():
        raise ValueError(f"odds {tuple(value.shape)} need both labels, not {label.tolist()}")
    gap = value[label][:, None] - value[~label]  # (texts with 1, texts with 0)
    return float((gap > 0).double().mean() + (gap == 0).double().mean() / 2)
    # --8<-- [end:judge]


# --8<-- [start:judged]
class Judged(NamedTuple):
    """How a prompt did on labelled texts: means over the texts."""

    mass: float  # the probability of the label words together
    positive: float  # the share of texts to which label 1 is given
    accuracy: float  # the share of texts that get their own label
    apart: float  # see `told_apart`


def judged(scores: Tensor, labels: ArrayLike) -> Judged:
    """Judges the ln P of two label words, (N, 2), by the labels of the texts, (N,)."""
    said, label = scores[:, 1] > scores[:, 0], torch.as_tensor(labels).bool()
    means = (scores.exp().sum(1), said.double(), (said == label).double())
    mass, positive, accuracy = (float(each.mean()) for each in means)
    return Judged(mass, positive, accuracy, told_apart(scores[:, 1] - scores[:, 0], label))
    # --8<-- [end:judged]
