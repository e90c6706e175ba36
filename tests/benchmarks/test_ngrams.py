"""Counting, order by order, on the text of the other losses."""

import math

from benchmarks import ngrams
from benchmarks.options import Options
from benchmarks.recorded import load
from benchmarks.text import Text


def test_a_history_tells_what_no_single_character_does():
    source = Text("turns", "abcabcabc" * 40)
    alone, pairs = (ngrams.counted(source, order)["val_loss"] for order in (1, 2))
    assert abs(alone - math.log(3)) < 0.01
    assert pairs < 0.1


def test_every_order_is_recorded_with_its_text(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ngrams, "text", lambda data: Text("turns", "abcabcabc" * 40))
    ngrams.run(Options(out=tmp_path))
    result = load("ngrams", tmp_path)
    assert [row["order"] for row in result["rows"]] == list(ngrams.ORDERS)
    assert result["settings"]["text"] == "turns"
    assert "| order | loss |" in capsys.readouterr().out
