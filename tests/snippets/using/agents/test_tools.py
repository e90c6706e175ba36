"""The calculator computes and nothing else; the search names its sources."""

import math

import pytest

from snippets.using.agents.tools import calculate, calculator, course_search
from snippets.using.search.chunks import Chunk


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("-2 ** 2", -4),
        ("2 ** 10", 1024),
        ("7 / 2", 3.5),
        ("+1.5e3 - 1", 1499),
        (" 1 ", 1),
        ("0.1 + 0.2", 0.3),
    ],
)
def test_it_computes(expression, value):
    assert math.isclose(float(calculate(expression)), value)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "2 +",
        "abs(-1)",
        "__import__('os').getcwd()",
        "x",
        "True",
        "'a' * 3",
        "[1][0]",
        "1 if 1 else 2",
        "2 ** 101",
        "9 ** 9 ** 9",
        "(-8) ** 0.5",
        "1" * 201,
        "2 % 3",
        "1j",
    ],
)
def test_anything_else_is_refused(expression):
    with pytest.raises(ValueError, match=r".") as refused:
        calculate(expression)
    assert str(refused.value)


def test_an_overflow_and_a_division_by_zero_are_errors_of_their_own():
    with pytest.raises(ZeroDivisionError):
        calculate("1 / 0")
    with pytest.raises(OverflowError):
        calculate("1e300 ** 2")


class Fixed:
    def search(self, query, count=3):
        return [Chunk("a.md#b", "A: B", f"about {query}"), Chunk("c.md", "C", "else")][:count]


def test_the_search_gives_sources_with_its_passages():
    tool = course_search(Fixed(), 2)
    assert tool.run(query="cats") == "[a.md#b] about cats\n[c.md] else"
    assert tool.untrusted and not tool.acts


def test_limits_and_digits():
    assert float(calculate("1" * 200)) == pytest.approx(float("1" * 200), rel=1e-9)
    assert float(calculate("2 ** 100")) == pytest.approx(2**100, rel=1e-9)
    with pytest.raises(ValueError, match="exponent -101"):
        calculate("2 ** -101")
    assert calculate("2 / 3") == "0.6666666667"
    with pytest.raises(ValueError, match="UnaryOp is not allowed"):
        calculate("~1")


def test_what_a_model_is_told_names_the_argument_that_it_must_give():
    for tool, argument in ((calculator(), "expression"), (course_search(Fixed()), "query")):
        assert tool.parameters["required"] == [argument] == [*tool.parameters["properties"]]
        assert not tool.acts
    assert not calculator().untrusted
    assert course_search(Fixed()).run(query="cats") == "[a.md#b] about cats"  # one, unless told
