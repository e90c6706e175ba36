"""Trains on the icons: CLIP, and a captioner on its patches; three times each.

`python -m snippets.modern.multimodal.icon_runs --out FOLDER` draws the icons, trains and tests. It
writes the pictures, the weights of the first of each, and what was measured on icons that none had
learned.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn, optim
from tqdm import trange

from snippets.artefacts import artefact_folder
from snippets.modern.multimodal.captioner import Captioner
from snippets.modern.multimodal.clip import Clip, known_pieces
from snippets.modern.multimodal.icon_scores import caption_scores, retrieval_scores
from snippets.modern.multimodal.icon_split import Icons, split_icons
from snippets.modern.multimodal.icons import draw_icons, icon_outlines
from snippets.modern.multimodal.patch_encoder import PatchConfig
from snippets.results import load_results, load_weights, results_file
from snippets.training.files import write_folder
from snippets.training.normuon import NorMuon
from snippets.training.optimizers import learning_rate_factor, set_learning_rate
from snippets.training.speed.fast_cpu import keep_freed_memory

NAME, MODULE = "icons", "snippets.modern.multimodal.icon_runs"
PICTURES, CLIP, CAPTIONER = "pictures.npz", "clip.safetensors", "captioner.safetensors"
SEEDS = (0, 1, 2)
CONFIG = PatchConfig()
STEPS, BATCH = {"clip": 220, "captions": 120}, {"clip": 256, "captions": 128}


def fit(
    model: nn.Module,
    loss_of: Callable[[Tensor], Tensor],
    count: int,
    steps: int,
    batch_size: int,
    seed: int,
    rates: tuple[float, float] = (0.01, 0.003),
) -> None:
    """Trains on random batches of `count` examples: NorMuon inside the blocks, AdamW for the rest.

    `loss_of` gives the loss of the examples at some places; the rates are those of the two.
    """
    named = dict(model.named_parameters())
    hidden = [p for name, p in named.items() if "blocks." in name and p.ndim == 2]
    inside = {id(p) for p in hidden}
    rest = [p for p in named.values() if id(p) not in inside]
    optimizers = [
        NorMuon(hidden, lr=rates[0], momentum=0.9, dtype=torch.float32),
        optim.AdamW(rest, lr=rates[1], betas=(0.9, 0.95), fused=True),
    ]
    generator = torch.Generator().manual_seed(seed)
    order = torch.empty(0, dtype=torch.long)
    for step in trange(steps, desc=type(model).__name__, leave=False):
        if len(order) < batch_size:  # each example once per round
            order = torch.cat([order, torch.randperm(count, generator=generator)])
        places, order = order[:batch_size], order[batch_size:]
        loss_of(places).backward()  # (!)
        set_learning_rate(optimizers, learning_rate_factor(step, steps, steps // 10))
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()


def train_clip(icons: Icons, steps: int, seed: int) -> Clip:
    """Towers for pictures and captions, from random weights."""
    torch.manual_seed(seed)
    captions, ink = icons.captions(icons.training), icons.ink(icons.training)
    model = Clip(CONFIG, known_pieces(captions))
    fit(
        model,
        lambda places: model(ink[places], [captions[i] for i in places.tolist()]),
        len(captions),
        steps,
        BATCH["clip"],
        seed,
    )
    return model.eval()


def new_captioner(icons: Icons) -> Captioner:
    """A captioner with random weights, for all words of the training captions."""
    captions = icons.captions(icons.training)
    words = sorted({word for one in captions for word in one.split()})
    return Captioner(words, CONFIG.d_model, CONFIG.tokens, max(len(c.split()) for c in captions))


def train_captioner(icons: Icons, clip: Clip, steps: int, seed: int) -> Captioner:
    """Projector and decoder from random weights; CLIP's patch encoder stays as it is."""
    torch.manual_seed(seed)
    captions = icons.captions(icons.training)
    with torch.no_grad():
        states = clip.pictures(icons.ink(icons.training))  # (N, S, C), computed once
    model = new_captioner(icons)
    fit(
        model,
        lambda places: model.loss(states[places], [captions[i] for i in places.tolist()]),
        len(captions),
        steps,
        BATCH["captions"],
        seed,
        rates=(0.03, 0.01),
    )
    return model.eval()


def drawn_icons() -> Icons:
    """All icons, drawn and split."""
    outlines = icon_outlines()
    names, pictures = list(outlines), draw_icons(outlines)
    return Icons(names, pictures, *split_icons(names, pictures))


def load_icons(folder: Path | None = None) -> Icons:
    """The pictures of the artefact, split.

    Raises FileNotFoundError where it is missing, and ValueError where it is damaged.
    """
    load_results(NAME, MODULE, folder)
    path = artefact_folder(NAME, folder) / PICTURES
    try:
        with np.load(io.BytesIO(path.read_bytes())) as found:
            names, pictures = found["names"].tolist(), found["pictures"]
    except (BadZipFile, KeyError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    return Icons(names, pictures, *split_icons(names, pictures))


def load_clip(icons: Icons, folder: Path | None = None) -> Clip:
    """The first of the trained towers. Errors as of `load_weights`."""
    model = Clip(CONFIG, known_pieces(icons.captions(icons.training)))
    return load_weights(model, artefact_folder(NAME, folder) / CLIP)


def load_captioner(icons: Icons, folder: Path | None = None) -> Captioner:
    """The captioner that was trained on the first tower's patches. Errors as of `load_weights`."""
    return load_weights(new_captioner(icons), artefact_folder(NAME, folder) / CAPTIONER)


def icon_results(folder: Path | None = None) -> dict[str, Any]:
    """What was measured: `retrieval` and `captions`, each with a list of the three runs."""
    return load_results(NAME, MODULE, folder)


def weights(model: nn.Module) -> bytes:
    """The weights of a model as a file; a tied tensor once for each of its names."""
    return safetensors.torch.save({n: t.clone() for n, t in model.state_dict().items()})


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, train, test, and write the folder that the arguments name."""
    parser = argparse.ArgumentParser(description="Train on pictures with captions: the icons.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--steps", type=int, nargs=2, default=[*STEPS.values()], help="for a trial")
    given = parser.parse_args(arguments)
    icons, kept = drawn_icons(), io.BytesIO()
    np.savez_compressed(kept, names=np.array(icons.names), pictures=icons.pictures)
    contents, retrieval, written = {PICTURES: kept.getvalue()}, [], []
    keep_freed_memory()
    for seed in SEEDS:
        clip = train_clip(icons, given.steps[0], seed)
        captioner = train_captioner(icons, clip, given.steps[1], seed)
        retrieval.append(retrieval_scores(icons, clip))
        written.append(caption_scores(icons, clip, captioner))
        if seed == SEEDS[0]:
            contents |= {CLIP: weights(clip), CAPTIONER: weights(captioner)}
    contents |= results_file({"retrieval": retrieval, "captions": written})
    write_folder(given.out, contents)
    return 0


if __name__ == "__main__":
    sys.exit(main())
