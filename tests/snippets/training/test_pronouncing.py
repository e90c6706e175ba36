"""Spelling to sound: batches, scores, and a short training from the command to the loaded model."""

from pathlib import Path

import pytest
import torch

from snippets.foundations.texts.pronunciations import Phones
from snippets.training import pronouncing
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


def test_words_go_to_the_models_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""

    def write(model: EncoderDecoder, source: torch.Tensor, longest: int) -> torch.Tensor:
        assert source.device.type == "meta"
        return torch.tensor([[SYMBOLS.index("K"), 1], [1, 0]])

    monkeypatch.setattr(pronouncing, "write_greedily", write)
    model = EncoderDecoder(pronouncing.CONFIG).to("meta")
    assert pronounce(model, ["cab", "a"]) == [("K",), ()]
