"""A model of three letters, small enough to try all of its texts."""

from dataclasses import replace
from itertools import product

import torch

from snippets.transformer.minigpt import MINIGPT, MiniGPT

V, T = 3, 4
MASK = V


def tiny(seed: int = 0) -> MiniGPT:
    """A random model that is sure of much."""
    torch.manual_seed(seed)
    small = replace(MINIGPT, d_model=16, num_layers=1, num_heads=2, num_kv_heads=2, d_hidden=16)
    model = MiniGPT(replace(small, vocab_size=V + 1, context=8)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(6)  # far from a model for which all is equally likely
    return model


def texts() -> torch.Tensor:
    """All texts of T letters: (V^T, T)."""
    return torch.tensor(list(product(range(V), repeat=T)))
