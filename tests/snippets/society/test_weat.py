"""Effect sizes by hand and by the paper, chances counted, tried and drawn, and what is refused."""

import runpy
from itertools import combinations
from unittest.mock import Mock

import pytest
import torch

from snippets.foundations.vectors.google_news import load_google_news
from snippets.foundations.vectors.word_vectors import WordVectors
from snippets.society import weat
from snippets.society.weat import (
    association_test,
    associations,
    counted_test,
    effect_size,
    load_word_lists,
    permutation_test,
    questions,
)


@pytest.fixture(scope="module")
def news() -> WordVectors:
    return load_google_news()


@pytest.fixture(scope="module")
def lists() -> dict[str, list[str]]:
    return load_word_lists()


def test_an_association_is_a_difference_of_mean_cosines() -> None:
    vectors = WordVectors(
        ["w", "a", "b", "c"], torch.tensor([[2.0, 0], [3, 0], [0, 1], [0.6, 0.8]])
    )
    assert associations(vectors, ["w"], ["a"], ["b"]).tolist() == [1.0]
    assert associations(vectors, ["w"], ["a", "b"], ["c"]).item() == pytest.approx(0.5 - 0.6)
    swapped = associations(vectors, ["w", "c"], ["b"], ["a"])
    assert torch.equal(swapped, -associations(vectors, ["w", "c"], ["a"], ["b"]))


def test_an_effect_size_by_hand_and_its_laws() -> None:
    x, y = torch.tensor([0.3, 0.1]), torch.tensor([-0.1, -0.3])
    assert effect_size(x, y) == pytest.approx(0.4 / (0.2 / 3) ** 0.5)
    assert effect_size(y, x) == pytest.approx(-effect_size(x, y))
    assert effect_size(5 * x + 2, 5 * y + 2) == pytest.approx(effect_size(x, y), abs=1e-6)
    one_word = effect_size(torch.tensor([0.2]), torch.tensor([0.1999]))
    assert one_word == pytest.approx(2**0.5, abs=1e-6)  # whatever the words are


@pytest.mark.parametrize("number", sorted({*range(1, 11)} - {4, 10}))
def test_eight_of_ten_effect_sizes_are_the_published_ones(
    number: int, news: WordVectors, lists: dict[str, list[str]]
) -> None:
    x, y, a, b, published = questions()[number]
    found = association_test(news, lists[x], lists[y], lists[a], lists[b], draws=100)
    assert found.effect == pytest.approx(published, abs=0.0051)
    assert found.missing == (["axe"] if number == 2 else [])
    assert found.sizes[:2] == ((25, 24) if number == 2 else (len(lists[x]), len(lists[y])))


def test_what_was_published_is_read_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Mock(side_effect=FileNotFoundError)
    monkeypatch.setattr("snippets.foundations.facts.load_facts", read)
    fresh = runpy.run_path(weat.__file__)
    read.assert_not_called()
    with pytest.raises(FileNotFoundError):
        fresh["questions"]()
    assert questions() is questions()


def test_few_partitions_are_all_tried() -> None:
    x, y = torch.tensor([3.0, 2.0]), torch.tensor([1.0, 0.0])
    found = permutation_test(x, y)
    assert (found.p, found.standard_error, found.partitions) == (1 / 6, 0, 6)
    assert permutation_test(y, x).p == 1
    assert permutation_test(torch.ones(2), torch.ones(2)).p == 1  # all are as extreme


def test_of_many_partitions_the_drawn_ones_agree_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = torch.Generator().manual_seed(0)
    x, y = torch.randn(6, generator=chance) + 0.8, torch.randn(8, generator=chance)
    exact = permutation_test(x, y)
    assert exact.standard_error == 0 and exact.partitions == 3003
    s = torch.cat([x, y]).double()
    by_hand = [s[list(c)].sum() >= s[:6].sum() - 1e-9 for c in combinations(range(14), 6)]
    assert exact.p == pytest.approx(sum(map(float, by_hand)) / 3003)
    low, high = counted_test(x, y, steps=20_000)
    assert low <= exact.p <= high and high - low < 0.01
    monkeypatch.setattr(weat, "EXACT_UP_TO", 10)
    drawn = permutation_test(x, y, draws=20_000)
    assert 0 < drawn.standard_error < 0.004
    assert abs(drawn.p - exact.p) < 4 * drawn.standard_error


