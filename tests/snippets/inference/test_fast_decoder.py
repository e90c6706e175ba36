"""The decoder gives the model's numbers, whatever the model is made of."""

from dataclasses import replace
from functools import cache
from threading import Event, Thread

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from snippets.inference.batched_generation import left_padded
from snippets.inference.fast_decoder import Decoder, few_threads
from snippets.transformer.positions.alibi import AlibiAttention
from snippets.transformer.positions.rope import RotaryPositions, apply_rope_interleaved
from snippets.transformer.transformer_block import PostNormBlock
from tests.snippets.inference.test_generation import cached_configs
from tests.snippets.transformer.test_minigpt import TINY, random_ids, tiny

model_of = cache(lambda config: tiny(config).double())
OURS = replace(TINY["ours"], num_layers=2)


@torch.no_grad()
def assert_same(model, padding=None, past=6, steps=5):
    batch = 2 if padding is None else len(padding)
    ids = random_ids(model.config, batch, past + steps)
    caches = [model.new_cache() for _ in range(2)]

    def where(start, length):
        return (None, None) if padding is None else left_padded(padding, start, length)

    for memory in caches:
        model(ids[:, :past], memory, *where(0, past))
    decoder = Decoder(model)
    for t in range(past, past + steps):
        expected = model(ids[:, t : t + 1], caches[0], *where(t, 1))
        torch.testing.assert_close(decoder(ids[:, t : t + 1], caches[1], *where(t, 1)), expected)
    for ours, theirs in zip(*caches, strict=True):
        assert ours.length == past + steps
        torch.testing.assert_close(ours.keys, theirs.keys)
        torch.testing.assert_close(ours.values, theirs.values)


@settings(max_examples=60)
@given(cached_configs, st.none() | st.lists(st.integers(0, 5), min_size=1, max_size=3))
def test_the_same_as_the_model(config, padding):
    model = model_of(replace(config, context=16))
    assert_same(model, None if padding is None else torch.tensor(padding))


class Doubled(nn.Linear):
    """A layer that is more than its kind, as a LoRA layer is."""

    def forward(self, x):
        return 2 * super().forward(x)


class Interleaved(RotaryPositions):
    """The other layout, as the page on positions has it."""

    def forward(self, x, position_ids):
        return apply_rope_interleaved(x, *self.rows(position_ids))


def with_other_parts(kind):
    """A model in which one part is not the course's own, and the others are."""
    model = tiny(replace(OURS, positions="none") if kind == "alibi" else OURS)
    last = model.blocks[-1]
    if kind == "linear":
        for parent, name in [(last.attention, "qkv"), (last.feed_forward, "down"), (model, "head")]:
            old = getattr(parent, name)
            setattr(parent, name, Doubled(old.in_features, old.out_features, bias=False))
    elif kind == "alibi":
        last.attention = AlibiAttention(24, 4)
    elif kind == "post-norm":
        parts = (last.attention, last.feed_forward, last.attention_norm, last.feed_forward_norm)
        model.blocks[0] = PostNormBlock(*parts)
    elif kind == "rotary":
        for block in model.blocks:
            block.attention.rotary = Interleaved(16, 6)
    elif kind == "one rotary":
        last.attention.rotary = RotaryPositions(16, 6, base=100.0)
    elif kind == "norm":
        last.feed_forward_norm = nn.Tanh()
    return model.eval().double()


@pytest.mark.parametrize("kind", ["linear", "alibi", "post-norm", "rotary", "one rotary", "norm"])
def test_a_part_that_is_not_known_is_used_as_it_is(kind):
    model = with_other_parts(kind)
    assert_same(model)
    assert_same(model, torch.tensor([0, 3]))
    ids = random_ids(OURS, 1, 6)
    with torch.no_grad():
        assert not torch.allclose(model(ids), tiny(OURS).double()(ids))  # the part does something


@pytest.fixture
def two_threads():
    torch.set_num_threads(2)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize(("tokens", "inside"), [(1, 1), (7, 1), (8, 2), (100, 2)])
def test_few_tokens_get_one_thread_and_the_number_comes_back(tokens, inside):
    with few_threads(tokens):
        assert torch.get_num_threads() == inside
    assert torch.get_num_threads() == 2
    with pytest.raises(ZeroDivisionError), few_threads(tokens):
        print(1 / 0)
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("first_in_first_out", [True, False])
def test_two_may_overlap_and_the_number_comes_back(first_in_first_out):
    one, other = few_threads(1), few_threads(1)
    one.__enter__()
    other.__enter__()
    assert torch.get_num_threads() == 1
    for context in (one, other) if first_in_first_out else (other, one):
        context.__exit__(None, None, None)
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_two_threads_of_python_may_overlap_and_the_number_comes_back():
    entered, leave, found = Event(), Event(), []

    def work():
        with few_threads(1):
            entered.set()
            leave.wait(10)
        found.append(torch.get_num_threads())

    other = Thread(target=work)
    with few_threads(1):
        other.start()
        assert entered.wait(10)
    leave.set()
    other.join(10)
    assert found == [2]
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_the_decoder_reads_few_tokens_with_one_thread(monkeypatch):
    model, seen = model_of(OURS), []
    head = model.norm.forward
    decoder = Decoder(model)
    monkeypatch.setattr(
        decoder, "norm", lambda x: seen.append((len(x), torch.get_num_threads())) or head(x)
    )
    with torch.no_grad():
        for batch in (1, 9):
            decoder(random_ids(OURS, batch, 1), model.new_cache())
    assert seen == [(1, 1), (9, 2)]
