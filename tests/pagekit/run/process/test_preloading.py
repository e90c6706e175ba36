"""A fork server imports what blocks name as a word, and nothing for commands."""

import builtins
from typing import Any

import pytest

from pagekit.run.process.preloading import PRELOADED, preload


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is imported, of which nothing is there."""
    asked: list[str] = []
    real: Any = builtins.__import__
    ours = {module for modules in PRELOADED.values() for module in modules}

    def fake(name: str, *rest: Any, **more: Any) -> Any:
        if name not in ours:
            return real(name, *rest, **more)
        asked.append(name)
        raise ImportError(name)

    monkeypatch.setattr(builtins, "__import__", fake)
    return asked


@pytest.mark.parametrize(
    ("sources", "modules"),
    [
        (["import numpy as np"], ["numpy"]),
        (["x = 1", "from numpy import pi"], ["numpy"]),
        (["import torch.nn"], ["torch", "torch._dynamo"]),
        (["import matplotlib.pyplot"], ["matplotlib.pyplot", "matplotlib.backends.backend_svg"]),
        (
            ["from snippets.plots.bars import bars"],
            ["matplotlib.pyplot", "matplotlib.backends.backend_svg"],
        ),
        (["from snippets.transformer.pretrained import load"], ["transformers.modeling_utils"]),
        (["import torchvision, numpy_like, replots"], []),
        ([], []),
    ],
)
def test_what_is_named_is_imported_even_where_a_part_is_missing(
    imported: list[str], sources: list[str], modules: list[str]
) -> None:
    preload("python", sources)
    assert imported == modules
    imported.clear()
    preload("shell", sources)
    assert imported == []
