"""The stretched angles are those of transformers, and obey what their papers say of them."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

from snippets.modern.long_context.rope_scaling import (
    METHODS,
    ScaledRotary,
    attention_factor,
    dynamic_factor,
    frequencies,
    interpolated,
    ntk_aware,
    stretched,
    yarn,
)
from snippets.transformer.minigpt import MINIGPT, MiniGPT
from snippets.transformer.positions.rope import RotaryPositions

SMALL = replace(MINIGPT, vocab_size=11, context=16, d_model=32, d_hidden=64, num_layers=2)
SIZES = [(32, 64, 4.0, 1e4), (64, 2048, 2.0, 1e4), (128, 8192, 8.0, 5e5), (64, 4096, 40.0, 1e4)]
NEAR = 64  # positions; further on, float32 angles such as theirs lose digits


def llama(kind: str, D: int, trained: int, base: float, **rope: float) -> LlamaConfig:
    """A configuration whose heads have D numbers, with this kind of RoPE."""
    return LlamaConfig(
        hidden_size=2 * D, num_attention_heads=2, max_position_embeddings=trained,
        rope_parameters={"rope_type": kind, "rope_theta": base, **rope},
    )  # fmt: skip


@pytest.mark.parametrize(("D", "trained", "factor", "base"), SIZES)
@pytest.mark.parametrize(("method", "kind"), [("interpolation", "linear"), ("YaRN", "yarn")])
def test_cosines_and_sines_are_those_of_transformers(
    method: str, kind: str, D: int, trained: int, factor: float, base: float
) -> None:
    rope = {"factor": factor}
    if kind == "yarn":
        rope["original_max_position_embeddings"] = trained
    rotary = LlamaRotaryEmbedding(llama(kind, D, trained, base, **rope))
    cos, sin = rotary(torch.zeros(1), torch.arange(NEAR)[None])
    ours = ScaledRotary(method, trained, factor, D, base)
    assert torch.allclose(ours.cos[:NEAR], cos[0, :, : D // 2], atol=1e-5)
    assert torch.allclose(ours.sin[:NEAR], sin[0, :, : D // 2], atol=1e-5)
    assert rotary.attention_scaling == (attention_factor(factor) if kind == "yarn" else 1.0)


def parameters(kind: str, length: int | None, *sizes: float, **rope: float) -> tuple[Tensor, float]:
    """The angles per step of transformers, and its factor."""
    D, trained, base = sizes
    config = llama(kind, int(D), int(trained), base, **rope)
    return ROPE_INIT_FUNCTIONS[kind](config, torch.device("cpu"), seq_len=length)


@pytest.mark.parametrize(("D", "trained", "factor", "base"), SIZES)
def test_angles_per_step_are_those_of_transformers(
    D: int, trained: int, factor: float, base: float
) -> None:
    sizes = D, trained, base
    original = {"original_max_position_embeddings": trained}
    both = [
        (interpolated(D, factor, base), parameters("linear", None, *sizes, factor=factor)),
        (
            yarn(D, factor, trained, base),
            parameters("yarn", None, *sizes, factor=factor, **original),
        ),
        (
            yarn(D, factor, trained, base, fast=16, slow=2),
            parameters("yarn", None, *sizes, factor=factor, beta_fast=16, beta_slow=2, **original),
        ),
    ]
    for length in (trained // 2, trained, 3 * trained):
        s = dynamic_factor(length, trained, factor)
        both.append((ntk_aware(D, s, base), parameters("dynamic", length, *sizes, factor=factor)))
    for ours, (theirs, _) in both:
        assert torch.allclose(ours.float(), theirs, rtol=1e-5, atol=0)


@pytest.mark.parametrize(("D", "trained", "factor", "base"), SIZES)
def test_each_method_slows_the_pairs_that_it_says(
    D: int, trained: int, factor: float, base: float
) -> None:
    plain = frequencies(D, base)
    slowed = {
        "interpolation": plain / interpolated(D, factor, base),
        "NTK": plain / ntk_aware(D, factor, base),
        "YaRN": plain / yarn(D, factor, trained, base),
    }
    assert torch.allclose(slowed["interpolation"], torch.full_like(plain, factor))
    for name in ("NTK", "YaRN"):
        assert slowed[name][0].item() == pytest.approx(1)
        assert slowed[name][-1].item() == pytest.approx(factor)
        assert (slowed[name].diff() > -1e-9).all()
    turns = trained * plain / (2 * torch.pi)
    one_pair = base ** (2 / D)  # rounding to whole pairs moves an end by less than one
    assert torch.allclose(slowed["YaRN"][turns > 32 * one_pair], torch.ones(1, dtype=plain.dtype))
    done = slowed["YaRN"][turns < 1 / one_pair]
    assert len(done) and torch.allclose(done, torch.full_like(done, factor))


@pytest.mark.parametrize("method", METHODS)
def test_a_factor_of_one_changes_nothing(method: str) -> None:
    ours, plain = ScaledRotary(method, 64, 1, 32), RotaryPositions(64, 32)
    assert torch.allclose(ours.cos, plain.cos) and torch.allclose(ours.sin, plain.sin)


def test_interpolated_positions_are_those_of_training_and_some_between() -> None:
    ours, plain = ScaledRotary("interpolation", 64, 4, 32), RotaryPositions(64, 32)
    assert torch.allclose(ours.cos[::4], plain.cos, atol=1e-6)


def test_the_factor_that_grows_with_the_text() -> None:
    assert dynamic_factor(10, 64) == dynamic_factor(64, 64) == 1
    assert dynamic_factor(256, 64) == 4 and dynamic_factor(128, 64, factor=4) == 5


@torch.no_grad()
def test_a_stretched_model_has_the_same_weights_and_leaves_the_old_one_alone() -> None:
    torch.manual_seed(0)
    model, ids = MiniGPT(SMALL).eval(), torch.randint(11, (2, 64))
    before = model(ids[:, :16])
    longer = {method: stretched(model, method, 4) for method in METHODS}
    assert torch.allclose(longer["none"](ids[:, :16]), before, atol=1e-5)
    assert torch.equal(model(ids[:, :16]), before)
    outputs = [one(ids) for one in longer.values()]
    for n, one in enumerate(outputs):
        for other in outputs[:n]:
            assert not torch.allclose(one, other, atol=1e-3)
    for one in longer.values():
        assert one.config.context == 64
        for ours, theirs in zip(one.parameters(), model.parameters(), strict=True):
            assert torch.equal(ours, theirs) and ours is not theirs


def test_what_is_beyond_the_scaled_context_is_refused_with_the_values() -> None:
    rotary = ScaledRotary("YaRN", 16, 4, 8)
    x = torch.zeros(1, 1, 1, 8)
    rotary(x, torch.tensor([63]))
    with pytest.raises(ValueError, match=r"position 64 is beyond the 16 · 4 = 64 positions"):
        rotary(x, torch.tensor([64]))
    longer = stretched(MiniGPT(SMALL), "NTK", 2)
    with pytest.raises(ValueError, match="33 tokens are more than the context=32"):
        longer(torch.zeros(1, 33, dtype=torch.long))


def test_what_cannot_be_stretched_is_refused() -> None:
    with pytest.raises(ValueError, match="method='ntk' is none of none, interpolation, NTK, YaRN"):
        ScaledRotary("ntk", 16, 4, 8)
    for factor in (0.5, float("inf"), float("nan")):
        with pytest.raises(ValueError, match=f"factor={factor}"):
            ScaledRotary("NTK", 16, factor, 8)
    with pytest.raises(ValueError, match="positions='learned'"):
        stretched(MiniGPT(replace(SMALL, positions="learned")), "YaRN", 2)


def test_the_base_is_ten_thousand_unless_another_is_given() -> None:
    for usual, stated, other in (
        (frequencies(32), frequencies(32, 1e4), frequencies(32, 1e5)),
        (interpolated(32, 2), interpolated(32, 2, 1e4), interpolated(32, 2, 1e5)),
        (ntk_aware(32, 2), ntk_aware(32, 2, 1e4), ntk_aware(32, 2, 1e5)),
        (yarn(32, 2, 64), yarn(32, 2, 64, 1e4, 32, 1), yarn(32, 2, 64, 1e5)),
        *((ScaledRotary(method, 16, 2, 8).sin, ScaledRotary(method, 16, 2, 8, 1e4).sin,
           ScaledRotary(method, 16, 2, 8, 1e5).sin) for method in METHODS),
    ):  # fmt: skip
        assert torch.equal(usual, stated) and not torch.equal(usual, other)
    assert ScaledRotary("NTK", 16, 2, 8).sin.dtype == torch.float32


@pytest.mark.parametrize(
    ("length", "trained", "factor", "said"),
    [(0, 4, 1.0, "length=0"), (1, 0, 1.0, "trained=0"), (1, 1, 0.0, r"factor=0\.0")],
)
def test_lengths_and_factors_are_above_zero(
    length: int, trained: int, factor: float, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        dynamic_factor(length, trained, factor)


def test_the_table_is_as_long_as_the_context_and_the_stretched_model_takes_its_sizes() -> None:
    for factor, rows in ((1, 16), (2.5, 40), (4, 64)):
        rotary = ScaledRotary("NTK", 16, factor, 8)
        assert rotary.cos.shape == rotary.sin.shape == (rows, 4)
        assert stretched(MiniGPT(SMALL), "NTK", factor).config.context == rows
    with pytest.raises(ValueError, match="trained=0"):
        ScaledRotary("NTK", 0, 2, 8)
    assert attention_factor(1) == attention_factor(0.5) == 1
    none = ScaledRotary("none", 16, 2, 8)
    assert none(torch.zeros(1, 1, 0, 8), torch.zeros(0, dtype=torch.long)).shape == (1, 1, 0, 8)


@pytest.mark.parametrize("method", METHODS)
def test_the_stretched_model_stays_on_its_device(method: str) -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    longer = stretched(MiniGPT(SMALL).to("meta"), method, 2.0)
    tables = {name: table.device.type for name, table in longer.named_buffers()}
    assert tables["blocks.0.attention.rotary.cos"] == tables["blocks.0.attention.rotary.sin"]
    assert set(tables.values()) == {"meta"}
