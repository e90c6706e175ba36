"""Batches and evaluation: what they read, and what they count."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from snippets.training.batches import batches, evaluate, growing_batches
from tests.snippets.elsewhere import devices_read
from tests.snippets.transformer.test_minigpt import TINY, random_ids, tiny

CONFIG = TINY["ours"]


def test_batches_are_pieces_of_the_text_one_token_apart():
    data = torch.arange(100)
    generator = torch.Generator().manual_seed(0)
    stream = batches(data, 4, 10, generator)
    starts = set()
    for _ in range(200):
        inputs, targets = next(stream)
        assert inputs.shape == targets.shape == (4, 10)
        assert torch.equal(inputs + 1, targets)
        assert torch.equal(inputs.diff(dim=1), torch.ones(4, 9, dtype=torch.long))
        starts |= set(inputs[:, 0].tolist())
    assert starts == set(range(90))  # every place, the last included


def test_batches_follow_their_generator():
    data = torch.arange(1000)
    draws = [next(batches(data, 4, 8, torch.Generator().manual_seed(s)))[0] for s in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("steps", [0, 1, 5, 6])
def test_sequences_grow_and_every_batch_has_as_many_tokens(steps):
    stream = growing_batches(torch.arange(1000), 2, 16, steps, torch.Generator().manual_seed(0))
    shapes = [tuple(next(stream)[0].shape) for _ in range(steps + 3)]
    quarter = {0: 0, 1: 0, 5: 2, 6: 2}[steps]
    expected = [(8, 4)] * quarter + [(4, 8)] * (steps - quarter) + [(2, 16)] * 3
    assert shapes == expected


def test_a_context_that_does_not_divide_cannot_grow():
    with pytest.raises(ValueError, match="a context of 18 is not divisible by 4"):
        next(growing_batches(torch.arange(99), 2, 18, 4, torch.Generator()))
    assert next(growing_batches(torch.arange(99), 2, 18, 0, torch.Generator()))[0].shape == (2, 18)


def test_evaluate_in_shorter_pieces_is_that_of_a_shorter_context():
    model, data = tiny(CONFIG), random_ids(CONFIG, 1, 70)[0]
    shorter = tiny(replace(CONFIG, context=CONFIG.context // 2))
    shorter.load_state_dict(model.state_dict())
    found = evaluate(model, data, context=CONFIG.context // 2)
    assert found == pytest.approx(evaluate(shorter, data), rel=1e-5)
    assert found != evaluate(model, data)


@pytest.mark.parametrize("length", [2, 9, 16, 17, 18, 33, 100])
def test_evaluate_counts_each_token_once(length):
    """Against the definition: each token but the first, given those before it in its window."""
    model = tiny(CONFIG)
    data = random_ids(CONFIG, 1, length)[0]
    total = 0.0
    with torch.no_grad():
        for start in range(0, length - 1, CONFIG.context):
            piece = data[start : start + CONFIG.context + 1]
            logits = model(piece[None, :-1])[0]
            total += F.cross_entropy(logits, piece[1:], reduction="sum").item()
    assert evaluate(model, data, batch_size=2) == pytest.approx(total / (length - 1), rel=1e-5)


def test_evaluate_on_a_part_is_fixed_and_leaves_the_mode():
    model = tiny(replace(CONFIG, dropout=0.5)).train()
    data = random_ids(CONFIG, 1, 1000)[0]
    assert evaluate(model, data, windows=5) == evaluate(model, data, windows=5)
    assert evaluate(model, data, windows=5) != evaluate(model, data)
    assert evaluate(model, data, windows=10_000) == evaluate(model, data)
    assert model.training


def test_texts_too_short_are_refused():
    with pytest.raises(ValueError, match="training text has 16 tokens; it needs 17"):
        next(batches(torch.arange(16), 1, 16, torch.Generator()))
    with pytest.raises(ValueError, match="validation text has 1 tokens; it needs 2"):
        evaluate(tiny(CONFIG), torch.arange(1))


@pytest.mark.parametrize("batch_size", [1, 5, 40])
@pytest.mark.parametrize("length", [11, 12, 20, 21, 300])
def test_no_passage_comes_twice_while_another_waits(length, batch_size):
    """Rounds through the text: in each, every passage once, and all of it but the edges."""
    context = 10
    drawn = batches(torch.arange(length), batch_size, context, torch.Generator().manual_seed(0))
    starts = []
    while len(starts) < 3 * length:
        starts += next(drawn)[0][:, 0].tolist()
    while starts:  # the round that the next one begins
        expected = list(range(starts[0] % context, length - context, context))
        whole, starts = starts[: len(expected)], starts[len(expected) :]
        assert len(set(whole)) == len(whole)
        assert sorted(whole) == expected or not starts  # the last may be cut short


def test_evaluate_goes_to_the_models_device():
    """The device "meta", which keeps no numbers, stands for a GPU."""
    model = tiny(CONFIG).to("meta")
    seen = devices_read(model)
    with pytest.raises(RuntimeError, match="item"):
        evaluate(model, random_ids(CONFIG, 1, 40)[0])
    assert seen == ["meta"]


@pytest.mark.parametrize(("windows", "first"), [(1, [0]), (2, [0, 2]), (3, [0, 1, 3]), (5, None)])
def test_a_part_is_contexts_spread_evenly_and_no_rest(windows, first):
    """Of a text of five contexts and a rest; as many windows as there are leave nothing out."""
    model, read = tiny(CONFIG), []
    data = random_ids(CONFIG, 1, 5 * CONFIG.context + 4)[0]
    model.register_forward_pre_hook(lambda _, arguments: read.extend(arguments[0]))
    found = evaluate(model, data, windows)
    if first is None:
        assert found == evaluate(model, data)
        return
    starts = [CONFIG.context * number for number in first]
    pieces = [data[start : start + CONFIG.context + 1] for start in starts]
    assert [row.tolist() for row in read] == [piece[:-1].tolist() for piece in pieces]
    losses = [F.cross_entropy(model(piece[None, :-1])[0], piece[1:]).item() for piece in pieces]
    assert found == pytest.approx(sum(losses) / windows, rel=1e-5)


def test_a_text_of_one_piece_is_enough():
    inputs, targets = next(batches(torch.arange(11), 2, 10, torch.Generator()))
    assert inputs.tolist() == [list(range(10))] * 2 and targets[0].tolist() == list(range(1, 11))


def test_an_evaluation_keeps_no_graph_and_reads_a_batch_at_a_time():
    model, sizes = tiny(CONFIG), []
    model.register_forward_pre_hook(lambda _, arguments: sizes.append(len(arguments[0])))
    model.register_forward_hook(lambda _, __, logits: sizes.append(logits.requires_grad))
    evaluate(model, random_ids(CONFIG, 1, 5 * CONFIG.context + 1)[0], batch_size=2)
    assert sizes == [2, False, 2, False, 1, False]
