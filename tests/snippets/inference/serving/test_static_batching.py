"""Static batching writes the same texts, and lets nobody join a batch that has begun."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.inference.generation import generate
from snippets.inference.serving.static_batching import StaticServer
from tests.snippets.transformer.test_minigpt import TINY, tiny

OURS = tiny(TINY["ours"]).double()
asked = st.tuples(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(1, 6))


@settings(max_examples=40)
@given(st.lists(st.tuples(asked, st.integers(0, 3)), max_size=8), st.integers(1, 4), st.booleans())
def test_each_text_is_as_alone_and_is_handed_over_once(arrivals, max_running, leave):
    server = StaticServer(OURS, max_running=max_running, leave=leave, temperature=0)
    requests, ended = [], []
    for (prompt, count), steps in arrivals:
        requests.append((server.submit(prompt, count), prompt, count))
        for _ in range(steps):
            ended += server.step() if server.busy else []
            assert len(server.running) <= max_running
    while server.busy:
        ended += server.step()
    assert sorted(map(id, ended)) == sorted(id(request) for request, _, _ in requests)
    for request, prompt, count in requests:
        alone = generate(OURS, prompt, count, temperature=0)
        assert request.ids[: len(alone)] == alone and request.ended == "length"
        assert not leave or request.ids == alone


@pytest.mark.parametrize("leave", [False, True])
def test_a_batch_is_written_to_its_end(leave):
    server = StaticServer(OURS, max_running=2, leave=leave, temperature=0)
    short, long, late = server.submit([1, 2], 1), server.submit([3], 4), server.submit([4], 1)
    assert server.step() == [short]
    rows = 1 if leave else 2
    assert len(server.running) == rows
    for step in range(3):
        assert late in server.waiting
        assert server.step() == ([long] if step == 2 else [])
        assert server.work == (rows, rows * (step + 3))
    assert server.step() == [late] and not server.busy
    assert server.work == (1, 1)


def test_the_first_step_reads_the_whole_rectangle():
    server = StaticServer(OURS, max_running=3, temperature=0)
    for prompt in ([1, 2, 3], [4]):
        server.submit(prompt, 2)
    server.step()
    assert server.work == (6, 18)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="max_running=0"):
        StaticServer(OURS, max_running=0)
    with pytest.raises(ValueError, match="max_new_tokens=0"):
        StaticServer(OURS).submit([1], 0)
    with pytest.raises(ValueError, match="prompt is empty"):
        StaticServer(OURS).submit([], 1)


def test_unless_told_otherwise_16_are_a_batch_and_nobody_leaves_it():
    server = StaticServer(OURS, temperature=0)
    assert server.work == (0, 0)
    for count in [1, 2] * 9:
        server.submit([3], count)
    assert len(server.step()) == 8
    assert (len(server.running), len(server.waiting)) == (16, 2)
