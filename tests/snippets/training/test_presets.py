"""No preset multiplies in bfloat16 where the processor has no instructions for it."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from snippets.training.loop import Training
from snippets.training.presets import PRESETS
from tests.snippets.transformer.test_minigpt import TINY


class Types(TorchDispatchMode):
    """Counts operations by the types of the tensors that go in or come out."""

    def __init__(self):
        super().__init__()
        self.found = Counter()

    def __torch_dispatch__(self, operation, types, arguments=(), options=None):
        result = operation(*arguments, **(options or {}))
        tensors = tree_leaves((arguments, options, result))
        self.found.update({t.dtype for t in tensors if isinstance(t, torch.Tensor)})
        return result


def types_of_a_step(preset):
    """The types that all operations of two steps use: forwards, backwards, and the optimizers.

    The batch is small, which changes no type. The model is not compiled, for the compiler makes its
    code from the very operations that are seen here.
    """
    preset = preset.with_settings(batch_size=1, compiled=False)
    data = torch.arange(2000) % preset.model.vocab_size
    training = Training(preset.model, preset.training, data, data)
    with Types() as seen:
        steps = training.steps()
        next(steps)
        next(steps)  # the optimizers now have their state
    return seen.found


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_step_touches_no_bfloat16_where_it_is_emulated(preset, bfloat16):
    bfloat16(False)
    found = types_of_a_step(preset)
    assert found[torch.float32] > 500 and torch.bfloat16 not in found
    assert torch.float16 not in found


def test_the_watch_sees_bfloat16_where_it_is_used(bfloat16):
    """With mixed precision, and only with it: without, every processor trains the same model."""
    bfloat16(True)
    preset = replace(PRESETS["site"], model=TINY["ours"])
    without, mixed = (
        types_of_a_step(preset.with_settings(mixed_precision=mixed))[torch.bfloat16]
        for mixed in (False, True)
    )
    assert without == 0 < mixed


def test_other_settings_leave_the_preset_as_it_is():
    site = PRESETS["site"]
    changed = site.with_settings(seed=3)
    assert changed.training == replace(site.training, seed=3) and changed.model == site.model
    assert site.training.seed == 0


@pytest.mark.parametrize(("steps", "warmup"), [(1000, 10), (21, 10), (20, 10), (19, 9), (1, 0)])
def test_at_most_half_of_fewer_steps_warm_up(steps, warmup):
    training = PRESETS["site"].with_settings(warmup=10).with_steps(steps).training
    assert (training.steps, training.warmup) == (steps, warmup)


def test_presets_of_one_size_read_what_they_say():
    nanogpt = PRESETS["nanogpt-cpu"]
    assert nanogpt.training.steps * nanogpt.training.batch_size * nanogpt.model.context == 1_536_000
    assert PRESETS["speedrun"].model == nanogpt.model
