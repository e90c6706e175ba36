"""A trained model from a text, in a folder.

    python -m snippets.training --out my-minigpt
    python -m snippets.training --data my.txt --preset nanogpt-cpu --seed 1 --out my-model

The first trains the model of this course on the plays. Interrupted, the same command goes on where
it was; with other data or settings it begins afresh.
"""

import argparse
import hashlib
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from snippets.foundations.texts.corpus import HELD_OUT, plays, split, split_plays
from snippets.foundations.tokenizers import CharTokenizer
from snippets.training import checkpoint
from snippets.training.loop import Training
from snippets.training.presets import PRESETS, Preset
from snippets.training.train import train


# --8<-- [start:texts]
def read_text(path: Path) -> str:
    """A text file; ValueError, with the place, where it is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        wrong = f"byte 0x{error.object[error.start]:02x} at position {error.start}"
        raise ValueError(f"{path} is not UTF-8 text ({wrong})") from None


def training_and_validation(data: Path | None) -> tuple[str, str]:
    """The last tenth of a file for validation; without a file, the plays, four of them held out."""
    return split_plays(plays()) if data is None else split(read_text(data))


# --8<-- [end:texts]


def train_and_save(
    out: Path,
    preset: Preset = PRESETS["site"],
    data: Path | None = None,
    tokenizer: CharTokenizer | None = None,
    training_class: type[Training] = Training,
) -> dict[str, Any]:
    """Trains by a preset and writes model and record to `out`; returns the record.

    Text is cut into tokens by the given tokenizer, else by one made of all its characters. What is
    unfinished lies beside `out`, in a file that the end removes.
    """
    checkpoint.check_replaceable(out)  # now, and not after minutes of training
    texts = training_and_validation(data)
    tokenizer = tokenizer or CharTokenizer.from_text("".join(texts))
    config = replace(preset.model, vocab_size=tokenizer.vocab_size)
    training_ids, validation_ids = (torch.tensor(tokenizer.encode(text)) for text in texts)

    data_hash = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    parts = (data_hash, tokenizer.characters, config, preset.training, torch.__version__)
    mark = hashlib.sha256(repr(parts).encode()).hexdigest()  # whose unfinished state may go on

    unfinished = out.with_name(f"{out.name}.unfinished.safetensors")
    training = training_class(config, preset.training, training_ids, validation_ids)
    first = training.rank == 0
    if preset.training.mixed_precision and not training.mixed and first:
        print("mixed precision: this CPU has no instructions for bfloat16; training in float32")
    record = train(training, first, unfinished, mark)
    record |= provenance(preset, data, texts, training.mixed)
    if first:
        checkpoint.save(training.model, tokenizer, out, record)
        unfinished.unlink(missing_ok=True)
    return record


def provenance(
    preset: Preset, data: Path | None, texts: tuple[str, str], mixed: bool
) -> dict[str, Any]:
    """What a record says of where the model comes from.

    Settings are as they were asked for; "products" says in which type the CPU really multiplied.
    """
    return {
        "training_characters": len(texts[0]),
        "validation_characters": len(texts[1]),
        "held_out": HELD_OUT if data is None else (),  # plays; of a file, its last tenth
        "seed": preset.training.seed,
        "settings": asdict(preset.training),
        "products": "bfloat16" if mixed else "float32",
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }


# --8<-- [start:arguments]
CLOSING = ("params", "tokens", "val_loss", "seconds", "tokens_per_second", "seed", "versions")


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command's options; `--help` explains them."""
    names = "; ".join(f"{name}: {preset.about}" for name, preset in PRESETS.items())
    parser = argparse.ArgumentParser(
        prog="python -m snippets.training",
        description=(__doc__ or "").partition("\n")[0],
        epilog=f"The last line of output is JSON: {', '.join(CLOSING)}.",
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--preset", choices=PRESETS, default="site", help=names)
    parser.add_argument("--data", type=Path, help="a UTF-8 text; the plays by default")
    parser.add_argument("--tokenizer", type=Path, help="a tokenizer.json of an earlier training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, help="instead of the preset's")
    parser.add_argument("--threads", type=int, help="how many PyTorch may use")
    return parser.parse_args(words)


def chosen_preset(options: argparse.Namespace) -> Preset:
    """The preset with what the options change."""
    preset: Preset = PRESETS[options.preset]
    if options.steps is not None:
        preset = preset.with_steps(options.steps)
    return preset.with_settings(seed=options.seed)


# --8<-- [end:arguments]


def main(words: Sequence[str] | None = None, training_class: type[Training] = Training) -> int:
    """The command; returns its exit status."""
    options = arguments(words)
    try:
        tokenizer = None
        if options.tokenizer:
            tokenizer = CharTokenizer.from_json(read_text(options.tokenizer))
        if options.threads is not None:
            torch.set_num_threads(options.threads)
        preset = chosen_preset(options)
        record = train_and_save(options.out, preset, options.data, tokenizer, training_class)
    except (ValueError, FloatingPointError, OSError, RuntimeError) as error:
        print(f"training: {error}; no model was written", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("training: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    print(json.dumps({key: record[key] for key in CLOSING}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
