"""From the command to the loaded model and its results, on a tiny model."""

from dataclasses import replace

import pytest
import torch

from snippets.foundations.texts.corpus import shakespeare
from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training import verse_runs
from snippets.post_training.answers import answers
from snippets.post_training.chat import END, IGNORED
from snippets.post_training.lora import EVERYWHERE, add_lora, lora_layers
from snippets.post_training.sft import SFTConfig, load_tuned
from snippets.post_training.verse import Prompt, prompts
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


@pytest.mark.parametrize("rank", [None, 4])
def test_a_run_is_looked_at_every_so_often_and_at_its_end(monkeypatch, rank):
    asked = {}

    def tuned(model, rows, settings, old, optimizers):
        asked.update(rows=rows, old=old, optimizers=optimizers)
        asked["layers"] = lora_layers(model)
        return iter([0.0] * settings.steps)

    given = {"rows": 1, "tested": 2, "old": 3, "unseen": 4}
    for name, stub in {
        "load_trained": small_model, "material": lambda context: given, "fine_tune": tuned,
        "evaluate": lambda model, text, windows: (text, windows),
        "answer_loss": lambda model, some: some, "judged": lambda *some: {"seed": some[-1]},
    }.items():  # fmt: skip
        monkeypatch.setattr(verse_runs, name, stub)
    model, found = verse_runs.run(SFTConfig(steps=45, replay=0, seed=3), rank)
    assert found["curve"] == [(n, 2, (4, verse_runs.WINDOWS)) for n in (0, 20, 40, 45)]
    assert (asked["rows"], asked["old"], found["seed"]) == (1, 3, 3)
    assert not lora_layers(model) and all(p.requires_grad for p in model.parameters())
    if rank is None:
        assert asked["optimizers"] is None and not asked["layers"]
        assert found["trained"] == sum(p.numel() for p in model.parameters())
        return
    [optimizer] = asked["optimizers"]
    assert optimizer.defaults["lr"] == verse_runs.LORA_LR
    assert optimizer.defaults["weight_decay"] == 0
    same = verse_runs.fresh()[0]
    add_lora(same, rank, 2.0 * rank, EVERYWHERE, seed=3)
    for name, layer in lora_layers(same).items():  # the same layers, scale and first numbers
        assert torch.equal(asked["layers"][name].A, layer.A)
        assert asked["layers"][name].scale == 2.0
    assert len(asked["layers"]) == len(lora_layers(same))


@pytest.fixture
def no_material():
    """Nothing is kept of other tests' material, and nothing is left of this one's."""
    verse_runs.material.cache_clear()
    yield
    verse_runs.material.cache_clear()


@pytest.mark.usefixtures("no_material")
def test_what_is_learned_is_not_what_is_tested(monkeypatch):
    known = {
        False: [(Prompt("L", 4), "Like as the waves")] * 3,
        True: [(Prompt("A", 4), "Ay")] * 99,
    }
    monkeypatch.setattr(verse_runs, "load_trained", small_model)
    monkeypatch.setattr(verse_runs, "pairs", known.get)
    monkeypatch.setattr(verse_runs, "split_plays", lambda texts: ("Old.", "Unseen."))
    given, tokenizer = verse_runs.material(128), verse_runs.fresh()[1]
    learned = given["rows"].targets[given["rows"].targets != IGNORED].tolist()
    assert tokenizer.decode(learned) == f"Like as the waves{END}" * 3
    tested = [tokenizer.decode(one.ids[one.answer :]) for one in given["tested"]]
    assert tested == [f"Ay{END}"] * verse_runs.TESTED
    texts = [tokenizer.decode(given[name].tolist()) for name in ("old", "unseen")]
    assert texts == ["Old.", "Unseen."]
