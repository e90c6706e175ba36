"""The command makes what is missing and nothing else, and what it wrote is what is read."""

import json

import pytest

from snippets.foundations.texts.film_reviews import Review, Splits, film_reviews
from snippets.transformer.encoders import fine_tuning
from snippets.transformer.encoders.fine_tuning import (
    SEEDS,
    fine_tuned,
    main,
    texts_and_labels,
    with_all_weights,
    with_frozen_encoder,
)


@pytest.fixture
def made(monkeypatch):
    """The names of what is made, in the place of trainings that take minutes."""
    done = []
    monkeypatch.setattr(fine_tuning, "film_reviews", list)
    monkeypatch.setattr(fine_tuning, "split_by_film", lambda reviews: Splits([], [], []))

    def frozen(splits):
        done.append("frozen")
        return {"strength": 1.0, "test": [0.25]}

    def tuned(splits, seed):
        done.append(seed)
        return {"seed": seed, "losses": [0.7], "test": [0.5]}

    monkeypatch.setattr(fine_tuning, "with_frozen_encoder", frozen)
    monkeypatch.setattr(fine_tuning, "with_all_weights", tuned)
    return done


def test_what_is_there_is_not_made_again(made, tmp_path):
    folder = tmp_path / "results"
    assert main(["--out", str(folder)]) == 0
    assert made == ["frozen", *SEEDS]
    (folder / "seed-1.json").unlink()
    assert main(["--out", str(folder)]) == 0
    assert made == ["frozen", *SEEDS, 1]
    frozen, seeds = fine_tuned(folder)
    assert frozen["test"] == [0.25] and [seed["seed"] for seed in seeds] == list(SEEDS)
    assert all(not path.name.startswith(".") for path in folder.iterdir())


def test_missing_and_damaged_results_are_named(made, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"frozen\.json is missing"):
        fine_tuned(tmp_path)
    main(["--out", str(tmp_path)])
    for damage in ("{", json.dumps({"losses": []}), json.dumps({"test": None})):
        (tmp_path / "seed-0.json").write_text(damage)
        with pytest.raises(ValueError, match=r"seed-0\.json is damaged"):
            fine_tuned(tmp_path)


def test_fresh_is_one():
    reviews = [Review("good", True, "a"), Review("bad", False, "b")]
    assert texts_and_labels(reviews) == (["good", "bad"], [1, 0])


def some(fresh):
    return [review for review in film_reviews() if review.fresh is fresh][:24]


def test_the_frozen_encoder_says_how_probable_fresh_is():
    few = some(True)[:12] + some(False)[:12]
    result = with_frozen_encoder(Splits(few, few, few))
    right = [(p > 0.5) == r.fresh for p, r in zip(result["test"], few, strict=True)]
    assert sum(right) > 0.8 * len(right)  # of what it learned from


def test_tuning_makes_the_labels_of_the_training_reviews_more_probable():
    praise, blame = (
        with_all_weights(Splits(some(fresh), [], some(True)[:8]), seed=1) for fresh in (True, False)
    )
    assert len(praise["losses"]) == 2 and praise["seed"] == 1
    assert len(praise["test"]) == 8
    assert all(p > q for p, q in zip(praise["test"], blame["test"], strict=True))
