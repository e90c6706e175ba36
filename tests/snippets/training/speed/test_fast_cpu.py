"""Freed memory is kept, and a compiler is used where there is one."""

import ctypes
import subprocess
import sys
from types import SimpleNamespace

import pytest

from snippets.training.speed.fast_cpu import can_compile, compiled, keep_freed_memory
from snippets.transformer.minigpt import MiniGPT
from tests.snippets.transformer.test_minigpt import TINY

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


def test_no_block_is_larger_than_glibc_accepts(monkeypatch):
    """A larger threshold (M_MMAP_THRESHOLD, -3) would be refused without a word."""
    asked = {}
    libc = SimpleNamespace(mallopt=asked.__setitem__)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: libc)
    keep_freed_memory()
    assert 2**20 <= asked[-3] <= 32 * 2**20
