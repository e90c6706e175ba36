"""A request knows how far it is, why it ends, and a pass what it costs."""

import pytest

from snippets.inference.serving.request import Request, work_of
from snippets.inference.stopping import stop_rule


def request(prompt, count, stop=None):
    return Request(list(prompt), len(prompt), count, stop_rule(stop), None)


def test_an_answer_begins_after_its_prompt_and_ends_by_length():
    one = request([1, 2, 3], 2)
    assert (one.answer, one.unread, one.ended) == ([], 3, None)
    one.read = 3
    assert one.add(7) is None
    assert (one.answer, one.unread) == ([7], 1)
    assert one.add(8) == "length"
    assert one.ids == [1, 2, 3, 7, 8]


def test_a_stop_counts_only_in_the_answer_and_before_the_length():
    one = request([5], 2, stop=[5])
    assert one.add(1) is None
    assert one.add(5) == "stop"
    assert request([5], 1, stop=[5]).add(5) == "stop"
    assert request([5], 2, stop=[[5, 1]]).add(1) is None, "half of it stands in the prompt"


@pytest.mark.parametrize(
    ("reads", "work"),
    [([], (0, 0)), ([(0, 4)], (4, 16)), ([(3, 1), (9, 1)], (2, 20)), ([(9, 1), (0, 4)], (5, 50))],
)
def test_each_token_looks_at_as_many_keys_as_the_longest_text_has(reads, work):
    assert work_of(reads) == work


def test_requests_alike_are_not_the_same():
    rule = stop_rule(None)
    one, other = (Request([1], 1, 1, rule, None) for _ in range(2))
    assert one != other and len({one, other}) == 2
