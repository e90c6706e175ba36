"""A batch gives each prompt what it would get alone, in all respects."""

from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.inference.batched_generation import BatchReader, generate_batch
from snippets.inference.generation import Reader, generate
from tests.snippets.inference.test_generation import configs, filters, prompts
from tests.snippets.transformer.test_minigpt import TINY, tiny

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
    model = tiny(TINY["ours"]).train()
    generate_batch(model, [[1]], 2)
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
