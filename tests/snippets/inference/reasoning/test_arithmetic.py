"""The recorded answers: from the command to what the page reads, and that they fit each other."""

from pathlib import Path

import pytest

from snippets.inference.reasoning import arithmetic
from snippets.inference.reasoning.arithmetic import (
    in_rows,
    load_adder,
    load_arithmetic,
    main,
    repeated,
    sampled,
)
from snippets.inference.reasoning.best_of_n import measured
from snippets.inference.reasoning.sums import answer, is_held_out, question
from snippets.inference.reasoning.verifier import Verifier, score
from snippets.transformer.minigpt import MiniGPT


def test_rows_and_repetitions_fit_each_other() -> None:
    asked = [(10, 11), (12, 13)]
    assert in_rows(repeated(asked, 3), 3) == [[asked[0]] * 3, [asked[1]] * 3]


def test_from_the_command_to_the_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TESTED": 4, "SAMPLES": 4, "LEARNED": 8, "TRIES": 2, "SEEDS": 2}.items():
        monkeypatch.setattr(arithmetic, name, value)
    monkeypatch.setattr(arithmetic, "WIDTHS", (4,))
    folder = tmp_path / "adders"
    assert main(["--out", str(folder), "--scale", "0.02"]) == 0
    record = load_arithmetic(folder)
    asked = [tuple(terms) for terms in record["problems"]]
    assert len(asked) == 4 and all(map(is_held_out, asked))
    assert [one["seed"] for one in record["seeds"]] == [0, 1]
    for one in record["seeds"]:
        for name in ("direct", "thinking", "sharp"):
            for part in ("answers", "tokens"):
                assert [len(row) for row in one[name][part]] == [4] * 4
        assert [len(row) for row in one["thinking"]["scores"]] == [4] * 4

    found = measured(record, "thinking", 4)
    assert set(found) == {"vote", "check", "verifier", "both"}
    assert all(len(runs) == 2 for runs in found.values())
    assert set(measured(record, "sharp", 4)) == {"vote", "check"}
    answers = record["seeds"][1]["thinking"]["answers"]
    solved = [sum(t) in row for t, row in zip(asked, answers, strict=True)]
    assert found["check"][1] == sum(solved) / 4

    thinking, verifier = load_adder("thinking", folder), load_adder("verifier", folder)
    assert isinstance(thinking, MiniGPT) and isinstance(verifier, Verifier)
    texts = sampled(thinking, asked, 4)
    first = record["seeds"][0]["thinking"]
    assert in_rows([answer(s) for s in texts], 4) == first["answers"]
    whole = [question(t) + s for t, s in zip(repeated(asked, 4), texts, strict=True)]
    assert in_rows(score(verifier, whole), 4) == [
        pytest.approx(row, abs=1e-3) for row in first["scores"]
    ]

    (folder / "direct.safetensors").write_bytes(b"no weights")
    with pytest.raises(ValueError, match="is damaged"):
        load_adder("direct", folder)
    with pytest.raises(FileNotFoundError, match="guessing"):
        load_adder("guessing", folder)
    (folder / "results.json").write_text("{")
    with pytest.raises(ValueError, match="is damaged"):
        load_arithmetic(folder)
    (folder / "results.json").unlink()
    with pytest.raises(FileNotFoundError, match="minutes make it"):
        load_arithmetic(folder)


def test_samples_are_drawn_in_batches_each_from_the_place_of_its_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def noted(model: object, rows: list[tuple[int, ...]], temperature: float, seed: int) -> list:
        asked.append((len(rows), temperature, seed))
        return [str(sum(row)) for row in rows]

    monkeypatch.setattr(arithmetic, "solve", noted)
    model = MiniGPT(arithmetic.CONFIG)
    texts = sampled(model, [(10, 11), (12, 13)], 900)
    assert texts == ["21"] * 900 + ["25"] * 900
    assert asked == [(1600, 1.0, 0), (200, 1.0, 1600)]


def test_accuracy_is_the_share_of_right_greedy_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def half(model: object, rows: list[tuple[int, ...]], temperature: float, seed: int) -> list:
        asked.append((len(rows), temperature))
        return [f"{sum(row) + (i % 2)}\n" for i, row in enumerate(rows)]

    monkeypatch.setattr(arithmetic, "solve", half)
    model = MiniGPT(arithmetic.CONFIG)
    assert arithmetic.greedy_accuracy(model, 4) == 0.5
    assert arithmetic.greedy_accuracy(model, 2) == 11 / 21  # a tenth of the 210 that there are
    assert asked == [(120, 0), (21, 0)]
