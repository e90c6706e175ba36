"""What ours is compared with: GPT-2 of the `transformers` library, trained by nanoGPT's recipe.

The recipe is the one that nanoGPT publishes for a processor, as numbers; the code is ours.
"""

import math
import time
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn, optim

from benchmarks.text import Text
from benchmarks.trainings import code_of, joined, tick
from pagekit.run.fingerprint import code_hash
from snippets.training.batches import batches, evaluate
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig, next_token_loss

# GPT-2's parts at the size of nanoGPT's run on a processor.
GPT2_TINY = MiniGPTConfig(
    vocab_size=65, context=64, d_model=128, num_layers=4, num_heads=4, num_kv_heads=4, d_hidden=512
)


class TheirGPT2(nn.Module):
    """`GPT2LMHeadModel` of a configuration's sizes without dropout: ids (B, T) to (B, T, V)."""

    def __init__(self, config: MiniGPTConfig) -> None:
        super().__init__()
        from transformers import GPT2LMHeadModel  # takes seconds: only where needed

        from snippets.using.publishing.interop_configs import to_gpt2_config

        self.config = config
        theirs = to_gpt2_config(config)
        theirs.pad_token_id = 0  # `generate` asks for one
        self.model = GPT2LMHeadModel(theirs)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, T) -> (B, T, V). No cache: training needs none, and it would only cost time."""
        return self.model(ids, use_cache=False).logits


@dataclass(frozen=True)
class Recipe:
    """nanoGPT's settings for a processor."""

    steps: int = 2000
    batch_size: int = 12
    lr: float = 1e-3
    min_lr: float = 1e-4
    warmup: int = 100
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.1  # of matrices and tables; gains and biases have none
    clip: float = 1.0
    fused: bool = False  # AdamW updates all in one go
    seed: int = 0

    def rate(self, step: int) -> float:
        """The learning rate: up in a line, then down along half a cosine."""
        if step < self.warmup:
            return self.lr * (step + 1) / (self.warmup + 1)
        done = (step - self.warmup) / (self.steps - self.warmup)
        return self.min_lr + (self.lr - self.min_lr) * (1 + math.cos(math.pi * done)) / 2

    def optimizer(self, model: nn.Module) -> optim.AdamW:
        """AdamW as PyTorch makes it, with two groups of parameters."""
        matrices = [p for p in model.parameters() if p.ndim >= 2]
        vectors = [p for p in model.parameters() if p.ndim < 2]
        groups = [
            {"params": matrices, "weight_decay": self.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]
        return optim.AdamW(groups, lr=self.lr, betas=self.betas, fused=self.fused)


# The best of seven rates from 0.001 to 0.016, each with a tenth of itself at the end, tried on tiny
# Shakespeare with seed 0.
TUNED = Recipe(lr=3e-3, min_lr=3e-4, fused=True)


@dataclass(frozen=True)
class BaselineRun:
    """A training of the baseline, as `Run.train` needs it."""

    recipe: Recipe
    text: Text

    def __call__(self) -> dict[str, Any]:
        """Trains; gives val_loss (nats a character, all of the validation text) and time."""
        r = self.recipe
        vocab_size, data, validation = self.text.ids()
        config = replace(GPT2_TINY, vocab_size=vocab_size)
        torch.manual_seed(r.seed)
        model = TheirGPT2(config).train()
        optimizer = r.optimizer(model)
        drawn = batches(data, r.batch_size, config.context, torch.Generator().manual_seed(r.seed))
        start = time.perf_counter()
        for step in range(r.steps):
            tick()
            for group in optimizer.param_groups:
                group["lr"] = r.rate(step)
            inputs, targets = next(drawn)
            next_token_loss(model(inputs), targets).backward()
            nn.utils.clip_grad_norm_(model.parameters(), r.clip)
            optimizer.step()
            optimizer.zero_grad()
        seconds = time.perf_counter() - start
        return {
            "val_loss": evaluate(cast(MiniGPT, model), validation),
            "seconds": seconds,
            "tokens": r.steps * r.batch_size * config.context,
            "params": sum(p.numel() for p in model.parameters()),
        }

    def mark(self, *parts: object) -> str:
        """A hash of all that the loss depends on; `parts` adds to it."""
        versions = (torch.__version__, version("transformers"))
        code = (code_of("snippets.training.batches"), code_hash(Path(__file__)))
        return joined(code, self.text.mark, self.recipe, versions, *parts)
