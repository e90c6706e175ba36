"""Spelling to sound: batches, scores, and a short training from the command to the loaded model."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from snippets.foundations.texts.pronunciations import Phones
from snippets.training import pronouncing
from snippets.training.normuon import NorMuon
from snippets.training.pronouncing import (
    SYMBOLS,
    batches,
    load_pronouncing,
    main,
    pairs,
    pronounce,
    scores,
    sequences,
)
from snippets.transformer.encoder_decoders.encoder_decoder import EncoderDecoder
from tests.snippets.training.seen_steps import steps_seen, usual_betas


def test_sequences_end_and_are_padded() -> None:
    found = sequences(["cab", "a"])
    assert [[SYMBOLS[i] for i in row] for row in found.tolist()] == [
        ["c", "a", "b", "</s>"], ["a", "</s>", "", ""]
    ]  # fmt: skip


def test_no_word_is_on_both_sides() -> None:
    learned, tested = pairs(held_out=False), pairs(held_out=True)
    assert not learned.keys() & tested.keys()
    assert len(learned) > 100_000 and len(tested) > 5_000


def test_each_round_has_each_word_once_and_little_padding() -> None:
    words = [("abc"[: 1 + n % 3] * (1 + n % 4), ("B",) * (1 + n % 5)) for n in range(640)]
    endless = batches(words, 32, torch.Generator().manual_seed(0))
    round_of = [next(endless) for _ in range(20)]
    texts = sorted(
        "".join(SYMBOLS[i] for i in row if i > 1) for x, _ in round_of for row in x.tolist()
    )
    assert texts == sorted(word for word, _ in words)
    assert sum((x == 0).sum().item() for x, _ in round_of) < 0.1 * sum(
        x.numel() for x, _ in round_of
    )
    again = batches(words, 32, torch.Generator().manual_seed(0))
    assert torch.equal(next(again)[0], round_of[0][0])


def test_scores_by_hand() -> None:
    said: list[Phones] = [("T", "AH"), ("B",), ("K", "AE", "T")]
    known: list[list[Phones]] = [[("T", "AA"), ("T", "AH")], [("B", "IY")], [("K", "AA", "T", "S")]]
    assert scores(said, known) == {"words": 1 / 3, "phone_errors": (0 + 1 + 2) / (2 + 2 + 4)}


def test_from_the_command_to_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pronouncing, "TESTED", 20)
    folder = tmp_path / "model"
    assert main(["--out", str(folder), "--steps", "6"]) == 0
    model, found = load_pronouncing(folder)
    assert set(found) == {"model", "counting"} and len(found["model"]["said"]) == 20
    tested = list(found["model"]["said"])
    assert [list(one) for one in pronounce(model, tested)] == list(found["model"]["said"].values())
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        load_pronouncing(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors is missing"):
        load_pronouncing(folder)
    (folder / "results.json").write_text("{")
    with pytest.raises(ValueError, match=r"results\.json is damaged"):
        load_pronouncing(folder)
    (folder / "results.json").unlink()
    with pytest.raises(FileNotFoundError, match="minutes make it"):
        load_pronouncing(folder)


@pytest.mark.parametrize("word", ["", "Tom", "o'er", "thé"])
def test_what_is_no_word_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="letters a to z"):
        pronounce(torch.nn.Module(), [word])  # type: ignore[arg-type]


WORDS: dict[str, list[Phones]] = {word: [("B", "IY")] for word in ("ab", "cab", "bac", "ca")}


def test_steps_have_a_length_and_each_optimizer_its_own_rates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loss = pronouncing.target_loss
    monkeypatch.setattr(pronouncing, "target_loss", lambda *given: 1e7 * loss(*given))
    monkeypatch.setattr(pronouncing, "CONFIG", replace(pronouncing.CONFIG, d_model=16))
    monkeypatch.setattr(pronouncing, "pairs", lambda held_out: {} if held_out else WORDS)
    with steps_seen() as seen:
        model = pronouncing.train(40, batch_size=2)
    muon, adamw = seen[::2], seen[1::2]
    assert {step.optimizer for step in muon} == {NorMuon} and len(muon) == len(adamw) == 40
    both = [math.hypot(a.norm, b.norm) for a, b in zip(muon, adamw, strict=True)]
    assert both == pytest.approx([1.0] * 40, rel=1e-3)
    for steps, most in ((muon, 0.02), (adamw, 0.01)):
        rates = [step.groups[0]["lr"] / most for step in steps]
        assert rates[:3] == pytest.approx([0.5, 1.0, 1.0]) and rates[-1] == pytest.approx(1 / 38)
    assert all(step.groups[0]["betas"] == usual_betas() for step in adamw)
    assert all(step.groups[0]["dtype"] == torch.float32 for step in muon)
    assert not model.training and all(p.grad is None for p in model.parameters())


def test_a_seed_decides_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pronouncing, "pairs", lambda held_out: {} if held_out else WORDS)
    one, same, other = (pronouncing.train(1, 2, seed=seed) for seed in (0, 0, 1))
    usual = pronouncing.train(1, 2)
    tables = [next(model.parameters()) for model in (one, same, usual, other)]
    assert torch.equal(tables[0], tables[1]) and torch.equal(tables[0], tables[2])
    assert not torch.equal(tables[0], tables[3])


def test_a_thousand_held_out_words_are_tested_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words: dict[str, list[Phones]] = {str(n): [("B",) * (1 + n % 9)] for n in range(5000)}
    monkeypatch.setattr(pronouncing, "pairs", lambda held_out: words if held_out else {})
    found = pronouncing.tested_words()
    assert len(found) == 1000 and all(said == words[word] for word, said in found.items())
    assert list(found) == list(pronouncing.tested_words())


def test_without_a_number_the_command_takes_the_steps_of_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def trained(steps: int) -> torch.nn.Module:
        asked.append(steps)
        return torch.nn.Module()

    monkeypatch.setattr(pronouncing, "train", trained)
    monkeypatch.setattr(pronouncing, "results", lambda model: {})
    assert main(["--out", str(tmp_path / "made")]) == 0 and asked == [pronouncing.STEPS]


def test_words_go_to_the_models_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""

    def write(model: EncoderDecoder, source: torch.Tensor, longest: int) -> torch.Tensor:
        assert source.device.type == "meta"
        return torch.tensor([[SYMBOLS.index("K"), 1], [1, 0]])

    monkeypatch.setattr(pronouncing, "write_greedily", write)
    model = EncoderDecoder(pronouncing.CONFIG).to("meta")
    assert pronounce(model, ["cab", "a"]) == [("K",), ()]
