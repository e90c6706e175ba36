"""Q4_1, a format of llama.cpp: 32 weights in 20 bytes, on 16 levels over the range they lie in.

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


def write_q4_1(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The blocks nearest to weights: float32 (..., 32 n) -> bytes (..., 20 n), as gguf writes them.

    The least weight of a block gets q = 0, the largest q = 15. ValueError where these are no
    float32, where a row is no whole number of blocks, or where one is not finite.
    """
    check_weights(weights)
    blocks = weights.reshape(*weights.shape[:-1], -1, BLOCK_WEIGHTS)  # (..., n, 32)
    least, largest = (f(blocks, axis=-1, keepdims=True) for f in (np.min, np.max))  # (..., n, 1)
    step = (largest - least) / 15
    per_step = np.divide(1, step, out=np.zeros_like(step), where=step > 0)
    q = np.trunc((blocks - least) * per_step + np.float32(0.5)).astype(np.uint8).clip(0, 15)  # (!)
    packed = q[..., :16] | q[..., 16:] << 4  # (..., n, 16) (!)
    halves = [number.astype("<f2").view(np.uint8) for number in (step, least)]  # (..., n, 2) each
    return np.concatenate([*halves, packed], axis=-1).reshape(*weights.shape[:-1], -1)


def check_weights(weights: NDArray[np.float32]) -> None:
    """Raise a ValueError where an array does not hold whole blocks of finite float32."""
    if weights.dtype != np.float32 or weights.ndim == 0:
        raise ValueError(f"Q4_1 is written of rows of float32, not {weights.dtype}")
    if weights.shape[-1] == 0 or weights.shape[-1] % BLOCK_WEIGHTS:
        raise ValueError(f"{weights.shape[-1]} weights in a row: not divisible by {BLOCK_WEIGHTS}")
    if not (np.abs(weights) <= np.finfo(np.float16).max / 2).all():  # not NaN either
        raise ValueError("a weight is not finite, or too large for a step of half precision")
