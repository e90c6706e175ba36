"""The gated delta rule: loop and chunks agree, with each other and with those of Qwen3-Next."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import logsigmoid, normalize
from transformers.models.qwen3_next.modeling_qwen3_next import (
    torch_chunk_gated_delta_rule,
    torch_recurrent_gated_delta_rule,
)

from snippets.modern.efficient_attention import linear_attention
from snippets.modern.efficient_attention.gated_delta import chunked, recurrent

Inputs = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


def some(length: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Inputs:
    generator = torch.Generator().manual_seed(seed)

    def random(*last: int) -> Tensor:
        return torch.randn(2, 3, length, *last, generator=generator, dtype=dtype)

    query, key = normalize(random(4), dim=-1), normalize(random(4), dim=-1)
    return query, key, random(5), logsigmoid(random() + 1), random().sigmoid()


@given(length=st.integers(1, 20), chunk=st.integers(1, 24))
def test_chunks_are_the_loop(length: int, chunk: int) -> None:
    inputs = some(length)
    start = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(1))
    for state in (None, start):
        (one, left), (two, end) = recurrent(*inputs, state), chunked(*inputs, chunk, state)
        assert torch.allclose(one, two, atol=1e-5) and torch.allclose(left, end, atol=1e-5)


@pytest.mark.parametrize("length", [5, 64, 100])
def test_equal_to_transformers(length: int) -> None:
    """Theirs divides queries by √D, and has the heads behind the tokens."""
    inputs = some(length)
    start = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(1))
    query, *rest = (x.transpose(1, 2) for x in inputs)
    wanted: Any
    for theirs in (torch_recurrent_gated_delta_rule, torch_chunk_gated_delta_rule):
        for state in (None, start):
            wanted, end = theirs(2 * query, *rest, initial_state=state, output_final_state=True)
            for ours, left in (recurrent(*inputs, state), chunked(*inputs, 16, state)):
                assert torch.allclose(ours.transpose(1, 2), wanted, atol=1e-5)
                assert torch.allclose(left, end, atol=1e-5)


def in_fours(*inputs: Tensor) -> tuple[Tensor, Tensor]:
    q, k, v, decay, beta = inputs
    return chunked(q, k, v, decay, beta, chunk=4)


def test_the_gradients_are_those_of_the_loop() -> None:
    gradients = []
    for form in (recurrent, in_fours):
        inputs = [x.requires_grad_() for x in some(9, dtype=torch.float64)]
        output, state = form(*inputs)
        (output.square().sum() + state.sum()).backward()
        gradients.append([x.grad for x in inputs])
    for one, two in zip(*gradients, strict=True):
        assert one is not None and two is not None and torch.allclose(one, two)


def test_strong_forgetting_is_no_overflow() -> None:
    query, key, value, _, beta = some(50)
    decay = torch.full_like(beta, -30.0).requires_grad_()
    output, _ = chunked(query, key, value, decay, beta)
    output.sum().backward()
    assert output.isfinite().all() and decay.grad is not None and decay.grad.isfinite().all()
    assert torch.allclose(output, recurrent(query, key, value, decay, beta)[0], atol=1e-5)


def test_a_full_write_is_read_back() -> None:
    """β = 1 and a key of length 1: the state then answers to that key by that value."""
    _, key, value, decay, beta = some(12)
    output, _ = recurrent(key, key, value, decay, torch.ones_like(beta))
    assert torch.allclose(output, value, atol=1e-5)


def test_orthogonal_keys_without_a_gate_are_linear_attention() -> None:
    query, _, value, _, beta = some(4)
    key = torch.eye(4).expand(2, 3, 4, 4)
    wanted = linear_attention.parallel(query, key, value)
    found, _ = chunked(query, key, value, torch.zeros_like(beta), torch.ones_like(beta))
    assert torch.allclose(found, wanted, atol=1e-5)


def test_what_does_not_fit() -> None:
    query, key, value, decay, beta = some(6)
    for form in (recurrent, chunked):
        with pytest.raises(ValueError, match=r"beta has shape \(2, 3, 5\); it needs \(2, 3, 6\)"):
            form(query, key, value, decay, beta[..., :5])
        with pytest.raises(ValueError, match="log_decay has shape"):
            form(query, key, value, decay[:1], beta)
        with pytest.raises(ValueError, match="query, key and value are"):
            form(query, key[..., :3], value, decay, beta)
        with pytest.raises(ValueError, match="does not fit"):
            form(query, key, value, decay, beta, state=torch.zeros(2, 3, 5, 4))
    with pytest.raises(ValueError, match="chunk=0"):
        chunked(query, key, value, decay, beta, chunk=0)


@pytest.mark.parametrize("lead", [(), (2,), (1, 2, 3)])
def test_any_number_of_axes_may_stand_before_the_tokens(lead: tuple[int, ...]) -> None:
    q, k, v, decay, beta = (x[0, 0].expand(*lead, *x.shape[2:]) for x in some(7))
    (one, left), (two, end) = recurrent(q, k, v, decay, beta), chunked(q, k, v, decay, beta, 3)
    assert one.shape == (*lead, 7, 5) and left.shape == (*lead, 4, 5)
    assert torch.allclose(one, two, atol=1e-5) and torch.allclose(left, end, atol=1e-5)
    usual = chunked(q, k, v, decay, beta)
    assert torch.allclose(usual[0], one, atol=1e-5) and torch.allclose(usual[1], left, atol=1e-5)
