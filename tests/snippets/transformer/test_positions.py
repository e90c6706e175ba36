"""Positions: the formulas, the laws that make them work, and transformers' numbers."""

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

from snippets.transformer.positions import (
    LearnedPositions,
    RotaryPositions,
    SinusoidalPositions,
    apply_rope,
    apply_rope_interleaved,
    half_split_order,
    rope_angles,
    sinusoidal_positions,
)

CLOSE = {"atol": 1e-5, "rtol": 1e-5}
seeds = st.integers(0, 2**32 - 1)
layouts = pytest.mark.parametrize("rotate", [apply_rope, apply_rope_interleaved])


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def table(positions, head_size, base=10000.0):
    angles = rope_angles(torch.as_tensor(positions), head_size, base)
    return angles.cos(), angles.sin()


# --- sinusoidal ---------------------------------------------------------------------------------


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
def test_positions_are_added_from_the_start_on(kind):
    module, x = kind(10, 6), normal(0, 2, 10, 6)
    whole = module(x)
    assert whole.shape == x.shape
    torch.testing.assert_close(whole[0] - x[0], whole[1] - x[1])
    torch.testing.assert_close(module(x[:, 4:7], start=4), whole[:, 4:7])
    assert not torch.allclose(module(x[:, 4:7]), whole[:, 4:7])


all_kinds = pytest.mark.parametrize(
    "kind", [SinusoidalPositions, LearnedPositions, RotaryPositions]
)


@all_kinds
def test_each_row_may_start_elsewhere(kind):
    module = kind(10, 6)
    shape = (3, 2, 4, 6) if kind is RotaryPositions else (3, 4, 6)  # (B, H, T, D) or (B, T, C)
    x = normal(0, *shape)
    result = module(x, torch.tensor([0, 6, 3]))
    for row, start in enumerate([0, 6, 3]):
        torch.testing.assert_close(result[row], module(x[row : row + 1], start)[0])


@all_kinds
def test_filling_before_a_text_gets_any_position_and_the_text_its_own(kind):
    module, x = kind(10, 6), normal(0, 1, 1, 8, 6)
    x = x if kind is RotaryPositions else x[0]
    result = module(x, torch.tensor([-3]))
    torch.testing.assert_close(result[..., 3:, :], module(x[..., 3:, :]))
    assert result.isfinite().all()


@all_kinds
def test_a_row_that_reaches_beyond_the_table_is_named(kind):
    x = torch.zeros((2, 1, 3, 6) if kind is RotaryPositions else (2, 3, 6))
    with pytest.raises(ValueError, match=r"positions 8..10 are not within max_length=10"):
        kind(10, 6)(x, torch.tensor([0, 8]))


def test_what_is_added_is_the_table():
    zeros = torch.zeros(1, 10, 6)
    assert torch.equal(SinusoidalPositions(10, 6)(zeros)[0], sinusoidal_positions(10, 6))
    learned = LearnedPositions(10, 6)
    assert torch.equal(learned(zeros)[0], learned.table.weight)


def test_only_the_learned_table_is_learned():
    assert [p.shape for p in LearnedPositions(10, 6).parameters()] == [(10, 6)]
    assert not list(SinusoidalPositions(10, 6).parameters())
    assert not SinusoidalPositions(10, 6).state_dict()
    assert not RotaryPositions(10, 6).state_dict()


@pytest.mark.parametrize("kind", [SinusoidalPositions, LearnedPositions, RotaryPositions])
@pytest.mark.parametrize(("start", "length"), [(0, 11), (8, 3), (10, 1), (-1, 3)])
def test_a_sequence_longer_than_the_table_is_named(kind, start, length):
    reach = f"positions {start}..{start + length - 1} are not within max_length=10"
    with pytest.raises(ValueError, match=reach):
        kind(10, 6)(torch.zeros(2, length, 6), start)
    kind(10, 6)(torch.zeros(2, 10, 6))  # just as long is well


@added
def test_a_wrong_width_is_named(kind):
    with pytest.raises(ValueError, match=r"\(2, 3, 1\); its last axis must be d_model=6"):
        kind(10, 6)(torch.zeros(2, 3, 1))
    with pytest.raises(ValueError, match=r"shape \(6,\); it needs \(..., T, C\)"):
        kind(10, 6)(torch.zeros(6))


# --- RoPE ---------------------------------------------------------------------------------------


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
    torch.testing.assert_close(rotary(query), theirs[0], **CLOSE)
    torch.testing.assert_close(rotary(key), theirs[1], **CLOSE)


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


def test_rotary_starts_where_it_is_told():
    rotary, x = RotaryPositions(10, 8), normal(0, 2, 3, 10, 8)
    torch.testing.assert_close(rotary(x[:, :, 4:7], start=4), rotary(x)[:, :, 4:7])


def test_rope_keeps_the_type_of_its_input():
    x = torch.zeros(5, 8, dtype=torch.bfloat16)
    assert apply_rope(x, *table(range(5), 8)).dtype == torch.bfloat16
    assert RotaryPositions(5, 8)(torch.zeros(5, 8)).dtype == torch.float32


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
        (lambda: half_split_order(3), "head_size=3 must be even"),
        (lambda: sinusoidal_positions(3, 5), "d_model=5 must be even"),
        (lambda: sinusoidal_positions(-1, 4), "length=-1 must be at least 1"),
        (lambda: LearnedPositions(0, 4), "max_length=0 must be at least 1"),
    ],
)
def test_wrong_sizes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
