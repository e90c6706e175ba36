"""Blocks of four-bit weights, read by our code, are what gguf's own reads: bit by bit."""

import gguf
import numpy as np
import pytest
from gguf.quants import dequantize, quantize

from snippets.foundations.subwords.published_tokenizers import smollm2_file
from snippets.modern.quantization.q4_1 import BLOCK_BYTES, BLOCK_WEIGHTS, read_q4_1, write_q4_1

Q4_1 = gguf.GGMLQuantizationType.Q4_1


def test_a_block_written_by_hand():
    step, least = np.array([0.5, -3.0], dtype="<f2").view(np.uint8).reshape(2, 2)
    packed = np.arange(
        16, dtype=np.uint8
    )  # in the low half of byte i there is i, in the high one 0
    packed[3] = 3 + 16 * 15
    weights = read_q4_1(np.concatenate([step, least, packed]))
    expected = np.concatenate([0.5 * np.arange(16) - 3, np.full(16, -3.0)])
    expected[16 + 3] = 0.5 * 15 - 3
    assert weights.dtype == np.float32 and np.array_equal(weights, expected)


@pytest.mark.parametrize("shape", [(32,), (3, 64), (2, 5, 96)])
def test_it_reads_what_gguf_writes_as_gguf_does(shape):
    written = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    data = quantize(written, Q4_1)
    assert data.shape == (*shape[:-1], shape[-1] // BLOCK_WEIGHTS * BLOCK_BYTES)
    assert np.array_equal(read_q4_1(data), dequantize(data, Q4_1))
    assert read_q4_1(data).shape == shape


def test_it_reads_a_published_model_as_gguf_does():
    tensors = [t for t in gguf.GGUFReader(smollm2_file()).tensors if t.tensor_type == Q4_1]
    assert len(tensors) == 210  # seven matrices in each of 30 layers
    for tensor in tensors[::15]:  # of each kind two
        weights = read_q4_1(tensor.data)
        assert weights.shape == tuple(reversed(tensor.shape.tolist()))
        assert np.array_equal(weights, dequantize(tensor.data, Q4_1))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((2, 30), np.uint8), "30 bytes in a row are not divisible by 20"),
        (np.zeros((2, 0), np.uint8), "0 bytes in a row"),
        (np.zeros((2, 20), np.float32), r"not float32 of \(2, 20\)"),
        (np.uint8(3), r"not uint8 of \(\)"),
    ],
)
def test_what_holds_no_whole_blocks_is_refused(data, message):
    with pytest.raises(ValueError, match=message):
        read_q4_1(data)


def weights_of_many_kinds():
    """Random rows, a block of equal weights, zeros, ties, and weights too small for their step."""
    rows = np.random.default_rng(0).normal(size=(8, 96)).astype(np.float32)
    rows[1, :32] = 0.25
    rows[2, :64] = 0
    rows[3, :32] = np.arange(32) % 16 / 2  # halves of a step, none to be rounded
    rows[4] *= 1e-7
    rows[5] *= 1000
    return rows


def test_it_writes_what_gguf_writes():
    for weights in (weights_of_many_kinds(), np.linspace(-1, 2, 64, dtype=np.float32)):
        data = write_q4_1(weights)
        assert data.dtype == np.uint8 and np.array_equal(data, quantize(weights, Q4_1))
        assert np.array_equal(read_q4_1(data), dequantize(quantize(weights, Q4_1), Q4_1))


def test_no_weight_is_off_by_more_than_half_a_step():
    weights = weights_of_many_kinds()[[0, 3, 5, 6, 7]]
    blocks = weights.reshape(-1, 32)
    step = np.ptp(blocks, axis=1, keepdims=True) / 15
    halves = np.abs(blocks).max(axis=1, keepdims=True) * 2**-10  # what rounding d and m adds
    off = np.abs(read_q4_1(write_q4_1(weights)).reshape(-1, 32) - blocks)
    assert (off <= step / 2 + 2 * halves).all()


def test_what_is_read_of_a_published_model_is_written_as_it_was():
    tensors = [t for t in gguf.GGUFReader(smollm2_file()).tensors if t.tensor_type == Q4_1]
    for tensor in tensors[::45]:
        weights = read_q4_1(tensor.data)
        ours = write_q4_1(weights)
        assert np.array_equal(ours, quantize(weights, Q4_1))
        assert np.array_equal(ours, tensor.data)  # what lies on the levels stays there


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros((2, 344), np.float32), "344 weights in a row: not divisible by 32"),
        (np.zeros((2, 0), np.float32), "0 weights in a row"),
        (np.zeros((2, 32)), "not float64"),
        (np.full(32, np.nan, np.float32), "not finite"),
        (np.full(32, 1e6, np.float32), "too large"),
    ],
)
def test_what_cannot_be_written_is_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        write_q4_1(weights)


def test_the_largest_weight_that_half_precision_has_a_step_for_is_written():
    largest = np.float32(65504 / 2)
    weights = np.linspace(-largest, largest, 32, dtype=np.float32)
    assert np.array_equal(write_q4_1(weights), quantize(weights, Q4_1))
    for sign in (1, -1):
        weights[0] = sign * np.nextafter(largest, np.float32(np.inf))
        with pytest.raises(ValueError, match="too large for a step"):
            write_q4_1(weights)
    with pytest.raises(ValueError, match="rows of float32"):
        write_q4_1(np.float32(1.0))
