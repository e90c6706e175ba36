"""A process that runs hundreds of files of tests keeps none of their models."""

import gc
import weakref
from functools import cache
from types import ModuleType

import torch

from tests.memory import forget


def test_what_a_file_remembers_is_freed_with_what_refers_to_itself() -> None:
    module = ModuleType("test_something")

    @cache
    def model(size: int) -> torch.nn.Module:
        made = torch.nn.Linear(size, size)
        made.__dict__["itself"] = made  # a cycle, which only the garbage collector takes apart
        return made

    module.__dict__["model"] = model
    gc.collect()
    gc.disable()
    try:
        seen = weakref.ref(model(2))
        assert seen() is model(2)
        forget(module)
        assert seen() is None
    finally:
        gc.enable()
