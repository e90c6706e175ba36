"""Q4_1, a format of llama.cpp: 32 weights in 20 bytes, as sixteenths of the range they lie in.

A block holds a step d and a least value m, in half precision, then 32 numbers q of four bits each;
its weights are d · q + m. (ggml, `block_q4_1` in ggml-common.h.)
"""

import numpy as np
from numpy.typing import NDArray

BLOCK_WEIGHTS, BLOCK_BYTES = 32, 20


def read_q4_1(data: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The weights that blocks of Q4_1 stand for: bytes (..., 20 n) -> float32 (..., 32 n).

    ValueError where these are no bytes, or where a row is no whole number of blocks.
    """
    check_blocks(data)
    blocks = data.reshape(*data.shape[:-1], -1, BLOCK_BYTES)  # (..., n, 20)
    step = blocks[..., 0:2].copy().view("<f2").astype(np.float32)  # (..., n, 1)
    least = blocks[..., 2:4].copy().view("<f2").astype(np.float32)
    packed = blocks[..., 4:]  # (..., n, 16): byte i holds the weights i and 16 + i
    q = np.concatenate([packed & 15, packed >> 4], axis=-1)  # (..., n, 32) (!)
    weights = step * q.astype(np.float32) + least  # (..., n, 32) (!)
    return weights.reshape(*data.shape[:-1], -1)


def check_blocks(data: NDArray[np.uint8]) -> None:
    """Raise a ValueError where an array does not hold whole blocks along its last axis."""
    if data.dtype != np.uint8 or data.ndim == 0:
        raise ValueError(f"Q4_1 is read from rows of bytes, not {data.dtype} of {data.shape}")
    if data.shape[-1] == 0 or data.shape[-1] % BLOCK_BYTES:
        raise ValueError(f"{data.shape[-1]} bytes in a row are not divisible by {BLOCK_BYTES}")
