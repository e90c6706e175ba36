"""The sums: what a solution looks like, how it is graded, and that no problem is on both sides."""

import random
import re
from itertools import product

import pytest

from snippets.inference.reasoning.sums import (
    NUMBERS,
    TOKENIZER,
    answer,
    direct,
    draw_problem,
    how_many,
    is_held_out,
    problems,
    question,
    steps,
)


def test_a_problem_as_text() -> None:
    terms = (47, 86, 19)
    assert question(terms) == "47+86+19="
    assert direct(terms, random.Random(0)) == "152\n"
    assert TOKENIZER.decode(TOKENIZER.encode(question(terms))) == question(terms)


def test_steps_are_true_and_use_each_number_once() -> None:
    rng = random.Random(1)
    orders = set()
    for _ in range(50):
        text = steps((12, 34, 56, 78), rng)
        assert answer(text) == 180
        used = [int(text[:2])]
        total = used[0]
        for term, claimed in re.findall(r"\+(\d+)=(\d+)", text):
            used.append(int(term))
            total += int(term)
            assert total == int(claimed)
        assert sorted(used) == [12, 34, 56, 78]
        orders.add(tuple(used))
    assert len(orders) > 12  # of 24


@pytest.mark.parametrize(
    ("solution", "number"),
    [
        ("152\n", 152),
        ("19+47=66+86=152\n", 152),
        ("19+47=66+86=152", None),
        ("19+47=\n", None),
        ("19+47\n", None),
        ("\n", None),
        ("1\n2\n", None),
    ],
)
def test_answers(solution: str, number: int | None) -> None:
    assert answer(solution) == number


def test_the_order_of_the_numbers_makes_no_other_problem() -> None:
    rng = random.Random(2)
    drawn = [tuple(rng.randint(10, 99) for _ in range(4)) for _ in range(4000)]
    held_out = [is_held_out(terms) for terms in drawn]
    assert held_out == [is_held_out(terms[::-1]) for terms in drawn]
    assert 0.17 < sum(held_out) / len(drawn) < 0.23


def test_how_many_problems_there_are() -> None:
    for size in (1, 2, 3):
        assert how_many(size) == len({tuple(sorted(t)) for t in product(NUMBERS, repeat=size)})


def test_problems_are_different_and_of_their_side() -> None:
    for side in (False, True):
        found = problems(150, 3, held_out=side)
        assert len({tuple(sorted(terms)) for terms in found}) == 150
        assert all(is_held_out(terms) is side for terms in found)
        assert found == problems(150, 3, held_out=side) != problems(150, 3, side, seed=1)
    assert is_held_out(draw_problem(2, True, random.Random(0)))


@pytest.mark.parametrize(("count", "size"), [(0, 3), (5, 0), (500, 2)])
def test_what_can_not_be_drawn(count: int, size: int) -> None:
    with pytest.raises(ValueError, match=r"must be|too many"):
        problems(count, size, held_out=True)


def test_a_tenth_of_all_problems_can_be_drawn_and_no_more() -> None:
    most = how_many(2) // 10
    assert len(problems(most, 2, held_out=False)) == most
    with pytest.raises(ValueError, match=f"count={most + 1} different problems of size=2"):
        problems(most + 1, 2, held_out=False)
    assert problems(3, 2, held_out=False) == problems(3, 2, held_out=False, seed=0)


def test_a_fifth_of_256_first_bytes_are_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest to a fifth: 51 of the 256 values that a byte can have."""

    class Digest:
        def __init__(self, value: int) -> None:
            self.value = value

        def digest(self) -> bytes:
            return bytes([self.value])

    held_out = []
    for value in range(256):
        monkeypatch.setattr("hashlib.blake2b", lambda *_, value=value, **__: Digest(value))
        held_out.append(is_held_out((10, 11)))
    assert sum(held_out) == round(256 / 5)


def test_all_numbers_from_10_to_29_are_drawn() -> None:
    rng = random.Random(0)
    drawn = {term for _ in range(100) for term in draw_problem(3, False, rng)}
    assert drawn == set(range(10, 30))
