"""A state comes back to the last bit; signals wait for the end of a step."""

import os
import signal
import threading

import pytest
import torch

from snippets.training.optimizers import make_optimizers
from snippets.training.state import (
    load_state,
    prime,
    rows,
    save_state,
    signals_held,
    state_tensors,
    whole,
)
from tests.snippets.transformer.test_minigpt import TINY, tiny

TENSORS = {
    "weights": torch.randn(3, 4),
    "steps": torch.tensor(7.0),
    "chance": torch.get_rng_state(),
}
FACTS = {"losses": [0.1 + 0.2, 1e-300], "history": [[1, 2.5, 3.5]], "mark": "x"}


def test_what_is_saved_comes_back_to_the_last_bit(tmp_path):
    path = tmp_path / "new" / "state.safetensors"
    save_state(path, TENSORS | {"transposed": TENSORS["weights"].T}, FACTS)
    tensors, facts = load_state(path)
    assert facts == FACTS
    assert tensors.keys() == TENSORS.keys() | {"transposed"}
    assert all(torch.equal(tensors[name], TENSORS[name]) for name in TENSORS)
    assert torch.equal(tensors["transposed"], TENSORS["weights"].T)


@pytest.mark.parametrize("damage", [b"", b"not a state", None])
def test_a_damaged_state_is_named(tmp_path, damage):
    path = tmp_path / "state"
    save_state(path, TENSORS, FACTS)
    path.write_bytes(path.read_bytes()[:-5] if damage is None else damage)
    with pytest.raises(ValueError, match=r"state is damaged .*remove it to start afresh"):
        load_state(path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noted_and_the_second_interrupts(number):
    before = signal.getsignal(number)
    with signals_held() as stopped:
        assert not stopped()
        os.kill(os.getpid(), number)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_other_threads_leave_signals_alone():
    answers = []

    def work():
        with signals_held() as stopped:
            answers.append((stopped(), signal.getsignal(signal.SIGINT)))

    handler = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert answers == [(False, handler)]


def test_a_state_has_every_weight_its_mean_and_its_optimizers_tensors():
    model = tiny(TINY["gpt2"])
    names = {name for name, _ in model.named_parameters()}
    optimizers = make_optimizers(model, 0.02, 0.003, weight_decay=0.1)
    before = [p.detach().clone() for p in model.parameters()]
    assert state_tensors(model, optimizers, []).keys() == {f"model.{name}" for name in names}
    prime(optimizers)
    found = state_tensors(model, optimizers, before)
    by_muon = {
        n for n in names if n.startswith("blocks.") and dict(model.named_parameters())[n].ndim == 2
    }
    expected = {f"{kind}.{name}" for kind in ("model", "average") for name in names}
    expected |= {
        f"{kind}.{name}" for kind in ("momentum_buffer", "row_squares") for name in by_muon
    }
    expected |= {f"{k}.{n}" for k in ("exp_avg", "exp_avg_sq", "step") for n in names - by_muon}
    assert found.keys() == expected
    assert all(torch.equal(p, old) for p, old in zip(model.parameters(), before, strict=True))
    assert all(p.grad is None for p in model.parameters())
    assert [group["lr"] for o in optimizers for group in o.param_groups] == [0.02, 0.003]
    assert not any(
        found[name].any() for name in found if name.startswith(("exp", "momentum", "row"))
    )


def test_a_tensor_of_one_process_is_whole_and_its_rows_are_all():
    tensor = torch.randn(3, 2)
    assert whole(tensor) is tensor and rows(tensor, torch.zeros(3, 2)) is tensor
