from pathlib import Path

import pytest

from snippets.results import load_results, results_file
from snippets.training.files import write_folder


def test_what_is_written_is_read(tmp_path: Path) -> None:
    found = {"losses": [1.5, 0.1 + 0.2], "names": {"größer": True}}
    write_folder(tmp_path / "made", results_file(found))
    assert load_results("made", "snippets.made", tmp_path / "made") == found


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        results_file({"loss": number})


def test_what_is_missing_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"`python -m snippets.made --out build/made`"):
        load_results("made", "snippets.made", tmp_path)


@pytest.mark.parametrize(("text", "fault"), [("{", "Expecting"), ("[1]", "holds a list")])
def test_what_is_damaged_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "results.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"results\.json is damaged: .*{fault}"):
        load_results("made", "snippets.made", tmp_path)


def test_it_is_looked_for_where_artefacts_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snippets.results.artefact_folder", lambda name: tmp_path / name)
    write_folder(tmp_path / "made", results_file({"a": 1}))
    assert load_results("made", "snippets.made") == {"a": 1}
