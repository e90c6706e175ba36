"""What optimizers find when they are told to step: their settings, and how long the gradient is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from torch import nn, optim
from torch.optim.optimizer import register_optimizer_step_pre_hook

from snippets.training.optimizers import make_optimizers


class Seen(NamedTuple):
    """One step of one optimizer."""

    optimizer: type[optim.Optimizer]
    groups: list[dict[str, Any]]  # settings, without the parameters
    norm: float  # of all gradients together


@contextmanager
def steps_seen() -> Iterator[list[Seen]]:
    """Within it, each step of each optimizer is added to the list."""
    seen: list[Seen] = []

    def note(optimizer: optim.Optimizer, *_: Any) -> None:
        groups = [{k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups]
        gradients = [p.grad for g in optimizer.param_groups for p in g["params"]]
        norm = nn.utils.get_total_norm([g for g in gradients if g is not None]).item()
        seen.append(Seen(type(optimizer), groups, norm))

    handle = register_optimizer_step_pre_hook(note)
    try:
        yield seen
    finally:
        handle.remove()


def usual_betas() -> tuple[float, float]:
    """Those of the AdamW that the course pre-trains with."""
    model = nn.ModuleDict({"blocks": nn.Linear(1, 1)})
    found: tuple[float, float] = make_optimizers(model, 1.0, 1.0)[1].defaults["betas"]
    return found


@contextmanager
def memory_kept() -> Iterator[None]:
    """Within it, what steps free has to be kept: see `keep_freed_memory`, which asks glibc."""
    with patch("snippets.training.speed.fast_cpu.ctypes") as asked:
        yield
    assert asked.CDLL.return_value.mallopt.called
