"""RoPE: scores by distance alone, two layouts of one thing, and the numbers of Llama and GPT-J."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig
from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb as rope_of_gptj
from transformers.models.gptj.modeling_gptj import create_sinusoidal_positions
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb as rope_of_llama

from snippets.transformer.positions.rope import (
    RotaryPositions,
    apply_rope,
    apply_rope_interleaved,
    half_split_order,
    rope_angles,
)

CLOSE = {"atol": 1e-5, "rtol": 1e-5}
seeds = st.integers(0, 2**32 - 1)
layouts = pytest.mark.parametrize("rotate", [apply_rope, apply_rope_interleaved])


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def table(positions, head_size, base=10000.0):
    angles = rope_angles(torch.as_tensor(positions), head_size, base)
    return angles.cos(), angles.sin()


def test_angles_stay_exact_far_out():
    """In float32 the angle at position 1,000,003 would be off by more than a hundredth."""
    angles = rope_angles(torch.tensor([1_000_003]), 6)
    expected = [1_000_003 * 10000 ** (-2 * i / 6) for i in range(3)]
    assert angles[0].tolist() == pytest.approx(expected, rel=1e-13)


@layouts
@given(seeds, st.integers(0, 60), st.integers(0, 60), st.integers(0, 1000))
def test_rope_scores_depend_on_the_distance_only(rotate, seed, query_at, key_at, shift):
    query, key = normal(seed, 1, 8).double(), normal(seed + 1, 1, 8).double()

    def score(m, n):
        return (rotate(query, *table([m], 8)) * rotate(key, *table([n], 8))).sum()

    here, there = score(query_at, key_at), score(query_at + shift, key_at + shift)
    torch.testing.assert_close(here, there, atol=1e-9, rtol=1e-9)


@layouts
@given(seeds)
def test_rope_keeps_lengths_and_leaves_position_zero_alone(rotate, seed):
    x = normal(seed, 2, 3, 9, 8)
    turned = rotate(x, *table(range(9), 8))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1), **CLOSE)
    torch.testing.assert_close(turned[..., 0, :], x[..., 0, :])
    assert not torch.allclose(turned[..., 1, :], x[..., 1, :])


@layouts
def test_rope_turns_in_the_plane_as_complex_numbers_do(rotate):
    turned = rotate(torch.tensor([[3.0, 1.0]]), *table([0.5], 2))
    expected = complex(3, 1) * complex(math.cos(0.5), math.sin(0.5))
    torch.testing.assert_close(turned, torch.tensor([[expected.real, expected.imag]]))


@pytest.mark.parametrize("base", [10000.0, 500000.0])
def test_half_split_rope_equals_llama(base):
    config = LlamaConfig(
        hidden_size=32,
        num_attention_heads=4,
        rope_parameters={"rope_type": "default", "rope_theta": base},
    )
    query, key = normal(0, 2, 4, 20, 8), normal(1, 2, 4, 20, 8)
    cos, sin = LlamaRotaryEmbedding(config)(query, torch.arange(20)[None])
    theirs = rope_of_llama(query, key, cos, sin)
    rotary = RotaryPositions(64, 8, base)
    torch.testing.assert_close(rotary(query, torch.arange(20)), theirs[0], **CLOSE)
    torch.testing.assert_close(rotary(key, torch.arange(20)), theirs[1], **CLOSE)


def test_interleaved_rope_equals_gptj():
    x = normal(0, 2, 20, 4, 8)  # (B, T, H, D), as GPT-J has it
    sin, cos = create_sinusoidal_positions(20, 8)[None].repeat(2, 1, 1).chunk(2, dim=-1)
    theirs = rope_of_gptj(x, sin, cos).transpose(1, 2)
    ours = apply_rope_interleaved(x.transpose(1, 2), *table(range(20), 8))
    torch.testing.assert_close(ours, theirs, **CLOSE)


@pytest.mark.parametrize("head_size", [2, 4, 10])
def test_one_order_links_the_two_layouts(head_size):
    order, turns = half_split_order(head_size), table(range(5), head_size)
    assert order.sort().values.tolist() == list(range(head_size))
    x = normal(0, 5, head_size)
    torch.testing.assert_close(
        apply_rope(x[:, order], *turns), apply_rope_interleaved(x, *turns)[:, order]
    )
    if head_size > 2:
        assert not torch.allclose(apply_rope(x, *turns), apply_rope_interleaved(x, *turns))


def test_rotary_turns_by_the_positions_that_it_is_given():
    rotary, x = RotaryPositions(10, 8), normal(0, 3, 2, 4, 8)  # (B, H, T, D)
    ids = torch.tensor([[0, 1, 2, 3], [6, 7, 8, 9], [3, 3, 0, 1]])  # (B, T)
    together = rotary(x, ids)
    for row in range(3):
        expected = apply_rope(x[row], *table(ids[row], 8))
        torch.testing.assert_close(together[row], expected, **CLOSE)
        torch.testing.assert_close(rotary(x[row : row + 1], ids[row])[0], expected, **CLOSE)


def test_nothing_is_learned_and_nothing_saved():
    assert not list(RotaryPositions(10, 6).parameters())
    assert not RotaryPositions(10, 6).state_dict()


@pytest.mark.parametrize(("first", "length"), [(0, 11), (8, 3), (10, 1), (-1, 3)])
def test_positions_beyond_the_table_are_named(first, length):
    ids = torch.arange(first, first + length)
    reach = f"positions {first}..{first + length - 1} are not within max_length=10"
    with pytest.raises(ValueError, match=reach):
        RotaryPositions(10, 6)(torch.zeros(2, 1, length, 6), ids)


def test_positions_that_do_not_number_the_tokens_are_named():
    with pytest.raises(ValueError, match=r"position_ids of shape \(3,\) .*\(2, 1, 4, 6\)"):
        RotaryPositions(10, 6)(torch.zeros(2, 1, 4, 6), torch.arange(3))


def test_rope_keeps_the_type_of_its_input():
    x = torch.zeros(5, 8, dtype=torch.bfloat16)
    assert apply_rope(x, *table(range(5), 8)).dtype == torch.bfloat16
    assert RotaryPositions(5, 8)(torch.zeros(5, 8), torch.arange(5)).dtype == torch.float32


@layouts
@pytest.mark.parametrize("shape", [(5, 7), (5, 6), (4, 8), (8,)])
def test_what_does_not_fit_the_angles_is_named(rotate, shape):
    with pytest.raises(ValueError, match=r"x \(.*\) needs cos and sin of shape \(T, D/2\)"):
        rotate(torch.zeros(shape), *table(range(5), 8))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rope_angles(torch.arange(3), 7), "head_size=7 must be even"),
        (lambda: RotaryPositions(3, 5), "head_size=5 must be even"),
        (lambda: RotaryPositions(0, 4), "max_length=0 must be at least 1"),
        (lambda: RotaryPositions(3, 4, base=0.0), "base=0.0 must be above 0"),
        (lambda: half_split_order(3), "head_size=3 must be even"),
    ],
)
def test_wrong_sizes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_without_a_base_it_is_the_papers():
    """Su et al. 2021: 10000."""
    positions = torch.arange(7)
    assert torch.equal(rope_angles(positions, 8), rope_angles(positions, 8, base=10000.0))
    assert torch.equal(RotaryPositions(7, 8).cos, rope_angles(positions, 8, 10000.0).cos().float())


def test_one_position_and_one_pair_are_enough():
    x = torch.randn(1, 1, 1, 2)
    assert torch.equal(RotaryPositions(1, 2, base=0.5)(x, torch.tensor([0])), x)
    assert rope_angles(torch.tensor([3]), 2).tolist() == [[3.0]]
    assert rope_angles(torch.tensor([3]), 2).dtype == torch.float64
