"""A state is written whole or not at all; signals wait for the end of a step."""

import os
import signal
import threading

import pytest
import torch

from snippets.training import resume
from snippets.training.resume import load_state, save_state, signals_held

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


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_the_older_state(tmp_path, monkeypatch, call):
    path = tmp_path / "state"
    save_state(path, TENSORS, FACTS)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    target = resume.os if call == "fsync" else resume.Path
    monkeypatch.setattr(target, call, full)
    with pytest.raises(OSError, match="No space"):
        save_state(path, TENSORS, FACTS | {"mark": "newer"})
    assert load_state(path)[1]["mark"] == "x"
    assert [file.name for file in tmp_path.iterdir()] == ["state"]


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