def test_drawn_chances_are_never_zero_and_repeatable() -> None:
    x, y = torch.arange(20.0) + 100, torch.arange(20.0)
    found = permutation_test(x, y, draws=1000)
    assert found.p == pytest.approx(1 / 1001)
    assert found == permutation_test(x, y, draws=1000)
    low, high = counted_test(x, y)
    assert low <= 1 / 137_846_528_820 <= high < 1e-9


def test_p_is_uniform_where_nothing_differs() -> None:
    chance = torch.Generator().manual_seed(1)
    p = [permutation_test(*torch.randn(2, 5, generator=chance)).p for _ in range(400)]
    assert 0.02 < sum(one <= 0.05 for one in p) / 400 < 0.09
    assert 0.4 < sum(one <= 0.5 for one in p) / 400 < 0.6


TOY = WordVectors(["p", "q", "r", "s"], torch.eye(4))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((["p"], ["q", "r"], ["s"], ["s"]), "targets of 1 and 2 words"),
        ((["p"], ["p"], ["r"], ["s"]), "'p' stands in both"),
        ((["p"], ["q"], ["r"], ["r"]), "'r' stands in both"),
        ((["x"], ["q"], ["r"], ["s"]), r"no word of \['x'\] has a vector"),
        (([], [], ["r"], ["s"]), r"no word of \[\] has a vector"),
        ((["p"], ["q"], [], ["s"]), r"no word of \[\] has a vector"),
    ],
)
def test_lists_that_make_no_test_are_refused(given: tuple[list[str], ...], message: str) -> None:
    x, y, a, b = given
    with pytest.raises(ValueError, match=message):
        association_test(TOY, x, y, a, b)


def test_missing_words_are_reported_and_lists_may_then_differ() -> None:
    found = association_test(TOY, ["p", "q"], ["r", "lost"], ["s"], ["gone", "p"], draws=10)
    assert found.missing == ["lost", "gone"] and found.sizes == (2, 1, 1, 1)


def test_numbers_that_can_not_be_compared_are_refused() -> None:
    some, none = torch.ones(2), torch.ones(0)
    for x, y in ((some, none), (none, some)):
        with pytest.raises(ValueError, match="words"):
            effect_size(x, y)
        with pytest.raises(ValueError, match="words"):
            permutation_test(x, y)
        with pytest.raises(ValueError, match="words"):
            counted_test(x, y)
    with pytest.raises(ValueError, match="all associations are equal"):
        effect_size(some, some)
    with pytest.raises(ValueError, match="0 draws"):
        permutation_test(some, some, draws=0)


def test_changed_word_lists_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weat, "FILE", (*weat.FILE[:2], "0" * 64))
    with pytest.raises(ValueError, match="has the SHA-256"):
        load_word_lists()


def test_as_many_partitions_as_are_allowed_are_all_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = torch.tensor([3.0, 2.0]), torch.tensor([1.0, 0.0])
    for most, error in ((6, 0.0), (5, 1e-3)):
        monkeypatch.setattr(weat, "EXACT_UP_TO", most)
        assert (permutation_test(x, y, 1000).standard_error > error / 2) is (error > 0)


def test_each_draw_counts_and_p_has_the_error_of_a_share() -> None:
    assert permutation_test(torch.ones(10), torch.ones(10), draws=15_000).p == 1
    y, x = torch.arange(20.0).view(10, 2).T
    found = permutation_test(x, y)
    assert found.partitions == 100_000 and found == permutation_test(x, y, 100_000, seed=0)
    expected = (found.p * (1 - found.p) / 100_000) ** 0.5
    assert 0.1 < found.p < 0.9 and found.standard_error == pytest.approx(expected)


def test_bounds_hold_where_all_are_equal_and_have_a_grid_of_2000() -> None:
    low, high = counted_test(torch.ones(2), torch.ones(2))
    assert low <= 1 == high
    x, y = torch.randn(2, 9, generator=torch.Generator().manual_seed(0))
    assert counted_test(x, y) == counted_test(x, y, steps=2000)


def test_there_are_31_lists_and_the_questions_are_about_some(lists: dict[str, list[str]]) -> None:
    assert len(lists) == 31
    assert {part for q in questions().values() for part in q[:4]} <= {*lists}
    assert all(-2 <= q.published <= 2 for q in questions().values())
