"""What a fork server imports, once, for the blocks that it forks: what takes long, and is named."""

import re
from collections.abc import Iterable
from contextlib import suppress

_PLOTS = ("matplotlib.pyplot", "matplotlib.backends.backend_svg")
_MODELS = ("transformers.modeling_utils",)

# Modules by the word with which a block names them, or a module of the snippets that imports them.
# PyTorch itself imports the second of its two at the first step of an optimizer.
PRELOADED = {
    "numpy": ("numpy",),
    "torch": ("torch", "torch._dynamo"),
    "matplotlib": _PLOTS,
    "plots": _PLOTS,
    "transformers": _MODELS,
    **dict.fromkeys(("encoder", "pretrained", "text_classifier", "export", "interop"), _MODELS),
}
_WORD = re.compile(r"\w+")


def preload(kind: str, sources: Iterable[str]) -> None:
    """Import what the fences of a chain name, for this chain and all that follow.

    Args:
        kind: ``python`` or ``shell``; a command imports what it needs itself.
        sources: the code of each fence.
    """
    if kind != "python":
        return
    words = {word for source in sources for word in _WORD.findall(source)}
    for word in sorted(words & PRELOADED.keys()):
        for module in PRELOADED[word]:
            with suppress(ImportError):
                __import__(module)
