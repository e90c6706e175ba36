"""What people said is read as it stands in the packages, counted, and kept apart from defaults."""

import json

import pytest

from snippets.post_training import human_ratings as module
from snippets.post_training.human_ratings import Chat, counted, rated_chats, word_ratings


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
    assert found == Chat("What did you learn?", 2, 9, 1, 2, 2, (1, 5, 5))
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
