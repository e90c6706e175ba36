"""GGUF files are read once."""

from pathlib import Path

import pytest
from gguf import GGUFWriter

from snippets.foundations.texts.gguf_files import gguf_reader


def written(path: Path, architecture: str) -> Path:
    """A small file."""
    writer = GGUFWriter(path, architecture)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_file_is_read_once_and_another_one_is_another(tmp_path: Path) -> None:
    one, other = written(tmp_path / "one.gguf", "llama"), written(tmp_path / "other.gguf", "gpt2")
    first = gguf_reader(one)
    assert first.fields["general.architecture"].contents() == "llama"
    assert gguf_reader(one) is first
    assert gguf_reader(other).fields["general.architecture"].contents() == "gpt2"


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.gguf"
    path.write_bytes(b"not a GGUF file" * 10)
    with pytest.raises(ValueError, match="GGUF magic invalid"):
        gguf_reader(path)
