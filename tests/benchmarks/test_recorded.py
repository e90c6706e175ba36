import json
import statistics
import subprocess

import pytest
import torch

from benchmarks import recorded

ROWS = [{"name": "a", "seconds": [1.0, 3.0, 2.0]}]


def test_what_is_recorded_is_loaded(tmp_path):
    written = recorded.record("speed", ROWS, {"text": "plays"}, tmp_path / "new")
    read = recorded.load("speed", tmp_path / "new")
    assert read == written
    assert read["rows"] == ROWS
    assert read["settings"] == {"text": "plays"}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["speed.json"]


def test_a_result_says_where_it_comes_from_and_not_from_whom(tmp_path, monkeypatch):
    monkeypatch.setenv("USER", "somebody-by-name")
    torch.set_num_threads(2)
    measured = recorded.record("speed", ROWS, folder=tmp_path)["measured"]
    assert measured["torch"] == torch.__version__
    assert measured["threads"] == 2
    assert measured["processor"] not in ("", None)
    written = (tmp_path / "speed.json").read_text("utf-8")
    import platform

    for private in (str(recorded.ROOT), str(tmp_path), "somebody-by-name"):
        assert private not in written
    assert platform.node() not in {str(value) for value in measured.values()}


def test_commit_is_that_of_git_and_none_without(monkeypatch):
    run = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=recorded.ROOT, capture_output=True, text=True
    )
    name = recorded.commit()
    if run.returncode:
        assert name is None
    else:
        assert name is not None and run.stdout.startswith(name.rstrip("+"))
    monkeypatch.setenv("PATH", "")
    assert recorded.commit() is None


def test_nothing_measured_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"speed has not been measured.*make bench B=speed"):
        recorded.load("speed", tmp_path)


@pytest.mark.parametrize("damage", ["{", "[]", '{"rows": 1, "measured": {}}', '{"rows": []}', ""])
def test_a_damaged_file_says_what_to_do(tmp_path, damage):
    (tmp_path / "speed.json").write_text(damage)
    with pytest.raises(ValueError, match=r"speed.json is damaged .*make bench B=speed"):
        recorded.load("speed", tmp_path)


def test_a_number_that_json_does_not_know_leaves_the_older_result(tmp_path):
    recorded.record("speed", ROWS, folder=tmp_path)
    with pytest.raises(ValueError, match="JSON"):
        recorded.record("speed", [{"loss": float("nan")}], folder=tmp_path)
    assert recorded.load("speed", tmp_path)["rows"] == ROWS


def test_a_full_disk_leaves_the_older_result(tmp_path, monkeypatch):
    recorded.record("speed", ROWS, folder=tmp_path)

    def full(_):
        raise OSError("no space left")

    monkeypatch.setattr(recorded.os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        recorded.record("speed", [], folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["speed.json"]
    assert recorded.load("speed", tmp_path)["rows"] == ROWS


def test_every_committed_result_loads():
    for path in recorded.RESULTS.glob("*.json"):
        result = recorded.load(path.stem)
        assert result["name"] == path.stem and result["rows"]
        assert json.dumps(result)  # plain data


def test_medians_spreads_and_ratios():
    values = [4.0, 1.0, 2.0]
    assert recorded.median(values) == 2
    assert recorded.spread(values) == (1, 4)
    assert recorded.deviation(values) == pytest.approx(statistics.stdev(values))
    assert recorded.deviation([1.0]) is None
    # Twice as fast as the baseline in the first round, as fast in the second.
    assert recorded.ratios([1.0, 3.0], [2.0, 3.0]) == [2, 1]
    with pytest.raises(ValueError, match="longer"):
        recorded.ratios([1.0], [1.0, 2.0])


def test_numbers_as_text():
    assert recorded.plus_minus([1.0, 2.0, 3.0], 2) == "2.00 ± 1.00"
    assert recorded.plus_minus([1.5], 1) == "1.5"
    table = recorded.markdown([["what", "number"], ["a", 1]])
    assert table.splitlines() == ["| what | number |", "| --- | --: |", "| a | 1 |"]
