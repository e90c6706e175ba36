"""What was read is what the batches of a training held."""

from dataclasses import replace
from itertools import islice

import torch

from snippets.society.reading_order import what_was_read
from snippets.training.batches import growing_batches
from snippets.training.config import TrainingConfig


def test_what_was_read_is_what_the_batches_of_a_training_held() -> None:
    settings = TrainingConfig(steps=10, batch_size=2, growth=0.5, warmup=1, seed=4)
    text = torch.randperm(5000)  # ids that are all different, so that a batch shows its places
    seen: set[int] = set()
    order = growing_batches(text, 2, 16, 5, torch.Generator().manual_seed(4))
    for inputs, targets in islice(order, 10):
        seen |= {*inputs.flatten().tolist(), *targets.flatten().tolist()}
    read, last = what_was_read(5000, settings, context=16)
    assert {*text[read].tolist()} == seen and len(last) == 5 * 2
    assert inputs[:, 0].tolist() == text[last[-2:]].tolist()
    assert len(what_was_read(5000, replace(settings, steps=2, growth=0.9), 16)[1]) == 0


def test_places_are_whole_numbers_also_where_there_are_none() -> None:
    settings = TrainingConfig(steps=2, batch_size=2, growth=0.9, warmup=1)
    read, last = what_was_read(2000, settings, context=16)
    assert last.dtype == torch.long and last.shape == (0,) and read.dtype == torch.bool
    assert read.shape == (2000,)
