import pytest
import torch

from tests.snippets.elsewhere import Elsewhere


def test_what_a_gpu_does_not_do_is_refused_elsewhere() -> None:
    with Elsewhere():
        here, draws = torch.arange(3.0), torch.Generator().manual_seed(0)
        there = here.to("meta")
        assert (there + torch.tensor(2.0)).cpu().tolist() == [2.0, 3.0, 4.0]
        made = torch.ones(3, device=there.device) + there
        assert made.device.type == "meta" and made.sum().item() == 6.0
        with pytest.raises(RuntimeError, match="tensors of two devices"):
            there + here
        with pytest.raises(RuntimeError, match="a generator of the CPU"):
            there.multinomial(1, generator=draws)
