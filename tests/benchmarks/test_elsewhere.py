"""A training whose model lives on another device; here the CPU stands for it."""

import pytest
import torch

from benchmarks.elsewhere import device_name, on
from snippets.training.loop import Training
from tests.benchmarks.test_ablation import TINY


def test_the_training_is_the_same():
    ids = torch.arange(40) % 5
    here, there = (k(TINY.model, TINY.training, ids, ids) for k in (Training, on("cpu", Training)))
    assert list(here.steps()) == list(there.steps())
    assert all(p.device.type == "cpu" for p in there.model.parameters())


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="device='nothing' is not here"):
        on("nothing", Training)


def test_a_cpu_is_called_by_its_name():
    assert device_name("cpu") == "cpu"
