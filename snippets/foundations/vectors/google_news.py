"""Published word vectors to look into: 13,013 of the three million that Google trained on news.

They come with the package `wefe`, as a pickle. Nothing of the package is imported and nothing is
downloaded; and as a pickle may run any code, this one is read only if its hash is the expected one,
and with the few classes that it needs.
"""

import pickle
from typing import Any

import torch

from snippets.foundations.texts.data_files import data_file
from snippets.foundations.vectors.word_vectors import WordVectors

FILE = (
    "wefe==1.0.1",
    "test_model.kv",
    "00ab43cc4c0381f2c1e9c027b8ea42b51414124661d332239fc79f2d2b9e070c",
)
ALLOWED = {
    ("builtins", "object"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
}


# --8<-- [start:load]
class Fields:
    """Stands in for the classes of gensim, the library that wrote the file: only holds fields."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


class VectorUnpickler(pickle.Unpickler):
    """Reads numbers and text; refuses every class and function that these don't need."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name; UnpicklingError where it is none of the few."""
        if module.startswith("gensim."):
            return Fields
        module = module.replace("numpy.core.", "numpy._core.")  # where NumPy 2 has it
        if (module, name) in ALLOWED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of vectors")


def load_google_news() -> WordVectors:
    """13,013 words with 300 numbers each, in the order of the file.

    Raises:
        FileNotFoundError: the package is not installed.
        ValueError: the file is not the published one.
    """
    with open(data_file(*FILE), "rb") as file:
        table = VectorUnpickler(file).load()
    return WordVectors([str(word) for word in table.index2word], torch.tensor(table.vectors))


# --8<-- [end:load]
