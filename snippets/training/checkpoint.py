"""A trained model on disk: safetensors for the weights, JSON for everything else.

A folder holds `model.safetensors`, `config.json`, `tokenizer.json` and, where training wrote it,
`training.json`. It appears all at once or not at all, and loading it runs nobody's code.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import nn

from snippets.foundations.tokenizers import CharTokenizer
from snippets.training.files import write_folder
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig, count_parameters

WEIGHTS, CONFIG, TOKENIZER = "model.safetensors", "config.json", "tokenizer.json"
RECORD = "training.json"


# --8<-- [start:save]
def save(
    model: MiniGPT,
    tokenizer: CharTokenizer,
    folder: str | Path,
    record: dict[str, Any] | None = None,
) -> None:
    """Writes model, tokenizer and record of training to a folder, replacing an older one."""
    contents = model_files(model, tokenizer)
    if record is not None:
        contents[RECORD] = json_bytes(record)
    check_replaceable(Path(folder))
    write_folder(Path(folder), contents)


def model_files(model: MiniGPT, tokenizer: CharTokenizer) -> dict[str, bytes]:
    """The files that `load` reads, for `write_folder`."""
    # named_parameters lists a tied tensor once, and so it is stored once.
    weights = {name: p.detach().contiguous() for name, p in model.named_parameters()}
    return {
        WEIGHTS: safetensors.torch.save(weights, metadata={"format": "pt"}),
        CONFIG: json_bytes(asdict(model.config)),
        TOKENIZER: tokenizer.to_json().encode(),
    }


def json_bytes(data: dict[str, Any]) -> bytes:
    """JSON as it is written to a file; ValueError for a number that JSON does not know."""
    return (json.dumps(data, indent=1, allow_nan=False) + "\n").encode()


# --8<-- [end:save]


def check_replaceable(folder: Path, known: frozenset[str] | None = None) -> None:
    """Raise a ValueError where the folder is in use for something else."""
    if folder.name == "" or folder.resolve() == Path.cwd() or folder.is_file():
        raise ValueError(f"{folder}: a model cannot be put in its place")
    present = {path.name for path in folder.iterdir()} if folder.exists() else set()
    others = sorted(present - (known or {WEIGHTS, CONFIG, TOKENIZER, RECORD}))
    if others:
        raise ValueError(f"{folder} holds other files ({others[0]}); choose another folder")


def load(folder: str | Path) -> tuple[MiniGPT, CharTokenizer]:
    """Reads what `save` wrote: the model, in evaluation mode, and its tokenizer.

    Raises FileNotFoundError where there is no such folder, and ValueError, with the name of the
    file, where one is missing or damaged.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise no_model(folder)
    config = read(folder / CONFIG, lambda data: MiniGPTConfig(**json.loads(data)))
    tokenizer = read(folder / TOKENIZER, lambda data: CharTokenizer.from_json(data.decode()))
    if (entries := tokenizer.vocab_size) != config.vocab_size:
        sizes = f"{entries} entries, but vocab_size={config.vocab_size} in {CONFIG}"
        raise damaged(folder / TOKENIZER, sizes)
    weights = read(folder / WEIGHTS, safetensors.torch.load)
    held, asked = sum(w.numel() for w in weights.values()), count_parameters(config)
    if asked > 2 * held:  # before a model of that size, which may be any, fills the memory
        raise damaged(
            folder / WEIGHTS, f"it holds {held:,} numbers, and {CONFIG} asks for {asked:,}"
        )
    try:
        model = MiniGPT(config)
    except (ValueError, RuntimeError) as error:  # sizes that don't fit together, or the memory
        raise damaged(folder / CONFIG, str(error)) from error
    if fault := fault_of(weights, dict(model.named_parameters())):
        raise damaged(folder / WEIGHTS, fault)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])
    return model.eval(), tokenizer


def fault_of(weights: dict[str, torch.Tensor], expected: dict[str, nn.Parameter]) -> str | None:
    """What is wrong with weights, by name; None where they are those of the model expected."""
    if others := sorted(expected.keys() ^ weights.keys()):
        return f"{others[0]} is {'missing' if others[0] in expected else 'too much'}"
    for name, tensor in weights.items():
        if tensor.shape != expected[name].shape:
            return f"{name} has shape {tuple(tensor.shape)}, not {tuple(expected[name].shape)}"
        if not (tensor.is_floating_point() and tensor.isfinite().all()):
            return f"{name} ({tensor.dtype}) is not made of finite floating-point numbers"
    return None


# --8<-- [start:read]
def read(path: Path, parse: Callable[[bytes], Any]) -> Any:
    """What `parse` makes of a file; a ValueError with the file's name where it cannot."""
    try:
        with open(path, "rb") as file:
            return parse(file.read())
    except FileNotFoundError:
        raise damaged(path, "the file is missing") from None
    except (ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise damaged(path, str(error)) from error


def damaged(path: Path, what: str) -> ValueError:
    """The error that names a damaged file and says what to do."""
    return ValueError(f"{path} is damaged: {what}. Train the model again, or get it: {OFFER}.")


def no_model(folder: Path) -> FileNotFoundError:
    """The error that says how to come by a model."""
    return FileNotFoundError(
        f"no trained model in {folder}. Get the course's: {OFFER}. Or train one, which takes "
        f"minutes: `python -m snippets.training --out {TRAINED}`. Either is found in the folder "
        "that you work in, or where the variable MINIGPT_DIR says."
    )


# --8<-- [end:read]


# --8<-- [start:trained]
TRAINED = "minigpt"  # the folder of the course's model
OFFER = f'unpack {TRAINED}.zip, to which the page "Get the course" of its site leads'


def trained_folder() -> Path:
    """Where the course's model lies: the first of these places that has one.

    What the variable MINIGPT_DIR names; `minigpt` in the current folder, where it was unpacked or
    trained; `minigpt` within this package, if it was installed; `build/minigpt` beside it.
    """
    if named := os.environ.get("MINIGPT_DIR"):
        return Path(named)
    package = Path(__file__).resolve().parents[1]
    last = package.parent / "build" / TRAINED
    places = (Path(TRAINED), package / TRAINED)
    return next((place for place in places if (place / RECORD).is_file()), last)


def load_trained() -> tuple[MiniGPT, CharTokenizer]:
    """The course's model and its tokenizer; see `load` for what it raises."""
    return load(trained_folder())


def training_record(folder: str | Path | None = None) -> dict[str, Any]:
    """What training wrote about itself: val_loss, history, seconds, tokens, parameters, seed...

    Of the course's model, unless a folder is given; raises as `load` does.
    """
    folder = trained_folder() if folder is None else Path(folder)
    if not folder.is_dir():
        raise no_model(folder)
    record = read(folder / RECORD, json.loads)
    if not isinstance(record, dict) or "val_loss" not in record:
        raise damaged(folder / RECORD, "val_loss is missing")
    return record


# --8<-- [end:trained]
