"""One change at equal compute: what a token costs decides how many of them a training run sees."""

from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from snippets.foundations.texts.corpus import plays, split_plays
from snippets.foundations.tokenizers import CharTokenizer
from snippets.training.batches import evaluate
from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.train import train
from snippets.transformer.minigpt import (
    MINIGPT,
    MiniGPTConfig,
    count_parameters,
    flops_per_token,
)

# --8<-- [start:base]
BUDGET = 1.2e11  # operations of a whole training run
BASE = replace(
    MINIGPT, context=64, d_model=48, num_layers=2, num_heads=2, num_kv_heads=2, d_hidden=128
)
RECIPE = TrainingConfig(batch_size=16, muon_lr=0.014, adamw_lr=0.01, warmup=10)
# --8<-- [end:base]


# --8<-- [start:budget]
def step_flops(config: MiniGPTConfig, batch_size: int) -> int:
    """Operations of a training step: three times those of the forward pass, attention included."""
    return 3 * flops_per_token(config) * batch_size * config.context


def changed(budget: float = BUDGET, **changes: Any) -> tuple[MiniGPTConfig, TrainingConfig]:
    """The base model and recipe with some changes, and with the steps that the budget pays for.

    Changes are fields of either configuration, by name. ValueError for an unknown one, and where
    the budget is spent before the warm-up is over.
    """
    of_model = {field.name for field in fields(MiniGPTConfig)}
    of_recipe = {field.name for field in fields(TrainingConfig)} - {"steps"}
    if unknown := sorted(changes.keys() - of_model - of_recipe):
        raise ValueError(f"no settings called {', '.join(unknown)}")
    config = replace(BASE, **{k: v for k, v in changes.items() if k in of_model})
    recipe = replace(RECIPE, **{k: v for k, v in changes.items() if k in of_recipe})
    steps = round(budget / step_flops(config, recipe.batch_size))  # (!)
    if steps <= recipe.warmup:
        raise ValueError(f"budget={budget:.3g} pays for {steps} steps: too few to warm up in")
    return config, replace(recipe, steps=steps, eval_every=steps, eval_windows=1)


# --8<-- [end:budget]


@dataclass(frozen=True)
class Texts:
    """The ids of three texts: to learn from, to choose settings by, and to report a loss on."""

    training: Tensor  # (N,)
    choosing: Tensor  # (32,768,) likewise below
    reporting: Tensor


def compared_texts(passages: int = 64, length: int = 512) -> Texts:
    """Of four held-out plays two to choose by and two to report on, as passages spread evenly.

    As many characters for each context, so that every model is judged by the same predictions.
    """
    everything = plays()
    training, unseen = split_plays(everything)
    tokenizer = CharTokenizer.from_text(training + unseen)

    def ids(text: str) -> Tensor:
        return torch.tensor(tokenizer.encode(text))

    def spread(*names: str) -> Tensor:
        text = "".join(everything[name] for name in names)
        starts = [len(text) * i // passages for i in range(passages)]
        return ids("".join(text[start : start + length] for start in starts))

    choosing = spread("as-you-like-it", "henry-v")
    return Texts(ids(training), choosing, spread("the-tempest", "macbeth"))


def measure(
    config: MiniGPTConfig,
    settings: TrainingConfig,
    texts: Texts,
    training_class: type[Training] = Training,
) -> dict[str, Any]:
    """Trains, and gives a row of the table: what was set, what it cost, and both losses in nats.

    FloatingPointError where the training diverges.
    """
    training = training_class(config, settings, texts.training, texts.choosing)
    made = train(training)
    return {
        "val_loss": made["val_loss"],
        "test_loss": evaluate(training.model, texts.reporting),
        "seconds": made["seconds"],
        "params": count_parameters(config),
        "steps": settings.steps,
        "tokens": made["tokens"],
        "flops": settings.steps * step_flops(config, settings.batch_size),
        "layers": config.num_layers,
        "width": config.d_model,
        "heads": config.num_heads,
        "hidden": config.d_hidden,
        "context": config.context,
        "batch": settings.batch_size * config.context,
        "muon_lr": settings.muon_lr,
        "adamw_lr": settings.adamw_lr,
    }
