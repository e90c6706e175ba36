"""A file or a folder is written whole or not at all."""

import pytest

from snippets.training import files
from snippets.training.files import write_file, write_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def full(*arguments):
    raise OSError(28, "No space left on device")


def test_a_file_is_written_and_replaced_in_a_folder_that_is_made(tmp_path):
    path = tmp_path / "new" / "file"
    for data in (b"older", b"newer"):
        write_file(path, data)
        assert path.read_bytes() == data and names(path.parent) == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_the_older_file(tmp_path, monkeypatch, call):
    write_file(tmp_path / "file", b"older")
    monkeypatch.setattr(files.os if call == "fsync" else files.Path, call, full)
    with pytest.raises(OSError, match="No space"):
        write_file(tmp_path / "file", b"newer")
    assert (tmp_path / "file").read_bytes() == b"older" and names(tmp_path) == ["file"]


def test_a_folder_is_written_and_replaced_in_a_folder_that_is_made(tmp_path):
    folder = tmp_path / "new" / "folder"
    for contents in ({"a": b"1", "b": b"2"}, {"b": b"3"}):
        write_folder(folder, contents)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == contents
        assert names(folder.parent) == ["folder"]


def test_a_disk_that_fails_leaves_the_older_folder(tmp_path, monkeypatch):
    write_folder(tmp_path / "folder", {"a": b"older"})
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_folder(tmp_path / "folder", {"a": b"newer", "b": b""})
    assert (tmp_path / "folder" / "a").read_bytes() == b"older" and names(tmp_path) == ["folder"]


def test_what_a_killed_process_left_is_removed(tmp_path):
    for left in (".folder.new", ".folder.old"):
        (tmp_path / left).mkdir()
        (tmp_path / left / "half").write_bytes(b"")
    write_folder(tmp_path / "folder", {"a": b"1"})
    assert names(tmp_path) == ["folder"] and names(tmp_path / "folder") == ["a"]
