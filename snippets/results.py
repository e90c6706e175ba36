"""What an artefact measured, as its pages read it."""

import json
from pathlib import Path
from typing import Any

from snippets.artefacts import artefact_folder

RESULTS = "results.json"


def load_results(name: str, module: str, folder: Path | None = None) -> dict[str, Any]:
    """What the artefact `name` measured: the contents of its `results.json`.

    Args:
        name: as artefacts.toml calls it.
        module: what makes it, as `python -m` takes it; for the message where it is missing.
        folder: where it lies; by default, where `artefact_folder` finds it.

    Raises FileNotFoundError where it is missing, and ValueError where it is damaged.
    """
    path = (artefact_folder(name) if folder is None else folder) / RESULTS
    if not path.is_file():
        command = f"python -m {module} --out build/{name}"
        raise FileNotFoundError(f"{path} is missing; minutes make it: `{command}`")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path} is damaged: it holds a {type(found).__name__}, not an object")
    return found


def results_file(found: dict[str, Any]) -> dict[str, bytes]:
    """The file that `load_results` reads, for `write_folder`: numbers that are none are refused.

    ValueError where a number is infinite or not a number.
    """
    return {RESULTS: (json.dumps(found, allow_nan=False, indent=1) + "\n").encode()}
