"""The model of this course, from the plays to a folder.

    python -m snippets.training --out build/minigpt

trains it and writes it there, with a record of its training. Where the folder already holds what
the same code, data and settings made, nothing is done.
"""

# --8<-- [start:imports]
import argparse
import hashlib
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from snippets import checkpoint
from snippets.corpus import HELD_OUT, plays, split_plays
from snippets.fingerprint import fingerprint
from snippets.minigpt import MINIGPT, MiniGPTConfig
from snippets.tokenizers import CharTokenizer
from snippets.training_loop import TrainingConfig, batches, evaluate, train

# --8<-- [end:imports]

__all__ = ["TrainingConfig", "batches", "evaluate", "main", "run", "train"]


# --8<-- [start:run]
def run(out: Path, settings: TrainingConfig, config: MiniGPTConfig = MINIGPT) -> dict[str, Any]:
    """Trains on the plays and writes model and record to `out`; returns the record.

    Whole plays are held out for validation. The configuration's vocabulary size is set to that of
    the text.
    """
    checkpoint.check_replaceable(out)  # now, and not after minutes of training
    training_text, validation_text = split_plays(plays())
    text = training_text + validation_text
    tokenizer = CharTokenizer.from_text(text)
    config = replace(config, vocab_size=tokenizer.vocab_size)

    data_hash = hashlib.sha256(text.encode()).hexdigest()
    parts = (data_hash, HELD_OUT, config, settings, torch.__version__)
    mark = fingerprint("snippets.training", *parts)
    if record := made_before(out, mark):
        print(f"{out} is up to date: same code, data and settings")
        return record

    training = torch.tensor(tokenizer.encode(training_text))
    validation = torch.tensor(tokenizer.encode(validation_text))
    model, record = train(config, settings, training, validation, progress=True)
    record |= {
        "training_characters": len(training_text),
        "validation_characters": len(validation_text),
        "held_out": HELD_OUT,
        "seed": settings.seed,
        "settings": asdict(settings),
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "fingerprint": mark,
    }
    checkpoint.save(model, tokenizer, out, record)
    return record


# --8<-- [end:run]


# --8<-- [start:made-before]
def made_before(folder: Path, mark: str) -> dict[str, Any] | None:
    """The record in a folder, if it is whole and bears this fingerprint."""
    try:
        checkpoint.load(folder)
        record = checkpoint.training_record(folder)
    except (FileNotFoundError, ValueError):
        return None
    return record if record.get("fingerprint") == mark else None


# --8<-- [end:made-before]


# --8<-- [start:main]
def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    summary = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m snippets.training", description=summary)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--steps", type=int, default=TrainingConfig.steps)
    parser.add_argument("--seed", type=int, default=TrainingConfig.seed)
    parser.add_argument("--threads", type=int, default=2, help="how many PyTorch may use")
    options = parser.parse_args(arguments)
    try:
        settings = TrainingConfig(steps=options.steps, seed=options.seed)
        torch.set_num_threads(options.threads)
        record = run(options.out, settings)
    except (ValueError, FloatingPointError, OSError, RuntimeError) as error:
        print(f"training: {error}; nothing was written", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("training: stopped; nothing was written", file=sys.stderr)
        return 130
    print(
        f"{options.out}: {record['parameters']:,} parameters, {record['tokens']:,} tokens in "
        f"{record['seconds']:.0f} s, validation loss {record['val_loss']:.4f}"
    )
    return 0


# --8<-- [end:main]


if __name__ == "__main__":
    sys.exit(main())
