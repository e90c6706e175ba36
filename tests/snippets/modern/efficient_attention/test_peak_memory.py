"""Counted bytes: sums by hand, and a whole process that grows as much."""

import subprocess
import sys

import torch

from snippets.modern.efficient_attention.peak_memory import PeakMemory, peak_bytes

KB = 4 * 250


def test_what_is_alive_together_counts() -> None:
    x = torch.ones(250)
    assert peak_bytes(lambda: x + 1) == KB
    assert peak_bytes(lambda: (x + 1) + 1) == 2 * KB
    assert peak_bytes(lambda: ((x + 1) + 1) + 1) == 2 * KB  # the first is free by then
    assert peak_bytes(lambda: [x + n for n in range(5)]) == 5 * KB
    assert peak_bytes(lambda: [(x + n).sum() for n in range(5)]) == KB + 5 * 4


def test_views_and_changes_in_place_take_nothing() -> None:
    x = torch.ones(10, 25)
    assert peak_bytes(lambda: x.T[2:].reshape(-1)[:3].unsqueeze(0)) == 23 * 10 * 4  # one copy
    assert peak_bytes(lambda: x.view(-1)[3:].add_(1).mul_(2)) == 0
    assert peak_bytes(lambda: torch.add(x, 1, out=x)) == 0


def test_what_is_kept_for_gradients_counts_until_it_is_used() -> None:
    x = torch.ones(250, requires_grad=True)
    with PeakMemory() as memory:
        y = x.exp().exp()
        kept = memory.now
        del y
        assert kept == 2 * KB and memory.now == 0


def test_all_is_freed_in_the_end() -> None:
    with PeakMemory() as memory:
        for _ in range(3):
            torch.ones(250).exp()
    assert memory.now == 0 and memory.peak == 2 * KB


def test_a_process_grows_as_much() -> None:
    code = """
import re, resource, torch
from pathlib import Path
from snippets.modern.efficient_attention.peak_memory import peak_bytes
def peak():
    status = Path("/proc/self/status")
    if status.exists():  # on Linux, what resource says includes the process that started this one
        return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def compute(): return (torch.ones(12_000_000) + 1).exp()
torch.ones(10).exp()
before = peak()
compute()
print(peak() - before, peak_bytes(compute))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    grown, counted = map(int, done.stdout.split())
    assert counted == 2 * 48_000_000 and abs(grown / counted - 1) < 0.1
