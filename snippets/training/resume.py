"""A training that can be interrupted: its state in one file, and signals held until a step ends."""

# --8<-- [start:imports]
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

# --8<-- [end:imports]


# --8<-- [start:state]
def write_file(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all.

    It is written beside and then renamed over the older one, so that a process killed at any moment
    leaves the older or the newer file, never a half of one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    try:
        with open(aside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def save_state(path: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Writes tensors and facts (JSON) to one safetensors file, whole or not at all."""
    plain = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    write_file(path, safetensors.torch.save(plain, metadata={"facts": json.dumps(facts)}))


def load_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `save_state` wrote: tensors and facts. ValueError where the file is damaged."""
    try:
        with safetensors.safe_open(path, "pt") as file:
            facts = json.loads(file.metadata()["facts"])
            return {name: file.get_tensor(name) for name in file.keys()}, facts  # noqa: SIM118
    except (safetensors.SafetensorError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is damaged ({error}): remove it to start afresh") from error


# --8<-- [end:state]


# --8<-- [start:signals]
@contextmanager
def signals_held() -> Iterator[Callable[[], bool]]:
    """Within it, Ctrl-C and a request to terminate are only noted; the function given tells.

    So a step is never cut in two. A second Ctrl-C interrupts at once. Signals belong to a process's
    main thread: in any other, nothing is held.
    """
    received: list[int] = []
    wanted = (signal.SIGINT, signal.SIGTERM)

    def note(number: int, _frame: Any) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.signal(number, note) for number in wanted}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# --8<-- [end:signals]
