"""A safetensors file read by hand holds what the library reads, and a broken one is refused."""

import json

import pytest
import safetensors.torch
import torch

from snippets.modern.llama import safetensors_file
from snippets.modern.llama.safetensors_file import DTYPES, Stored, read_header, read_tensor


def write(path, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=str)
def test_it_reads_what_the_library_writes(tmp_path, dtype):
    torch.manual_seed(0)
    tensors = {
        "a": torch.randint(0, 2, (3, 4)).to(dtype),
        "b.weight": torch.randint(0, 2, (5,)).to(dtype),
        "one number": torch.ones((), dtype=dtype),
    }
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})
    header = read_header(path)
    assert header.keys() == tensors.keys(), "the metadata is no tensor"
    for name, tensor in tensors.items():
        assert header[name].shape == tuple(tensor.shape)
        assert header[name].count == tensor.numel()
        assert header[name].size == tensor.nbytes
        read = read_tensor(header[name])
        assert read.dtype == dtype and torch.equal(read, tensor)


ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("header", "data", "told"),
    [
        ({"a": ONE}, b"1234", "0 to 8 of 4 bytes"),
        ({"a": ONE | {"shape": [3]}}, bytes(8), r"F32 \(3,\), has 8 bytes"),
        ({"a": ONE | {"data_offsets": [8, 0]}}, bytes(8), "8 to 0"),
        ({"a": {"dtype": "F32"}}, bytes(8), "described by"),
        ({"a": 3}, bytes(8), "described by 3"),
        ([1, 2], b"", "a list, not an object"),
        (b"{no json}", b"", "no JSON"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_values(tmp_path, header, data, told):
    with pytest.raises(ValueError, match=told):
        read_header(write(tmp_path / "x.safetensors", header, data))


def test_another_kind_of_file_is_refused(tmp_path):
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(b"PK\x03\x04 and so on, a zip file with a pickle")
    with pytest.raises(ValueError, match=r"a header of .* bytes, but a file of"):
        read_header(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="a file of 0"):
        read_header(path)


def test_a_type_that_is_not_known_is_shown_but_not_read(tmp_path):
    header = {"a": {"dtype": "F4", "shape": [4], "data_offsets": [0, 2]}}
    stored = read_header(write(tmp_path / "x.safetensors", header, b"ab"))["a"]
    assert stored == Stored("F4", (4,), stored.path, stored.start, 2)
    with pytest.raises(ValueError, match="F4 is none of F64"):
        read_tensor(stored)


@pytest.mark.parametrize("offsets", [[-4, 4], [0, 9], [4, 12]])
def test_a_tensor_that_lies_outside_the_file_is_refused(tmp_path, offsets):
    header = {"a": ONE | {"data_offsets": offsets}}
    with pytest.raises(ValueError, match=f"{offsets[0]} to {offsets[1]} of 8 bytes"):
        read_header(write(tmp_path / "x.safetensors", header, bytes(8)))


@pytest.mark.parametrize("length", [0, 1, 9, 10**9])
def test_a_header_longer_than_the_file_or_too_short_for_json_is_refused(tmp_path, length):
    path = tmp_path / "x.safetensors"
    path.write_bytes(length.to_bytes(8, "little") + b"{}      ")
    with pytest.raises(ValueError, match=f"a header of {length} bytes, but a file of 16"):
        read_header(path)


def test_an_empty_table_is_a_file_without_tensors(tmp_path):
    assert read_header(write(tmp_path / "x.safetensors", b"{}")) == {}


def test_types_are_named_as_in_the_library(tmp_path):
    """Each name stands in the header that the library itself writes for the type."""
    for name, dtype in DTYPES.items():
        path = tmp_path / "x.safetensors"
        safetensors.torch.save_file({"a": torch.ones(1).to(dtype)}, path)
        assert read_header(path)["a"].dtype == name


def test_a_tensor_without_numbers_takes_no_bytes(tmp_path):
    header = {"a": {"dtype": "F32", "shape": [0, 3], "data_offsets": [8, 8]}, "b": ONE}
    found = read_header(write(tmp_path / "x.safetensors", header, bytes(8)))
    assert found["a"].count == found["a"].size == 0 and found["b"].count == 2
    assert found["b"].start + found["b"].size == (tmp_path / "x.safetensors").stat().st_size


def test_numbers_are_those_of_their_own_bytes(tmp_path):
    data = torch.tensor([1.0, 2.0, 3.0, 4.0]).numpy().tobytes()
    header = {"a": ONE | {"data_offsets": [8, 16]}, "b": ONE}
    found = read_header(write(tmp_path / "x.safetensors", header, data))
    assert read_tensor(found["a"]).tolist() == [3, 4] and read_tensor(found["b"]).tolist() == [1, 2]


def test_a_longer_header_than_the_library_allows_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "x.safetensors", {"a": ONE}, bytes(8))
    length = int.from_bytes(path.read_bytes()[:8], "little")
    monkeypatch.setattr(safetensors_file, "LONGEST_HEADER", length)
    assert read_header(path).keys() == {"a"}
    monkeypatch.setattr(safetensors_file, "LONGEST_HEADER", length - 1)
    with pytest.raises(ValueError, match=f"a header of {length} bytes"):
        read_header(path)
