"""Faster settings change how things are computed, not what, and are gone afterwards."""

import ctypes
import subprocess
import sys

import pytest
import torch
from torch.nn import functional as F
from torch.profiler import profile

from snippets.training.speed.fast_cpu import can_compile, compiled, fast_training, keep_freed_memory
from snippets.training.speed.precision import has_fast_bfloat16
from snippets.transformer.minigpt import MiniGPT, next_token_loss
from tests.snippets.transformer.test_minigpt import TINY, random_ids


def loss_and_gradients(model, ids):
    model.zero_grad()
    loss = next_token_loss(model(ids[:, :-1]), ids[:, 1:])
    loss.backward()
    return loss.detach(), [p.grad for p in model.parameters()]


@pytest.mark.parametrize("config", TINY.values(), ids=TINY)
def test_the_same_loss_and_gradients(config):
    torch.manual_seed(0)
    model, ids = MiniGPT(config), random_ids(config, 3, 17)[:, : config.context + 1]
    loss, gradients = loss_and_gradients(model, ids)
    with fast_training():
        fast_loss, fast_gradients = loss_and_gradients(model, ids)
    # float32 products agree to rounding; with AMX or Arm's BF16 their inputs are rounded to 8 bits
    tolerance = 2e-2 if has_fast_bfloat16() else 1e-5
    torch.testing.assert_close(fast_loss, loss, rtol=tolerance, atol=tolerance)
    for fast, plain in zip(fast_gradients, gradients, strict=True):
        torch.testing.assert_close(fast, plain, rtol=10 * tolerance, atol=tolerance)


@pytest.mark.parametrize("fast", [True, False])
def test_float32_products_may_be_rounded_only_where_the_processor_multiplies_bfloat16(
    bfloat16, fast
):
    bfloat16(fast)
    before = torch.backends.mkldnn.matmul.fp32_precision
    with fast_training():
        assert (torch.backends.mkldnn.matmul.fp32_precision == "bf16") == fast
    assert torch.backends.mkldnn.matmul.fp32_precision == before


def test_the_settings_end_with_the_context(bfloat16):
    bfloat16(True)
    matmul = torch.backends.mkldnn.matmul
    before = matmul.fp32_precision

    def fail():
        with fast_training():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert matmul.fp32_precision == before


def test_attention_is_two_products_and_a_softmax_within_the_context_only():
    query = torch.randn(1, 1, 4, 8)

    def operations():
        with profile() as profiler:
            F.scaled_dot_product_attention(query, query, query)
        return {event.name for event in profiler.events()}

    fused = "aten::_scaled_dot_product_flash_attention_for_cpu"
    with fast_training():
        within = operations()
    assert {"aten::matmul", "aten::_softmax"} <= within and fused not in within
    assert fused in operations()


FREED = """
import ctypes, sys
from snippets.training.speed.fast_cpu import keep_freed_memory

class Info(ctypes.Structure):  # of glibc's malloc.h
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

libc = ctypes.CDLL(None)
libc.malloc.argtypes, libc.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
libc.free.argtypes, libc.mallinfo2.restype = [ctypes.c_void_p], Info
if "keep" in sys.argv:
    keep_freed_memory()
libc.free(libc.malloc(30 * 2**20))
print(libc.mallinfo2().fordblks > 30 * 2**20)  # free, but not given back
"""


@pytest.mark.parametrize("words", [[], ["keep"]], ids=["as it is", "keep"])
def test_glibc_keeps_a_large_block_that_is_freed(words):
    if hasattr(ctypes.CDLL(None), "mallinfo2"):  # glibc
        code = [sys.executable, "-c", FREED, *words]
        found = subprocess.run(code, capture_output=True, text=True, check=True)
        assert found.stdout == f"{bool(words)}\n"


def test_without_mallopt_nothing_happens(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    keep_freed_memory()


def test_nothing_of_the_compiler_is_loaded_before_it_is_used():
    code = "import sys, snippets.training.train; print('torch._inductor.config' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


def test_without_a_compiler_the_model_itself_is_used(monkeypatch):
    model = MiniGPT(TINY["ours"])
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert not can_compile() and compiled(model) is model


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated")  # inductor's own
def test_with_a_compiler_the_model_is_wrapped_and_keeps_its_weights(monkeypatch):
    """Nothing is compiled before the first call."""
    monkeypatch.setattr("snippets.training.speed.fast_cpu.can_compile", lambda: True)
    model = MiniGPT(TINY["ours"])
    wrapped = compiled(model)
    assert wrapped is not model
    assert all(a is b for a, b in zip(wrapped.parameters(), model.parameters(), strict=True))
