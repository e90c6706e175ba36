"""The classifier from scratch: its tokenizer, its controls, and a short run from end to end."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from snippets.foundations.texts.film_reviews import Review, Splits
from snippets.transformer.encoders.text_classifier import LONGEST, TextClassifier, encode
from snippets.using.homework import review_classifier
from snippets.using.homework.review_classifier import (
    CONTEXT,
    PADDING,
    UNKNOWN,
    WithoutLayers,
    WordTokenizer,
    config_for,
    judge,
    load_review_classifier,
    main,
    results,
    shuffled,
    train,
)

WORDS = ["good fine fun, bad dull", "good fine fun, bad dull!", "rare"]
GOOD = [Review(f"good fine film number {n}", True, f"g{n}") for n in range(24)]
BAD = [Review(f"bad dull film number {n}", False, f"b{n}") for n in range(24)]


def test_words_of_two_texts_have_numbers_and_others_are_unknown() -> None:
    tokenizer = WordTokenizer(WORDS)
    assert len(tokenizer) == 2 + len({"good", "fine", "fun", ",", "bad", "dull"})
    ids, shown = encode(tokenizer, ["Good, rare!", "", "dull"])
    assert ids.shape == (3, 4) and shown.sum(1).tolist() == [4, 1, 1]
    assert ids[0, 2:].tolist() == [UNKNOWN, UNKNOWN] and ids[1, 0] == UNKNOWN
    assert (ids[~shown] == PADDING).all()
    assert len(set(ids[0, :2].tolist()) | {UNKNOWN, PADDING}) == 4


def test_a_word_that_is_repeated_in_one_text_is_rare_all_the_same() -> None:
    with pytest.raises(ValueError, match="no word occurs in 2"):
        WordTokenizer(["echo echo echo", "other"])


def test_no_text_is_longer_than_the_model_can_read() -> None:
    assert LONGEST <= CONTEXT
    ids, _ = encode(WordTokenizer(WORDS), ["good " * 500])
    assert ids.shape == (1, LONGEST)


def test_without_layers_the_order_of_words_changes_nothing() -> None:
    tokenizer = WordTokenizer(WORDS)
    encoder: Any = WithoutLayers(config_for(len(tokenizer)))
    model = TextClassifier(encoder).eval()
    one, other = judge(model, tokenizer, ["good fine bad", "bad good fine"])
    assert one == pytest.approx(other, abs=1e-6)


def test_with_layers_it_changes_something() -> None:
    torch.manual_seed(0)
    tokenizer = WordTokenizer(WORDS)
    model = train(tokenizer, [Review("good fine bad", True, "x")] * 4, seed=0, epochs=1)
    one, other = judge(model, tokenizer, ["good fine bad", "bad good fine"])
    assert one != pytest.approx(other, abs=1e-6)


def test_shuffled_texts_have_the_same_words() -> None:
    texts = ["one two three four five six seven", "eight nine ten, eleven"]
    mixed = shuffled(texts)
    assert mixed != texts and mixed == shuffled(texts)
    assert [sorted(a.replace(",", " ,").split()) for a in texts] == [
        sorted(b.split()) for b in mixed
    ]


@pytest.mark.parametrize(("layers", "epochs"), [(True, 12), (False, 40)])
def test_it_learns_what_is_easy(layers: bool, epochs: int) -> None:
    tokenizer = WordTokenizer([review.text for review in GOOD + BAD])
    model = train(tokenizer, GOOD + BAD, seed=0, layers=layers, epochs=epochs, rate=1e-2)
    says = judge(model, tokenizer, ["good fine film", "bad dull film"])
    assert says[0] > 0.8 and says[1] < 0.2
    assert not model.training


def test_a_seed_gives_the_same_model_again() -> None:
    tokenizer = WordTokenizer([review.text for review in GOOD + BAD])
    models = [train(tokenizer, GOOD + BAD, seed, epochs=1) for seed in (0, 0, 1)]
    one, same, other = (judge(model, tokenizer, ["good film"]) for model in models)
    assert one == same != other


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(ValueError, match="0 texts"):
        train(WordTokenizer(WORDS), [], seed=0)


def test_from_the_command_to_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Splits(GOOD[:16] + BAD[:16], GOOD[16:20] + BAD[16:20], GOOD[20:] + BAD[20:])
    monkeypatch.setattr(review_classifier, "film_reviews", list)
    monkeypatch.setattr(review_classifier, "split_by_film", lambda reviews: few)
    folder = tmp_path / "made"
    assert main(["--out", str(folder)]) == 0
    found = load_review_classifier(folder)
    for name in ("transformer", "shuffled", "without layers"):
        assert len(found[name]) == 3 and all(len(p) == 8 for p in found[name])
    assert len(found["words"]) == 8 and found["parameters"] > 48 * found["vocabulary"]
    assert json.dumps(results(few)["words"]) == json.dumps(found["words"])


def test_missing_results_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"snippets\.using\.homework\.review_classifier"):
        load_review_classifier(tmp_path)


def test_what_is_not_stated_is_what_the_results_were_made_with() -> None:
    tokenizer = WordTokenizer([review.text for review in GOOD + BAD])
    texts = ["good film", "dull film number 3"]
    stated: dict[str, Any] = {
        "layers": True,
        "epochs": review_classifier.EPOCHS,
        "rate": review_classifier.RATE,
    }
    models = [train(tokenizer, GOOD + BAD, 0, **more) for more in ({}, stated)]
    one, other = (judge(model, tokenizer, texts) for model in models)
    assert one == other
    assert shuffled(["a b c d e f"]) == shuffled(["a b c d e f"], seed=0)
    assert len(WordTokenizer(["one two", "one"], least=1)) == 4


def test_a_tokenizer_cuts_where_it_is_told() -> None:
    found = WordTokenizer(WORDS)(["good fine fun, bad", "dull"], max_length=3)
    assert found["input_ids"].shape == (2, 3)
    assert found["attention_mask"].tolist() == [[True] * 3, [True, False, False]]


def test_a_word_without_layers_is_a_small_random_vector() -> None:
    torch.manual_seed(0)
    encoder = WithoutLayers(config_for(500))
    assert 0.018 < encoder.embedding.weight.std() < 0.022
    assert encoder.train()(torch.full((4, 60), 5)).eq(0).float().mean() > 0.2  # by dropout
