"""GGUF files: the weights, sizes and tokens of a model in one file."""

from functools import lru_cache
from pathlib import Path

from gguf import GGUFReader


@lru_cache(maxsize=1)
def gguf_reader(path: Path) -> GGUFReader:
    """What a file holds; ValueError where it is no GGUF file.

    To read a vocabulary of 49,152 tokens takes seconds, so the file that was read last is kept: it
    must not change while the program runs.
    """
    return GGUFReader(path)
