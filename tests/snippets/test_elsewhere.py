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
        with pytest.raises(RuntimeError, match="a generator of the CPU"):
            torch.rand(3, generator=draws, device=there.device)
        assert torch.rand(3, generator=draws).device.type == "cpu"


def test_indices_of_the_cpu_alone_are_taken_elsewhere() -> None:
    with Elsewhere():
        here, places = torch.arange(3.0), torch.tensor([2, 0])
        there = here.to("meta")
        for index in (places, places.to("meta")):
            assert there[index].device.type == "meta" and there[index].cpu().tolist() == [2.0, 0.0]
        with pytest.raises(RuntimeError, match="indices of another device"):
            here[places.to("meta")]
        with pytest.raises(RuntimeError, match="indices of another device"):
            here[places.to("meta")] = torch.ones(2)
        with pytest.raises(RuntimeError, match="tensors of two devices"):
            there[places] = torch.ones(2)
        there[places] = torch.tensor(5.0)
        assert there.cpu().tolist() == [5.0, 1.0, 5.0]
        there[places] = torch.tensor([6.0, 7.0]).to("meta")
        assert there.cpu().tolist() == [7.0, 1.0, 6.0]
        assert torch.zeros(3).copy_(there).tolist() == [7.0, 1.0, 6.0]
        assert there.copy_(here).cpu().tolist() == [0.0, 1.0, 2.0]


def test_what_is_made_by_torch_tensor_has_no_numbers_and_is_refused() -> None:
    with Elsewhere():
        there = torch.arange(3.0).to("meta")
        for numbers in ([1.0, 2.0, 3.0], 1.0):
            made = torch.tensor(numbers, device="meta")
            with pytest.raises(RuntimeError, match="no data"):
                made.cpu()
            with pytest.raises(RuntimeError, match=r"two devices|not on the expected device"):
                there + made
