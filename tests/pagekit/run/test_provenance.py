"""What is kept of where and when a run was."""

import json
from datetime import date
from pathlib import Path

import pytest

from pagekit.run import provenance


def test_a_run_says_its_day_processor_and_versions() -> None:
    said = provenance.provenance({"b": "2", "a": "1"})
    assert abs((date.fromisoformat(said["date"]) - date.today()).days) <= 1
    assert said["processor"] == provenance.processor_name() != ""
    assert list(said["versions"]) == ["a", "b"]
    assert json.loads(json.dumps(said)) == said


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("processor\t: 0\nmodel name\t: A: B 9\nflags\t: x\nmodel name\t: other\n", "A: B 9"),
        ("processor\t: 0\n", "kind"),
        (None, "kind"),
    ],
)
def test_a_processor_without_a_name_is_told_by_its_kind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, name: str
) -> None:
    if text is not None:
        (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr(provenance, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(provenance, "_of_a_mac", lambda: "")
    monkeypatch.setattr("platform.machine", lambda: "kind")
    assert provenance.processor_name() == name


def test_the_restrictions_of_a_processor_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    assert provenance.provenance({})["restrictions"]["ATEN_CPU_CAPABILITY"] == "avx2"
