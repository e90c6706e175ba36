"""A safetensors file read by plain Python: eight bytes, a table as JSON, and then the numbers.

https://huggingface.co/docs/safetensors describes the format.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

LONGEST_HEADER = 100_000_000  # bytes, as in the safetensors library
DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """One tensor of a file, without its numbers: their type, its shape, and where they lie."""

    dtype: str
    shape: tuple[int, ...]
    path: Path
    start: int = 0  # bytes from the beginning of the file
    size: int = 0  # bytes

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)


def read_header(path: str | Path) -> dict[str, Stored]:
    """The tensors of a file by name; their numbers are not read.

    Raises:
        ValueError: the file is none of the kind, or is cut off; with the sizes.
    """
    path = Path(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")  # (!)
        end = path.stat().st_size
        if not 2 <= length <= min(LONGEST_HEADER, end - 8):
            raise ValueError(f"{path.name}: a header of {length} bytes, but a file of {end}")
        table = _json(file, length, path)
    table.pop("__metadata__", None)
    return {name: _stored(name, said, path, 8 + length, end) for name, said in table.items()}


def _json(file: BinaryIO, length: int, path: Path) -> dict[str, Any]:
    """The table behind the eight bytes."""
    try:
        table = json.loads(file.read(length))
    except ValueError as error:
        raise ValueError(f"{path.name}: the header is no JSON: {error}") from None
    if not isinstance(table, dict):
        raise ValueError(f"{path.name}: the header is a {type(table).__name__}, not an object")
    return table


def _stored(name: str, said: Mapping[str, Any], path: Path, begin: int, end: int) -> Stored:
    """One entry of the table; ValueError where it fits neither its shape nor the file."""
    try:
        dtype, shape = str(said["dtype"]), tuple(int(size) for size in said["shape"])
        first, last = (int(offset) for offset in said["data_offsets"])
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{path.name}: {name} is described by {said!r}") from None
    if not 0 <= first <= last <= end - begin:
        raise ValueError(f"{path.name}: {name} lies at {first} to {last} of {end - begin} bytes")
    if dtype in DTYPES and last - first != prod(shape) * DTYPES[dtype].itemsize:
        raise ValueError(f"{path.name}: {name}, {dtype} {shape}, has {last - first} bytes")
    return Stored(dtype, shape, path, begin + first, last - first)


def read_tensor(stored: Stored) -> Tensor:
    """The numbers of one tensor: these bytes of the file and no others.

    Raises:
        ValueError: numbers of a type that is not among ``DTYPES``.
    """
    if stored.dtype not in DTYPES:
        raise ValueError(f"{stored.dtype} is none of {', '.join(DTYPES)}")
    with open(stored.path, "rb") as file:
        file.seek(stored.start)
        data = bytearray(file.read(stored.size))
    return torch.frombuffer(data, dtype=DTYPES[stored.dtype]).view(stored.shape)
