"""Linear attention: three orders of the same sums, and the published form with its denominator."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import elu

from snippets.modern.efficient_attention.linear_attention import chunked, parallel, recurrent


def some(length: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    query, key = torch.randn(2, 2, 3, length, 4, generator=generator) / 2
    return query, key, torch.randn(2, 3, length, 5, generator=generator)


@given(length=st.integers(1, 20), chunk=st.integers(1, 24))
def test_three_orders_of_the_same(length: int, chunk: int) -> None:
    inputs = some(length)
    wanted = parallel(*inputs)
    (one, state), (two, left) = recurrent(*inputs), chunked(*inputs, chunk)
    assert torch.allclose(one, wanted, atol=1e-5) and torch.allclose(two, wanted, atol=1e-5)
    assert torch.allclose(state, left, atol=1e-5)
    assert recurrent(*(x.double() for x in inputs))[1].dtype == torch.float64


@pytest.mark.parametrize("form", [recurrent, chunked])
def test_a_text_may_come_in_two_parts(form: Callable[..., Any]) -> None:
    inputs = some(9)
    wanted, end = form(*inputs)
    first, state = form(*(x[..., :4, :] for x in inputs))
    second, state = form(*(x[..., 4:, :] for x in inputs), state=state)
    assert torch.allclose(torch.cat([first, second], dim=-2), wanted, atol=1e-5)
    assert torch.allclose(state, end, atol=1e-5) and state.shape == (2, 3, 4, 5)


def test_equal_to_the_published_formula_with_its_denominator() -> None:
    """A column of ones beside the values sums the weights: Katharopoulos et al. 2020."""
    query, key, value = some(7)
    query, key = elu(query) + 1, elu(key) + 1
    ones = torch.ones(*value.shape[:-1], 1)
    both = chunked(query, key, torch.cat([value, ones], dim=-1), chunk=3)[0]
    weights = (query @ key.transpose(-2, -1)).tril()
    wanted = weights / weights.sum(dim=-1, keepdim=True) @ value
    assert torch.allclose(both[..., :-1] / both[..., -1:], wanted, atol=1e-5)


@pytest.mark.parametrize("form", [parallel, recurrent, chunked])
def test_what_does_not_fit(form: Callable[..., Any]) -> None:
    query, key, value = some(6)
    for wrong in (
        (query[..., :5, :], key, value),
        (query, key[..., :3], value),
        (query, key, value[:, :2]),
        (query[..., :0, :], key[..., :0, :], value[..., :0, :]),
        (query[0, 0, 0], key[0, 0, 0], value[0, 0, 0]),
    ):
        with pytest.raises(ValueError, match="query, key and value are"):
            form(*wrong)


def test_a_state_or_a_chunk_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"\(4, 4\) does not fit \(2, 3, 4, 5\)"):
        recurrent(*some(6), state=torch.zeros(4, 4))
    with pytest.raises(ValueError, match="chunk=0"):
        chunked(*some(6), chunk=0)


@pytest.mark.parametrize("lead", [(), (2,), (1, 2, 3)])
def test_any_number_of_axes_may_stand_before_the_tokens(lead: tuple[int, ...]) -> None:
    q, k, v = (x[0, 0].expand(*lead, *x.shape[2:]) for x in some(7))
    wanted = parallel(q, k, v)
    assert wanted.shape == (*lead, 7, 5)
    for found, state in (recurrent(q, k, v), chunked(q, k, v, 3)):
        assert torch.allclose(found, wanted, atol=1e-5) and state.shape == (*lead, 4, 5)
