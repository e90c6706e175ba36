"""A small model, untrained, on which the laws of the tools can be tried."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from snippets.transformer.minigpt import MINIGPT, MiniGPT


def small_model() -> Any:
    """A MiniGPT: two layers of three heads of four channels, with weights that all matter."""
    torch.manual_seed(0)
    config = replace(MINIGPT, vocab_size=11, context=16, d_model=12, d_hidden=20, num_layers=2)
    model = MiniGPT(replace(config, num_heads=3, num_kv_heads=3))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.mul_(20)
    return model.eval()


def some_ids(batch: int = 2, length: int = 7) -> Tensor:
    """Ids (B, T) of that model's vocabulary."""
    return torch.randint(11, (batch, length), generator=torch.Generator().manual_seed(1))
