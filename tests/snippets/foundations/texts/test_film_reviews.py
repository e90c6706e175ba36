"""The reviews are those that were counted, no film is on two sides, and other files are refused."""

from itertools import chain

import pytest

from snippets.foundations.texts import film_reviews as module
from snippets.foundations.texts.film_reviews import Review, film_plots, film_reviews, split_by_film


def test_the_reviews_are_those_of_the_package():
    reviews = film_reviews()
    assert len(reviews) == 12_808 and sum(review.fresh for review in reviews) == 7403
    assert len(film_plots()) == 1097
    assert all(review.text and review.text == " ".join(review.text.split()) for review in reviews)


def test_no_film_is_on_two_sides_and_nothing_is_lost():
    reviews = film_reviews()
    splits = split_by_film(reviews)
    films = [{review.film for review in side} for side in splits]
    assert [len(side) for side in films[1:]] == [20, 40]
    assert not films[0] & films[1] and not films[0] & films[2] and not films[1] & films[2]
    assert sorted(map(str, chain(*splits))) == sorted(map(str, reviews))


def test_the_seed_decides():
    reviews = [Review(f"text {i}", i % 2 == 0, f"film {i // 3}") for i in range(60)]
    first, again, other = (split_by_film(reviews, 3, 4, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert split_by_film(reviews[::-1], 3, 4, 1).test != []


@pytest.mark.parametrize(("validation", "test"), [(0, 1), (1, 0), (10, 10)])
def test_films_that_are_not_there_cannot_be_drawn(validation, test):
    reviews = [Review("text", True, f"film {i}") for i in range(20)]
    with pytest.raises(ValueError, match=f"validation={validation} and test={test}"):
        split_by_film(reviews, validation, test)


@pytest.mark.parametrize("read", [film_reviews, film_plots])
def test_a_missing_package_says_what_to_install(monkeypatch, read):
    monkeypatch.setattr(module, "PACKAGE", "no-such-package==1.0")
    with pytest.raises(FileNotFoundError, match=r"--no-deps no-such-package==1\.0"):
        read()


def test_another_file_is_refused(monkeypatch):
    monkeypatch.setattr(module, "SHA256", "0" * 64)
    with pytest.raises(ValueError, match=f"{module.FILE} has the SHA-256 .* has {'0' * 64}"):
        film_reviews()


def test_reviews_of_a_side_come_in_an_order_of_the_seed():
    reviews = [Review(f"text {i:03}", i % 2 == 0, f"film {i // 20}") for i in range(200)]
    for side in split_by_film(reviews, 3, 4):
        texts = [review.text for review in side]
        assert texts != sorted(texts), "each side is shuffled"
    assert split_by_film(reviews, 3, 4) == split_by_film(reviews, 3, 4, seed=0)


def test_one_film_must_be_left_to_learn_from():
    reviews = [Review("text", True, f"film {i}") for i in range(3)]
    assert [len(side) for side in split_by_film(reviews, 1, 1)] == [1, 1, 1]
