"""Activation patching: put what a model found in one text into its reading of another.

Two texts of equal length differ in a few tokens, and so does what should come next. The model
reads the corrupted one, and at one place gets what it had there in the clean one. As much of the
clean answer as comes back went through that place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from snippets.modern.interpretability.head_scores import slice_of
from snippets.modern.interpretability.hooks import activations, edited, module_at
from snippets.transformer.minigpt import MiniGPT


@dataclass(frozen=True)
class Pair:
    """A clean and a corrupted text (T,), and the tokens that should come next after each.

    ValueError where the texts are not of one length, or the answers are the same.
    """

    clean: Tensor
    corrupted: Tensor
    answers: tuple[int, int]

    def __post_init__(self) -> None:
        if self.clean.ndim != 1 or self.clean.shape != self.corrupted.shape:
            shapes = f"{tuple(self.clean.shape)} and {tuple(self.corrupted.shape)}"
            raise ValueError(f"texts of shapes {shapes}: both must be (T,)")
        if self.answers[0] == self.answers[1]:
            raise ValueError(f"answers={self.answers} are one and the same")


@torch.no_grad()
def preference(model: MiniGPT, ids: Tensor, answers: tuple[int, int]) -> float:
    """By how much the logit of the first answer is above the second's, after ids (T,)."""
    last = model(ids[None])[0, -1]  # (V,)
    return float(last[answers[0]] - last[answers[1]])


def patched(
    model: MiniGPT,
    pair: Pair,
    part: str,
    layer: int,
    positions: Sequence[int],
    head: int | None = None,
) -> float:
    """The preference after the corrupted text, with the clean activations put in at one place.

    Args:
        model: is left as it was.
        pair: of texts.
        part: stream, heads, attention or feed_forward.
        layer: where the activations are exchanged.
        positions: of which tokens.
        head: of which head, where the part is heads; of all by default.

    Raises:
        ValueError: no such part, layer, position or head.
    """
    module_at(model, part, layer)
    T = len(pair.clean)
    if wrong := [t for t in positions if not 0 <= t < T]:
        raise ValueError(f"positions {wrong} are not within 0..{T - 1}")
    if head is not None and part != "heads":
        raise ValueError(f"head={head} is no part of {part!r}")
    here = slice(None) if head is None else slice_of(model, layer, head)
    clean = activations(model, pair.clean[None], part)[layer]  # (1, T, C)

    def put(x: Tensor) -> Tensor:
        x = x.clone()
        for t in positions:
            x[:, t, here] = clean[:, t, here]  # (!)
        return x

    with edited(model, part, layer, put):
        return preference(model, pair.corrupted, pair.answers)


def restored(model: MiniGPT, pair: Pair, value: float) -> float:
    """A preference as a share of the way from the corrupted text's (0) to the clean one's (1).

    ValueError where the two texts are alike in it.
    """
    clean = preference(model, pair.clean, pair.answers)
    corrupted = preference(model, pair.corrupted, pair.answers)
    if clean == corrupted:
        raise ValueError(f"both texts have the preference {clean}: there is nothing to restore")
    return (value - corrupted) / (clean - corrupted)  # (!)
