import pytest
import torch

from benchmarks.options import NAMES, NEEDS, parse
from benchmarks.recorded import RESULTS, TRIALS


def test_without_names_all_that_need_nothing_of_the_reader(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert parse([]).names == tuple(name for name in NAMES if name not in NEEDS)
    assert set(NAMES) - set(parse(["--nanogpt", "somewhere"]).names) == {"build-cost"}
    assert parse(["--nanogpt", "somewhere", "--report", "report.txt"]).names == NAMES


@pytest.mark.parametrize(
    "words", [["--steps", "5"], ["--rounds", "2"], ["--data", "my.txt"]], ids=lambda w: w[0]
)
def test_a_trial_does_not_replace_what_is_committed(words, tmp_path):
    assert parse(["ablation"]).out == RESULTS
    assert parse(["ablation", *words]).out == TRIALS
    assert parse(["ablation", *words, "--out", str(tmp_path)]).out == tmp_path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["speed"], "no benchmark called speed; there are training,"),
        (["nanogpt"], "nanogpt needs --nanogpt DIR"),
        (["build-cost"], "build-cost needs --report FILE"),
        (["--jobs", "0"], "--jobs must be at least 1"),
    ],
)
def test_wrong_words_end_with_a_message(words, message, capsys):
    with pytest.raises(SystemExit):
        parse(words)
    assert message in capsys.readouterr().err


def test_only_looks_for_a_part_of_the_name():
    options = parse(["ablation", "--only", "qk-norm", "--only", "GELU"])
    assert options.wants("no QK-norm") and options.wants("GELU instead of ReLU²")
    assert not options.wants("full recipe")
    assert parse([]).wants("anything")
