"""What tests of the snippets share: another processor than the one that they run on."""

import pytest
import torch


@pytest.fixture
def bfloat16(monkeypatch):
    """A function that gives the processor instructions for bfloat16, or takes them away."""

    def pretend(fast):
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
        monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": fast})

    return pretend
