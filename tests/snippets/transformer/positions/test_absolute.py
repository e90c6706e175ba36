"""Positions that are added: the formula and its laws, and a table that knows its end."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from snippets.transformer.positions.absolute import (
    LearnedPositions,
    SinusoidalPositions,
    look_up,
    sinusoidal_positions,
)

CLOSE = {"atol": 1e-5, "rtol": 1e-5}


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_sinusoidal_follows_the_paper_far_out_too():
    waves = sinusoidal_positions(5001, 6)
    for t in (0, 1, 17, 5000):
        for i in range(3):
            angle = t / 10000 ** (2 * i / 6)
            assert waves[t, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-6)
            assert waves[t, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-6)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_sinusoidal_similarity_depends_on_the_distance_only(first, second, shift):
    waves = sinusoidal_positions(100, 16)
    near, far = waves[first] @ waves[second], waves[first + shift] @ waves[second + shift]
    torch.testing.assert_close(near, far, **CLOSE)


# --- tables that are added ----------------------------------------------------------------------

added = pytest.mark.parametrize("kind", [SinusoidalPositions, LearnedPositions])


@added
def test_each_token_gets_the_row_of_its_position(kind):
    module, x = kind(10, 6), normal(0, 2, 4, 6)
    table = module(torch.zeros(1, 10, 6), torch.arange(10))[0]  # (max_length, C)
    shared = torch.tensor([4, 5, 9, 0])  # (T,)
    torch.testing.assert_close(module(x, shared), x + table[shared])
    own = torch.tensor([[4, 5, 6, 7], [0, 0, 0, 1]])  # (B, T)
    torch.testing.assert_close(module(x, own), x + table[own])
    assert not torch.allclose(table[1], table[2])


def test_what_is_added_is_the_table():
    zeros, all_of_it = torch.zeros(1, 10, 6), torch.arange(10)
    sinusoidal = SinusoidalPositions(10, 6)
    assert torch.equal(sinusoidal(zeros, all_of_it)[0], sinusoidal_positions(10, 6))
    learned = LearnedPositions(10, 6)
    assert torch.equal(learned(zeros, all_of_it)[0], learned.table.weight)


def test_only_the_learned_table_is_learned():
    learned = LearnedPositions(10, 6)
    assert [p.shape for p in learned.parameters()] == [(10, 6)]
    learned(torch.zeros(3, 2, 6), torch.tensor([1, 4])).sum().backward()
    assert learned.table.weight.grad[:, 0].tolist() == [0, 3, 0, 0, 3, 0, 0, 0, 0, 0]
    assert not list(SinusoidalPositions(10, 6).parameters())
    assert not SinusoidalPositions(10, 6).state_dict()


def test_rows_are_looked_up_in_the_shape_of_the_positions():
    table = torch.arange(8.0).view(4, 2)
    assert torch.equal(look_up(table, torch.tensor([3, 0])), table[[3, 0]])
    assert look_up(table, torch.tensor([[3, 0, 1]])).shape == (1, 3, 2)


# --- wrong arguments ----------------------------------------------------------------------------


@added
@pytest.mark.parametrize(("first", "length"), [(0, 11), (8, 3), (10, 1), (-1, 3)])
def test_positions_beyond_the_table_are_named(kind, first, length):
    ids = torch.arange(first, first + length)
    reach = f"positions {first}..{first + length - 1} are not within max_length=10"
    for position_ids in (ids, ids.expand(2, length)):
        with pytest.raises(ValueError, match=reach):
            kind(10, 6)(torch.zeros(2, length, 6), position_ids)
    kind(10, 6)(torch.zeros(2, 10, 6), torch.arange(10))  # the last one is well


@added
@pytest.mark.parametrize("shape", [(3,), (1,), (), (1, 4), (4, 2), (2, 4, 6), (2, 1, 4)])
def test_positions_that_do_not_number_the_tokens_are_named(kind, shape):
    ids = torch.zeros(shape, dtype=torch.long)
    with pytest.raises(ValueError, match=r"position_ids of shape \(.*\) .* of x \(2, 4, 6\)"):
        kind(10, 6)(torch.zeros(2, 4, 6), ids)


@added
def test_a_wrong_width_is_named(kind):
    with pytest.raises(ValueError, match=r"\(2, 3, 1\); its last axis must be d_model=6"):
        kind(10, 6)(torch.zeros(2, 3, 1), torch.arange(3))
    with pytest.raises(ValueError, match=r"shape \(6,\); it needs \(..., T, C\)"):
        kind(10, 6)(torch.zeros(6), torch.arange(1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sinusoidal_positions(3, 5), "d_model=5 must be even"),
        (lambda: sinusoidal_positions(-1, 4), "length=-1 must be at least 1"),
        (lambda: LearnedPositions(0, 4), "max_length=0 must be at least 1"),
        (lambda: LearnedPositions(4, 0), "d_model=0 must be at least 1"),
    ],
)
def test_wrong_sizes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
