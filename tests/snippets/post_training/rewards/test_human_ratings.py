"""What people said is read as it stands in the packages, counted, and kept apart from defaults."""

from types import SimpleNamespace

import pytest
import torch

from snippets.post_training.rewards import human_ratings as module
from snippets.post_training.rewards.human_ratings import (
    Chat,
    chat_pairs,
    counted,
    length_study,
    rated_chats,
    word_choices,
    word_ratings,
)


def test_words_have_ten_ratings_whose_mean_the_file_states():
    found = word_ratings()
    assert len(found) > 7_000
    assert all(len(ratings) == 10 for ratings in found.values())
    assert {rating for ratings in found.values() for rating in ratings} == set(range(-4, 5))
    assert min(found["happy"]) > 0 > max(found["murder"])


def chat(*turns, witty=1, interesting=5, upbeat=5):
    return {
        "prompt": "What did you learn?",
        "messages": [[{"text": text, "sender": "x"} for text in turn] for turn in turns],
        "ratings": {"upbeat": upbeat, "witty": witty, "interesting": interesting},
    }


def test_a_chat_is_counted():
    found = counted(chat(["Hello!", "you there?"], ["haha yes! LOL, and a hat"]))
    assert found == Chat("What did you learn?", (2, 9, 1, 2, 2), (1, 5, 5))
    assert not found.untouched
    assert counted(chat(["Hello"], witty=5)).untouched


def test_chats_of_the_package_are_rated_from_1_to_10():
    found = rated_chats()
    assert len(found) == 5_988
    assert all(1 <= rating <= 10 for one in found for rating in one.ratings)
    assert 0.4 < sum(one.untouched for one in found) / len(found) < 0.6


@pytest.mark.parametrize(
    ("read", "package", "digest"),
    [(word_ratings, "WORDS", "WORDS_DIGEST"), (rated_chats, "CHATS", "CHATS_DIGEST")],
)
def test_missing_packages_and_other_files_are_refused(monkeypatch, read, package, digest):
    monkeypatch.setattr(module, digest, "0" * 64)
    with pytest.raises(ValueError, match=f"has {'0' * 64}"):
        read()
    monkeypatch.setattr(module, package, "no-such-package==1.0")
    with pytest.raises(FileNotFoundError, match=r"--no-deps no-such-package==1\.0"):
        read()


def test_people_choose_the_word_that_others_rate_higher(monkeypatch):
    fake = {"good": [3] * 10, "bad": [-2] * 10, "fine": [3] * 10}
    monkeypatch.setattr(module, "word_ratings", lambda: fake)
    ahead, chose = word_choices(300, torch.Generator().manual_seed(0))
    assert 80 < len(ahead) < 190 and chose.shape == (len(ahead), 2)  # 4 of 9 pairs differ
    assert set(ahead.tolist()) == {5.0, -5.0} and (chose == (ahead > 0)[:, None]).all()


def rated(prompt, words, *ratings):
    return Chat(prompt, (4, words, 0, 0, 0), ratings)


def test_pairs_are_of_one_prompt_and_clearly_apart():
    chats = [rated("a", 1, 5, 6, 7), rated("b", 1, 1, 1, 1), rated("a", 1, 5, 5, 5),
             rated("a", 1, 7, 7, 7), rated("a", 1, 6, 7, 7)]  # fmt: skip
    better, worse = chat_pairs(chats)
    found = set(zip(better.tolist(), worse.tolist(), strict=True))
    assert found == {(0, 2), (3, 0), (3, 2), (4, 2)} and len(better) == 4
    with pytest.raises(ValueError, match="gap=0 must be above 0"):
        chat_pairs(chats, gap=0)


def study(monkeypatch, right):
    """Chats of 20 prompts in which the more words, the better, or the number of turns decides."""
    chats = []
    for prompt in range(20):
        for rank in range(4):
            rating = 2 + 2 * rank
            words = 10 * (rank + 1) if right == "words" else 50
            turns = 2 + 3 * rank + prompt % 2
            noise = (prompt * 7 + rank * 3) % 5
            chats.append(Chat(f"p{prompt}", (turns, words, noise, noise, 0), (rating,) * 3))
    seen = []

    def fit(differences):
        seen.append(differences.shape)
        weights = torch.zeros(differences.shape[1], dtype=torch.float64)
        weights[0] = 1.0
        return SimpleNamespace(weights=weights)

    monkeypatch.setattr(module, "fit_choices", fit)
    return length_study(chats, seed=0, tested=5), seen


def test_a_study_learns_from_some_prompts_and_is_tested_on_others(monkeypatch):
    found, seen = study(monkeypatch, "words")
    assert found["all: length"] == found["all: five counts"] == 1
    assert {shape[0] for shape in seen} == {15 * 6}  # pairs of the fifteen prompts not held out
    assert {shape[1] for shape in seen} == {1, 5}
    monkeypatch.undo()
    found, _ = study(monkeypatch, "turns")
    assert found["alike in length: five counts"] == 1 and found["alike in length: length"] == 0


def test_raters_are_the_sixth_and_seventh_and_the_first_five_are_the_mean(monkeypatch):
    fake = {"a": [4, 2, 0, 2, 2, 1, 1, -4, -4, -4], "b": [0, 0, 0, 0, 0, 0, 2, 4, 4, 4]}
    monkeypatch.setattr(module, "word_ratings", lambda: fake)
    ahead, chose = word_choices(200, torch.Generator().manual_seed(0))
    assert {(a, *c) for a, c in zip(ahead.tolist(), chose.tolist(), strict=True)} == {
        (2.0, True, False), (-2.0, False, True),
    }  # fmt: skip


def test_ratings_a_gap_apart_are_a_choice():
    chats = [rated("a", 1, 5, 5, 5), rated("a", 1, 6, 6, 6), rated("a", 1, 6, 7, 6)]
    better, worse = chat_pairs(chats)
    assert set(zip(better.tolist(), worse.tolist(), strict=True)) == {(1, 0), (2, 0)}
    assert len(chat_pairs(chats, gap=0.3)[0]) == 3


def test_words_are_drawn_as_the_generator_says(monkeypatch):
    fake = {f"word {n}": [n % 9 - 4] * 5 + [n % 7 - 3] * 5 for n in range(60)}
    monkeypatch.setattr(module, "word_ratings", lambda: fake)
    one, same, other = (
        word_choices(50, torch.Generator().manual_seed(seed))[0].tolist() for seed in (0, 0, 1)
    )
    assert one == same != other


def test_prompts_are_held_out_as_the_seed_says(monkeypatch):
    chats = [
        Chat(f"p{n % 20}", (n % 3, 1 + n * n % 17, n % 5, 0, 0), (1 + n % 9,) * 3)
        for n in range(200)
    ]
    fitted = []

    def fit(differences):
        fitted.append(differences.sum().item())
        return SimpleNamespace(weights=torch.ones(differences.shape[1], dtype=torch.float64))

    monkeypatch.setattr(module, "fit_choices", fit)
    one, same, other, ten = (
        length_study(chats, seed, *more) for seed, more in ((0, ()), (0, ()), (1, ()), (0, (10,)))
    )
    assert one == same == ten and one != other
    assert fitted[:4] == fitted[4:8] == fitted[12:] and fitted[:4] != fitted[8:12]
