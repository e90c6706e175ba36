"""Linear probes: is a property written in a model's activations, or does the probe learn it?"""

import zlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from snippets.transformer.encoders.linear_classifier import logistic_regression, logits

STRENGTH = 1.0  # of the pull of the probe's weights towards zero


@dataclass(frozen=True)
class Probe:
    """A direction in the activations, and what to compare the projection on it with."""

    weight: Tensor  # (C,), for standardised activations
    bias: Tensor  # ()
    mean: Tensor  # (C,)
    deviation: Tensor  # (C,)

    def __call__(self, activations: Tensor) -> Tensor:
        """The logit of label 1, (N, C) -> (N,)."""
        return logits((activations - self.mean) / self.deviation, self.weight, self.bias)

    def direction(self) -> Tensor:
        """The unit vector (C,) along which the probe reads."""
        raw = self.weight / self.deviation
        return raw / raw.norm()


def fit_probe(activations: Tensor, labels: Tensor, strength: float = STRENGTH) -> Probe:
    """A linear probe: logistic regression on standardised activations (N, C), labels (N,) 0 or 1.

    ValueError where their numbers differ, or only one label occurs.
    """
    if len(activations) != len(labels):
        raise ValueError(f"{len(activations)} activations have {len(labels)} labels")
    if len(kinds := labels.unique().tolist()) < 2:
        raise ValueError(f"the labels {kinds} are all the same: there is nothing to tell apart")
    mean, deviation = activations.mean(0), activations.std(0).clamp(min=1e-6)
    weight, bias = logistic_regression((activations - mean) / deviation, labels, strength)
    return Probe(weight, bias, mean, deviation)


def accuracy(probe: Probe, activations: Tensor, labels: Tensor) -> float:
    """The share of activations (N, C) whose label (N,) the probe gets right."""
    return float(((probe(activations) > 0) == labels.bool()).float().mean())


def control_labels(types: Sequence[Hashable], seed: int = 0) -> Tensor:
    """A control task: each type gets a label 0 or 1 by lot, and keeps it wherever it occurs: (N,).

    A type is what a position shows by itself, such as its token. The labels mean nothing, so a
    probe can be right about them only by knowing types by heart (Hewitt and Liang 2019).
    """
    drawn = [zlib.crc32(f"{seed} {kind!r}".encode()) >> 7 & 1 for kind in types]
    return torch.tensor(drawn)


def without_direction(x: Tensor, direction: Tensor, mean: Tensor) -> Tensor:
    """Activations (..., C) that all have the mean's coordinate along a unit vector (C,).

    What a linear probe reads along this direction is gone; all else stays.
    """
    along = (x - mean) @ direction  # (...)
    return x - along[..., None] * direction
