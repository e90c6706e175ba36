"""From the command to the loaded model and its results, on a tiny model."""

from dataclasses import replace

import pytest
import torch

from snippets.foundations.texts.corpus import shakespeare
from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training import verse_runs
from snippets.post_training.answers import answers
from snippets.post_training.sft import load_tuned
from snippets.post_training.verse import prompts
from snippets.post_training.verse_runs import main, results
from snippets.transformer.minigpt import MINIGPT, MiniGPT


def small_model() -> tuple[MiniGPT, CharTokenizer]:
    torch.manual_seed(0)
    sizes = replace(MINIGPT, d_model=32, num_layers=1, d_hidden=48)
    return MiniGPT(sizes).eval(), CharTokenizer.from_text(shakespeare())


def test_from_the_command_to_the_model(tmp_path, monkeypatch):
    monkeypatch.setattr(verse_runs, "load_trained", small_model)
    for name, value in (("SEEDS", (0, 1)), ("RANKS", (1, 4)), ("ASKED", 1), ("TESTED", 20)):
        monkeypatch.setattr(verse_runs, name, value)
    monkeypatch.setattr(verse_runs, "WINDOWS", 4)
    folder = tmp_path / "verse"
    assert main(["--out", str(folder), "--steps", "30"]) == 0
    found = results(folder)
    kinds = ("mixed", "alone", "rank 1", "rank 4")
    assert set(found) == {"before", *kinds} and all(len(found[kind]) == 2 for kind in kinds)
    runs = [record for kind in kinds for record in found[kind]]
    for record in runs:
        (first, before, plays), *_, (last, after, _) = record["curve"]
        assert (first, last) == (0, 30) and after < before - 0.1  # it learned
        assert before == runs[0]["curve"][0][1] and plays == runs[0]["curve"][0][2]
        assert set(record["held_out"]) == set(found["before"]["held_out"])
    thin, four = (found[f"rank {rank}"][0]["trained"] for rank in (1, 4))
    assert 4 * thin == four < found["mixed"][0]["trained"]
    for kind in kinds:  # each seed has its order
        assert found[kind][0]["curve"] != found[kind][1]["curve"]
    model, tokenizer = load_tuned(folder)
    assert answers(model, tokenizer, prompts(True)[:2])
    assert {path.name for path in folder.iterdir()} == {
        *("config.json", "model.safetensors", "results.json", "tokenizer.json")
    }
    (folder / "results.json").write_text("{")
    with pytest.raises(ValueError, match="damaged"):
        results(folder)


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="minutes make it"):
        load_tuned(tmp_path / "verse")
    with pytest.raises(FileNotFoundError, match="minutes make it"):
        results(tmp_path)
