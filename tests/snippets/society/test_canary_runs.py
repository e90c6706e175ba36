"""From the command to the results that the page reads, with models too small to learn anything."""

from dataclasses import replace
from pathlib import Path

import pytest

from snippets.society import canary_runs
from snippets.society.canary_runs import KINDS, LARGE, SMALL, load_canaries, main
from snippets.society.memorisation import LENGTH, LETTERS
from snippets.transformer.minigpt import count_parameters


def test_from_the_command_to_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(SMALL, d_model=16, num_layers=1, num_heads=2, num_kv_heads=2, d_hidden=16)
    monkeypatch.setattr(canary_runs, "COUNTS", (0, 4))
    monkeypatch.setattr(canary_runs, "EACH", 1)
    monkeypatch.setattr(canary_runs, "KINDS", {k: (small, once) for k, (_, once) in KINDS.items()})
    monkeypatch.setattr(canary_runs, "SEEDS", (0,))
    monkeypatch.setattr(canary_runs, "UNSEEN", 200)
    monkeypatch.setattr(canary_runs, "measure", lambda n: measure(n, (0,)))
    folder = tmp_path / "canaries"
    assert main(["--out", str(folder), "--characters", "20000"]) == 0
    found = load_canaries(folder)
    assert list(found["kinds"]) == list(KINDS)
    assert found["possible"] == len(LETTERS) ** LENGTH and found["each"] == 1
    for kind in found["kinds"].values():
        assert kind["parameters"] == count_parameters(small)
        [run] = kind["runs"]
        assert 2 < run["loss"] < 5  # nats per character of 68: next to nothing was learned
        assert [one["count"] for one in run["asked"]] == [0, 4]
        assert all(0 <= one["exposure"] <= 13.3 for one in run["asked"])
    sizes = {kind: runs["runs"][0]["characters"] for kind, runs in found["kinds"].items()}
    assert sizes["large"] == sizes["small"] > 20_000 + 3 * 30
    assert sizes["small, no repeats"] < sizes["large"] - 3 * 30
    (folder / "results.json").write_text("[]")
    with pytest.raises(ValueError, match="is damaged"):
        load_canaries(folder)
    with pytest.raises(FileNotFoundError, match="minutes make it"):
        load_canaries(tmp_path / "nowhere")


measure = canary_runs.measure


def test_the_models_differ_in_width_alone() -> None:
    assert replace(SMALL, d_model=LARGE.d_model, d_hidden=LARGE.d_hidden) == LARGE
    assert count_parameters(LARGE) > 3 * count_parameters(SMALL)
