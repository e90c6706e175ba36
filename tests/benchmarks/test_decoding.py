"""The three programs compute one step, loads fit the memory, and without a GPU nothing is said."""

from dataclasses import replace

import pytest
import torch

from benchmarks import decoding
from benchmarks.decoding import cache_bytes, llama, loads, programs, steps, table
from benchmarks.options import ON_A_GPU, Options, parse
from snippets.transformer.minigpt import MiniGPT, count_parameters

SMALL = replace(llama(), vocab_size=50, context=20, d_model=64, num_layers=2, d_hidden=48)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    return MiniGPT(SMALL).eval()


def test_the_shape_has_8_billion_parameters_and_131_kb_of_cache_per_token():
    assert count_parameters(llama()) == 8_030_261_248  # as the published weights
    assert cache_bytes(llama(), 1) == 2**17 and cache_bytes(llama(), 7) == 7 * 2**17


def test_loads_are_all_powers_of_two_whose_caches_fit():
    found = loads(llama(), 16 * 10**9)  # of 80 GB
    most = {16: 1024, 1024: 256, 8192: 32}  # the next caches take 69 GB; no more texts are tried
    assert found == [(past, 2**n) for past in most for n in range(11) if 2**n <= most[past]]


@torch.inference_mode()
def test_programs_take_the_same_step_again_and_again(model):
    torch.manual_seed(1)
    work = dict(programs(model, texts=3, past=7))
    assert list(work) == ["MiniGPT", "Decoder"]  # a graph is recorded on a GPU only
    expected = work["MiniGPT"]()
    assert expected.shape == (3, 1, 50)
    for compute in (*work.values(), *work.values()):
        torch.testing.assert_close(compute(), expected)


@torch.inference_mode()
def test_a_row_says_what_was_measured_and_a_wrong_program_is_refused(model, monkeypatch):
    monkeypatch.setattr(decoding, "PASTS", (4,))
    monkeypatch.setattr(decoding, "seconds", lambda work: [0.5, 0.25, 1.0])
    rows = list(steps(model))
    assert [row["texts"] for row in rows[::2]] == [2**n for n in range(11)]
    assert all(row["past"] == 4 and 0 <= row["differs"] < 1e-5 for row in rows)
    lines = table({"rows": rows}).splitlines()
    assert lines[0] == "| tokens per text | texts | MiniGPT | Decoder |"
    assert lines[-1] == "| 4 | 1,024 | 2,048 | 2,048 |"  # by the median
    monkeypatch.setattr(decoding, "Decoder", lambda model: lambda ids, cache, **_: torch.ones(50))
    with pytest.raises(ValueError, match="Decoder differs by"):
        list(steps(model))


def test_without_a_gpu_it_is_refused_and_left_out_of_all(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="needs a GPU"):
        decoding.run(Options())
    assert not {*parse([]).names} & {*ON_A_GPU}
    assert parse(["decoding"]).names == ("decoding",)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert {*ON_A_GPU} <= {*parse([]).names}
