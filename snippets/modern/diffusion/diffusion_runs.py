"""Masked diffusion beside next token.

`python -m snippets.modern.diffusion.diffusion_runs --out FOLDER` trains models of one size on the
same plays at equal compute, three seeds each, and one masked diffusion model for longer, to be
sampled from.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor
from tqdm import tqdm

from snippets.artefacts import artefact_folder
from snippets.modern.diffusion.masked_diffusion import (
    Denoiser,
    denoiser,
    diffusion_loss,
    estimated_bound,
    hide,
)
from snippets.results import load_results, load_weights, results_file
from snippets.training.config import TrainingConfig
from snippets.training.files import write_folder
from snippets.training.scaling.equal_compute import BASE, Texts, compared_texts, step_flops
from snippets.training.short_training import Loss, next_token, train_on
from snippets.transformer.minigpt import MINIGPT, MiniGPT, MiniGPTConfig, device_of, next_token_loss

NAME, WEIGHTS = "diffusion", "model.safetensors"
SEEDS = (0, 1, 2)
V = MINIGPT.vocab_size
MASK_ID = V  # one more than the characters have
SMALL = replace(BASE, vocab_size=V + 1)
LARGE = replace(SMALL, d_model=96, d_hidden=256, num_layers=3, num_heads=3, num_kv_heads=3)
RECIPE = TrainingConfig(steps=80, batch_size=16, muon_lr=0.014, adamw_lr=0.01, warmup=10)
LONG = 350  # steps of the large model, with batches twice as large


def diffusion(model: MiniGPT, pieces: Tensor, chance: torch.Generator) -> Tensor:
    """The loss of masked diffusion on pieces (B, T + 1), of which the first T tokens are read.

    The shares are spread evenly over (0, 1], which makes the loss less noisy (Sahoo et al. 2024).
    """
    ids, B = pieces[:, :-1], len(pieces)
    share = (torch.arange(B) + torch.rand(B, generator=chance)).clamp(min=1e-3) / B  # (B,) (!)
    share = share.to(ids.device)
    seen, hidden = hide(ids, share, MASK_ID, chance)
    return diffusion_loss(denoiser(model)(seen), ids, hidden, share)


OBJECTIVES: dict[str, Loss] = {"next token": next_token, "masked diffusion": diffusion}


@torch.no_grad()
def judge(objective: str, model: MiniGPT, text: Tensor, repeats: int = 4) -> float:
    """Nats per character of a text (N,), cut into windows whose first character is given.

    Exact for next-token models. For masked diffusion an upper bound, estimated from `repeats`
    ways to hide each window. Both are about the same characters.
    """
    if objective not in OBJECTIVES:
        raise ValueError(f"objective={objective!r} is none of {', '.join(OBJECTIVES)}")
    T = model.config.context
    windows = text[: len(text) // T * T].view(-1, T).to(device_of(model))  # (N / T, T)
    model.eval()
    if objective == "next token":
        return next_token_loss(model(windows[:, :-1]), windows[:, 1:]).item()
    denoise = denoiser(model)
    tries = [estimated_bound(denoise, windows, MASK_ID, given=1, seed=s) for s in range(repeats)]
    return torch.stack(tries).mean().item()


def load_diffusion(folder: Path | None = None) -> tuple[MiniGPT, dict[str, Any]]:
    """The masked diffusion model that learned for long, and what all runs gave.

    Raises FileNotFoundError where a file is missing, and ValueError where one is damaged.
    """
    found = load_results(NAME, "snippets.modern.diffusion.diffusion_runs", folder)
    path = artefact_folder(NAME, folder) / WEIGHTS
    try:
        model = MiniGPT(MiniGPTConfig(**found["config"]))
    except (TypeError, KeyError) as error:
        raise ValueError(f"{path.parent} is damaged: {error}") from error
    return load_weights(model, path), found


def load_denoiser() -> Denoiser:
    """The trained masked diffusion model, ready to fill in."""
    return denoiser(load_diffusion()[0])


def compared(texts: Texts, steps: int) -> list[dict[str, Any]]:
    """Small models of both kinds at equal compute, and masked diffusion with four times as much."""
    rows = []
    arms = [("next token", 1), ("masked diffusion", 1), ("masked diffusion", 4)]
    for objective, times in tqdm(arms, desc="objectives", leave=False):
        for seed in SEEDS:
            settings = replace(RECIPE, steps=times * steps, seed=seed, warmup=min(10, steps // 2))
            torch.manual_seed(seed)
            model = MiniGPT(SMALL)
            for _ in train_on(texts.training, model, settings, OBJECTIVES[objective]):
                pass
            rows.append(
                {
                    "objective": objective,
                    "seed": seed,
                    "steps": settings.steps,
                    "flops": settings.steps * step_flops(SMALL, settings.batch_size),
                    "loss": judge(objective, model, texts.reporting),
                }
            )
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Train all models, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Compare masked diffusion with next token.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--steps", type=int, default=RECIPE.steps, help="fewer, for a trial")
    parser.add_argument("--long", type=int, default=LONG, help="steps of the model to sample from")
    given = parser.parse_args(arguments)
    texts = compared_texts()
    found: dict[str, Any] = {"runs": compared(texts, given.steps), "config": asdict(LARGE)}
    settings = replace(RECIPE, steps=given.long, batch_size=32, warmup=min(10, given.long // 2))
    torch.manual_seed(settings.seed)
    model = MiniGPT(LARGE)
    long = train_on(texts.training, model, settings, diffusion)
    for _ in tqdm(long, total=given.long, desc="to sample from", leave=False):
        pass
    found["bound"] = judge("masked diffusion", model, texts.reporting)
    found["flops"] = given.long * step_flops(LARGE, settings.batch_size)
    weights = {name: p.detach().contiguous() for name, p in model.named_parameters()}
    write_folder(given.out, {WEIGHTS: safetensors.torch.save(weights)} | results_file(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
