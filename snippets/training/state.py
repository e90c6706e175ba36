"""What a training run can be resumed from: its state and signals held till a step ends."""

import json
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn, optim

from snippets.training.files import write_file


# --8<-- [start:file]
def save_state(path: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Writes tensors and facts (JSON) to one safetensors file, whole or not at all."""
    plain = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    write_file(path, safetensors.torch.save(plain, metadata={"facts": json.dumps(facts)}))  # (!)


def load_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `save_state` wrote: tensors and facts. ValueError where the file is damaged."""
    try:
        with safetensors.safe_open(path, "pt") as file:
            facts = json.loads(file.metadata()["facts"])
            return {name: file.get_tensor(name) for name in file.keys()}, facts  # noqa: SIM118
    except (safetensors.SafetensorError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is damaged ({error}): remove it to start afresh") from error


# --8<-- [end:file]


# --8<-- [start:tensors]
def state_tensors(
    model: nn.Module, optimizers: Sequence[optim.Optimizer], average: Sequence[Tensor]
) -> dict[str, Tensor]:
    """All tensors that change from step to step, by name: weights, averages, optimizers'."""
    names = {id(p): name for name, p in model.named_parameters()}
    found = {f"model.{name}": p.detach() for name, p in model.named_parameters()}
    for name, mean in zip(names.values(), average, strict=False):
        found[f"average.{name}"] = mean
    for optimizer in optimizers:
        for parameter, state in optimizer.state.items():
            for key, value in state.items():  # momentum_buffer, exp_avg, exp_avg_sq, step
                found[f"{key}.{names[id(parameter)]}"] = value  # (!)
    return found


def prime(optimizers: Sequence[optim.Optimizer]) -> None:
    """Give the optimizers their state tensors, which they make at their first step."""
    for optimizer in optimizers:
        rates = [group["lr"] for group in optimizer.param_groups]
        for group in optimizer.param_groups:
            group["lr"] = 0.0
            for parameter in group["params"]:
                parameter.grad = torch.zeros_like(parameter)
        optimizer.step()
        optimizer.zero_grad()
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate


# --8<-- [end:tensors]


# --8<-- [start:rows]
def whole(tensor: Tensor) -> Tensor:
    """All rows, gathered from all processes where each has some (a `DTensor`)."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor  # (!)


def rows(tensor: Tensor, like: Tensor) -> Tensor:
    """Of a whole tensor, the rows that this process has of another; nothing is sent."""
    if not (hasattr(like, "device_mesh") and hasattr(like, "placements")):
        return tensor
    # Here, for this import takes a second, and one process alone does not need it.
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor, like.device_mesh, like.placements, src_data_rank=None)  # (!)


# --8<-- [end:rows]


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
    before = {number: signal.signal(number, note) for number in wanted}  # (!)
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
