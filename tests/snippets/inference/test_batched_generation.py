"""A batch gives each prompt what it would get alone, in all respects."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.inference.batched_generation import BatchReader, generate_batch, left_padded
from snippets.inference.fast_decoder import Decoder
from snippets.inference.generation import Reader, generate
from tests.snippets.elsewhere import devices_read
from tests.snippets.inference.test_generation import cached_configs, configs, filters, prompts
from tests.snippets.transformer.test_minigpt import TINY, random_ids, tiny

model_of = cache(lambda config: tiny(config).double())
OURS = model_of(TINY["ours"])
CONTEXT = TINY["ours"].context


@settings(max_examples=60)
@given(
    config=configs,
    batch=st.lists(st.tuples(prompts, st.integers(0, 2**31)), max_size=4),
    count=st.integers(0, 40),
    options=filters,
    stops=st.lists(st.integers(0, 30), max_size=2),
    use_cache=st.booleans(),
)
def test_each_text_is_as_alone(config, batch, count, options, stops, use_cache):
    """For models of all parts, beyond the context, with texts that stop early, cached or not."""
    model, options = model_of(config), options | {"stop": stops}
    alone = [generate(model, ids, count, seed=seed, **options) for ids, seed in batch]
    prompts_, seeds = [ids for ids, _ in batch], [seed for _, seed in batch]
    together = generate_batch(model, prompts_, count, seeds=seeds, use_cache=use_cache, **options)
    assert together == alone
    fast = generate_batch(model, prompts_, count, seeds=seeds, step=Decoder(model), **options)
    assert fast == alone


@settings(max_examples=25)
@given(
    config=cached_configs,
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    more=st.integers(0, 5),
)
def test_texts_after_padding_are_as_without(config, lengths, more):
    """Of unequal length, padded on the left, then continued together, a few tokens at once."""
    model, longest = model_of(replace(config, context=16)), max(lengths)
    ids = random_ids(config, len(lengths), longest + more)
    padding = torch.tensor([longest - length for length in lengths])
    cache = model.new_cache()
    with torch.no_grad():
        first = model(ids[:, :longest], cache, *left_padded(padding, 0, longest))
        rest = first[:, :0]
        if more:
            rest = model(ids[:, longest:], cache, *left_padded(padding, longest, more))
        together = torch.cat([first, rest], dim=1)
        for row, start in enumerate(padding.tolist()):
            alone = model(ids[row : row + 1, start:])
            torch.testing.assert_close(together[row : row + 1, start:], alone)


def test_nobody_looks_at_padding_and_texts_begin_at_position_zero():
    mask, position_ids = left_padded(torch.tensor([0, 2]), past=1, length=3)
    assert mask.shape == (2, 1, 3, 4)
    assert mask[0, 0].int().tolist() == [[1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    assert mask[1, 0].int().tolist() == [[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]]
    assert position_ids.tolist() == [[1, 2, 3], [0, 0, 1]]


def test_inputs_lie_where_the_model_is():
    model = tiny(TINY["ours"]).to("meta")
    places = devices_read(model)
    reader = BatchReader(model, [[1, 2, 3], [4]])
    for texts in ([[1, 2, 3], [4]], [[1, 2, 3, 5], [4, 6]]):
        logits = reader.next_logits(texts)
        assert logits.shape == (2, 31) and logits.device.type == "meta"
    assert reader.cache[0].length == 4
    assert places == ["meta", "meta"]


@settings(max_examples=15)
@given(st.lists(prompts, min_size=1, max_size=4), st.booleans())
def test_the_logits_are_those_of_each_alone(texts, use_cache):
    texts = [list(ids) for ids in texts]
    reader = BatchReader(OURS, texts, use_cache)
    readers = [Reader(OURS, len(ids)) for ids in texts]
    for token in range(CONTEXT + 2):
        logits = reader.next_logits(texts)
        expected = torch.stack([r.next_logits(ids) for r, ids in zip(readers, texts, strict=True)])
        torch.testing.assert_close(logits, expected)
        for ids in texts:
            ids.append(token)


@pytest.mark.parametrize("rows", [[1, 2], [2, 0], [1]])
@pytest.mark.parametrize("use_cache", [False, True])
def test_texts_that_stay_go_on_as_alone(rows, use_cache):
    """Of unequal length, one beyond the context from the start, and on until all begin anew."""
    texts = [[1, 2, 3], [4, 5] * CONTEXT, [6] * (CONTEXT - 2)]
    reader = BatchReader(OURS, texts, use_cache)
    readers = [Reader(OURS, len(ids)) for ids in texts]
    for step in range(2 * CONTEXT):
        if step == 1:
            reader.keep(rows)
            texts, readers = [texts[row] for row in rows], [readers[row] for row in rows]
        expected = torch.stack([r.next_logits(ids) for r, ids in zip(readers, texts, strict=True)])
        torch.testing.assert_close(reader.next_logits(texts), expected)
        for ids in texts:
            ids.append(step % 31)


def test_a_neighbour_that_stops_early_changes_nothing_and_costs_nothing(monkeypatch):
    seen = []
    stop = generate(OURS, [1, 2, 3], 20, seed=5)[5]
    read = BatchReader.next_logits
    monkeypatch.setattr(
        BatchReader, "next_logits", lambda self, texts: seen.append(len(texts)) or read(self, texts)
    )
    texts = generate_batch(OURS, [[1, 2, 3], [4]], 20, seeds=[5, 6], stop=[stop])
    assert texts == [
        generate(OURS, ids, 20, seed=seed, stop=[stop]) for ids, seed in [([1, 2, 3], 5), ([4], 6)]
    ]
    assert seen[0] == 2 and set(seen) <= {1, 2}
    assert len(seen) == max(len(texts[0]) - 3, len(texts[1]) - 1)
    assert sum(seen) == len(texts[0]) - 3 + len(texts[1]) - 1


def test_with_a_cache_the_prompts_are_read_once(monkeypatch):
    shapes, forward = [], OURS.forward
    monkeypatch.setattr(
        OURS, "forward", lambda ids, *rest: shapes.append(tuple(ids.shape)) or forward(ids, *rest)
    )
    generate_batch(OURS, [[1, 2, 3], [4], [5, 6]], 8, seeds=[0, 1, 2])
    assert shapes == [(3, 3)] + 7 * [(3, 1)]
    shapes.clear()
    generate_batch(OURS, [[1, 2, 3], [4], [5, 6]], 8, seeds=[0, 1, 2], step=Decoder(OURS))
    assert shapes == [(3, 3)]


def test_without_seeds_the_generator_of_torch_decides():
    texts = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        texts.append(generate_batch(OURS, [[1], [1]], 20))
    assert texts[0] == texts[1] != texts[2]
    assert texts[0][0] != texts[0][1]


def test_tensors_are_prompts_too_and_stay_as_they_are():
    prompt = [3, 4]
    texts = generate_batch(OURS, [torch.tensor(prompt), prompt], 5, temperature=0)
    assert texts[0] == texts[1] == generate(OURS, prompt, 5, temperature=0)
    assert prompt == [3, 4]


def test_the_mode_comes_back():
    model = tiny(replace(TINY["ours"], dropout=0.5)).train()
    texts = [generate_batch(model, [[1], [2, 3]], 8, temperature=0) for _ in range(2)]
    assert texts[0] == texts[1]
    assert model.training


@pytest.mark.parametrize(
    ("prompts", "options", "message"),
    [
        ([[1], []], {}, "prompt is empty"),
        ([[1], [31]], {}, "id 31 is not in the vocabulary of 31"),
        ([[1], [2]], {"seeds": [1]}, "1 seeds are not one for each of 2 prompts"),
        ([[1]], {"top_p": 0.0}, "top_p=0.0"),
        ([[1]], {"stop": [[]]}, "empty stop"),
    ],
)
def test_wrong_arguments_are_named(prompts, options, message):
    with pytest.raises(ValueError, match=message):
        generate_batch(OURS, prompts, 3, **options)


def test_a_stop_within_a_prompt_ends_nothing():
    expected = generate_batch(OURS, [[1, 2], [3]], 6, temperature=0)
    new = {token for text, length in zip(expected, (2, 1), strict=True) for token in text[length:]}
    assert not new & {1, 2, 3}  # of this model: else the texts would end at them, and rightly
    assert generate_batch(OURS, [[1, 2], [3]], 6, temperature=0, stop=[1, 2, 3]) == expected


def test_only_where_a_text_has_ended_are_the_others_kept(monkeypatch):
    kept, keep = [], BatchReader.keep
    monkeypatch.setattr(
        BatchReader, "keep", lambda self, rows: kept.append(rows) or keep(self, rows)
    )
    generate_batch(OURS, [[1, 2], [3]], 6, seeds=[0, 1])
    assert kept == []
    texts = generate_batch(OURS, [[1, 2], [3]], 6, seeds=[0, 1], stop=lambda new: len(new) == 3)
    assert kept == [] and [len(text) for text in texts] == [5, 4]
