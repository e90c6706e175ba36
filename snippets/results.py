"""What is in an artefact, as its pages read it: measurements, and the weights of models."""

import json
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
from torch import nn

from snippets.artefacts import artefact_folder

RESULTS = "results.json"
M = TypeVar("M", bound=nn.Module)


def load_results(name: str, module: str, folder: Path | None = None) -> dict[str, Any]:
    """What the artefact `name` measured: the contents of its `results.json`.

    Args:
        name: as artefacts.toml calls it.
        module: what makes it, as `python -m` takes it; for the message where it is missing.
        folder: where it lies; by default, where `artefact_folder` finds it.

    Raises FileNotFoundError where it is missing, and ValueError where it is damaged.
    """
    path = artefact_folder(name, folder) / RESULTS
    if not path.is_file():
        command = f"python -m {module} --out build/{name}"
        raise FileNotFoundError(f"{path} is missing; minutes make it: `{command}`")
    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=no_number)
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path} is damaged: it holds a {type(found).__name__}, not an object")
    return found


def no_number(name: str) -> float:
    """Refuses what Python's `json` reads as a number and JSON does not know: NaN and Infinity."""
    raise ValueError(f"{name} is not JSON compliant")


def results_file(found: dict[str, Any], compact: bool = False) -> dict[str, bytes]:
    """The file that `load_results` reads, for `write_folder`; `compact` is for large tables.

    ValueError where a number is infinite or not a number.
    """
    layout: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 1}
    return {RESULTS: (json.dumps(found, allow_nan=False, **layout) + "\n").encode()}


def load_weights(model: M, path: Path) -> M:
    """The model, in evaluation mode, with the weights of a safetensors file: all, and no others.

    A tensor that a model uses under two names, as a tied head, may be stored under either or both.
    Raises FileNotFoundError where the file is missing, and ValueError where it is damaged or holds
    the weights of another model.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing")
    try:
        weights = safetensors.torch.load(path.read_bytes())
        named = list(model.named_parameters(remove_duplicate=False))
        stored = {tensor: weights[name] for name, tensor in named if name in weights}
        tied = {name: stored[tensor] for name, tensor in named if tensor in stored}
        model.load_state_dict(tied | weights)
    except (RuntimeError, safetensors.SafetensorError) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    return model.eval()
