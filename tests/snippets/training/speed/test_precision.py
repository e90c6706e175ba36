"""Mixed precision keeps what must be kept; bfloat16 is used where the processor multiplies it."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F
from torch.profiler import profile

from snippets.training.speed.precision import has_fast_bfloat16, mixed_precision
from snippets.transformer.minigpt import MiniGPT, next_token_loss
from tests.snippets.transformer.test_minigpt import TINY, random_ids


def loss_and_gradients(model, ids, mixed=False):
    model.zero_grad()
    with mixed_precision(mixed):
        loss = next_token_loss(model(ids[:, :-1]), ids[:, 1:])
    loss.backward()
    return loss.detach(), [p.grad for p in model.parameters()]


@pytest.mark.parametrize("config", TINY.values(), ids=TINY)
def test_mixed_precision_keeps_weights_and_gradients_in_float32(config):
    torch.manual_seed(0)
    model, ids = MiniGPT(config), random_ids(config, 3, 17)[:, : config.context + 1]
    plain, exact = loss_and_gradients(model, ids)
    mixed, gradients = loss_and_gradients(model, ids, mixed=True)
    assert mixed.dtype == torch.float32
    assert any(not torch.equal(a, b) for a, b in zip(gradients, exact, strict=True))
    assert float(mixed) == pytest.approx(float(plain), rel=0.02)
    assert {g.dtype for g in gradients} == {torch.float32}


def test_mixed_precision_on_a_cpu_leaves_fused_attention_aside():
    """In bfloat16 it takes longer: measured with PyTorch 2.13 on AMX, texts of 64 and 128."""
    query = torch.randn(1, 1, 4, 8)
    fused = "aten::_scaled_dot_product_flash_attention_for_cpu"
    for enabled in (False, True):
        with mixed_precision(enabled), profile() as profiler:
            F.scaled_dot_product_attention(query, query, query)
        assert (fused in {event.name for event in profiler.events()}) != enabled


@pytest.mark.parametrize(
    ("instructions", "allowed", "expected"),
    [
        ({"avx512_bf16": True}, "AVX512", True),
        ({"amx_bf16": True, "amx_tile": True}, "AVX512", True),
        ({"bf16": True, "neon": True}, "DEFAULT", True),  # Arm
        ({"avx2": True, "avx512_f": True, "avx512_bf16": False}, "AVX512", False),
        ({"avx2": True, "avx_ne_convert": True}, "AVX2", False),
        ({"avx512_bf16": True, "amx_bf16": True}, "AVX2", False),  # kept to AVX2
        ({"neon": True}, "DEFAULT", False),
        ({}, "DEFAULT", False),
    ],
)
def test_bfloat16_is_fast_where_there_are_instructions_that_may_be_used(
    monkeypatch, instructions, allowed, expected
):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: instructions)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: allowed)
    assert has_fast_bfloat16() is expected
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert not has_fast_bfloat16()  # instructions alone multiply nothing


def test_it_agrees_with_what_the_processor_says_of_itself():
    said = Path("/proc/cpuinfo")  # Linux
    flags = said.read_text().split() if said.exists() else []
    has = any(name in flags for name in ("avx512_bf16", "amx_bf16", "bf16"))
    if flags:
        allowed = torch.backends.cpu.get_cpu_capability() != "AVX2"
        assert has_fast_bfloat16() == (has and allowed)
    assert isinstance(has_fast_bfloat16(), bool)


@pytest.mark.parametrize("has", [True, False])
def test_a_gpu_is_asked_for_itself_and_not_what_it_emulates(monkeypatch, has):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": not has})
    assert has_fast_bfloat16("cuda") is has
