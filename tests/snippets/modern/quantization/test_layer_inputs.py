"""Inputs of layers are what the layers really get."""

import pytest
import torch
from torch import nn

from snippets.modern.quantization.layer_inputs import layer_inputs


def test_each_call_adds_rows_and_nothing_stays_behind():
    torch.manual_seed(0)
    first, second = nn.Linear(3, 4), nn.Linear(4, 2)
    x = torch.randn(2, 5, 3)
    found = layer_inputs(
        {"first": first, "second": second},
        lambda: [second(first(part)) for part in (x, 2 * x)],
    )
    assert torch.equal(found["first"], torch.cat([x, 2 * x]).flatten(0, 1))
    torch.testing.assert_close(found["second"][:10], first(x).flatten(0, 1).detach())
    assert not found["second"].requires_grad
    assert not first._forward_pre_hooks and not second._forward_pre_hooks


def test_a_layer_that_is_never_called_is_named():
    with pytest.raises(ValueError, match=r"\['idle'\]"):
        layer_inputs({"idle": nn.Linear(1, 1)}, lambda: None)


def test_hooks_are_gone_after_an_error():
    layer = nn.Linear(2, 2)
    with pytest.raises(RuntimeError):
        layer_inputs({"layer": layer}, lambda: layer(torch.ones(1, 3)))
    assert not layer._forward_pre_hooks
