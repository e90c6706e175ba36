"""A real server with an exported model, asked by the real openai package, on this machine only."""

import os
import socket

import openai
import psutil  # type: ignore[import-untyped]
import pytest

from snippets.inference.generation import complete
from snippets.training.checkpoint import load_trained
from snippets.using.publishing.export import export
from snippets.using.publishing.serving import ModelServer, free_port

PROMPT = "ROMEO:\n"
QUESTION = [{"role": "user", "content": "Who is there?"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "minigpt"
    export(*load_trained(), path)
    return path


def test_a_greedy_completion_is_our_own(server, client):
    answer = client.completions.create(
        model=server.folder, prompt=PROMPT, max_tokens=40, temperature=0
    )
    ours = complete(*load_trained(), PROMPT, 40, temperature=0)
    assert PROMPT + answer.choices[0].text == ours
    assert answer.choices[0].finish_reason == "length"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (len(PROMPT), 40)


def test_a_streamed_completion_comes_in_pieces_and_is_the_same(server, client):
    request = {"model": server.folder, "prompt": PROMPT, "max_tokens": 40, "temperature": 0}
    pieces = [part.choices[0].text for part in client.completions.create(**request, stream=True)]
    assert len([piece for piece in pieces if piece]) > 10
    assert "".join(pieces) == client.completions.create(**request).choices[0].text


def test_a_seed_repeats_a_sample_and_a_stop_ends_it(server, client):
    def sample(seed):
        answer = client.completions.create(
            model=server.folder, prompt=PROMPT, max_tokens=80, seed=seed, stop=["\n\n"]
        )
        return answer.choices[0].text, answer.choices[0].finish_reason

    samples = [sample(seed) for seed in (1, 1, 2)]
    assert samples[0] == samples[1] != samples[2]
    for text, reason in samples:
        assert "\n\n" not in text.removesuffix("\n\n")
        assert text.endswith("\n\n") or reason == "length"


def test_a_chat_is_answered_with_one_speech_of_the_play(server, client):
    answer = client.chat.completions.create(
        model=server.folder, messages=QUESTION, max_tokens=60, temperature=0
    )
    written = complete(
        *load_trained(), "USER:\nWho is there?\n\nASSISTANT:\n", 60, temperature=0
    ).split("ASSISTANT:\n", 1)[1]
    message = answer.choices[0].message
    assert message.role == "assistant"
    expected = written.split("\n\n")[0]
    assert message.content.strip() == expected.strip()  # a whole answer may lack a last blank


def test_a_streamed_chat_is_the_same_answer(server, client):
    request = {"model": server.folder, "messages": QUESTION, "max_tokens": 60, "seed": 3}
    whole = client.chat.completions.create(**request).choices[0].message.content
    pieces = [
        part.choices[0].delta.content or ""
        for part in client.chat.completions.create(**request, stream=True)
    ]
    assert "".join(pieces).strip() == whole.strip()  # a whole answer may lack a last blank
    assert len(pieces) > 1


def test_an_unknown_character_is_an_error_and_the_server_lives_on(server, client):
    once = client.with_options(max_retries=0)
    with pytest.raises(openai.InternalServerError):
        once.completions.create(model=server.folder, prompt="café", max_tokens=5)
    assert client.completions.create(model=server.folder, prompt="cafe", max_tokens=5).choices


def test_another_model_is_refused(client):
    with pytest.raises(openai.BadRequestError) as failure:
        client.completions.create(model="gpt2", prompt="To be", max_tokens=5)
    assert "Server is pinned" in failure.value.response.text


def test_it_listens_on_this_machine_only(server):
    sockets = psutil.Process(server._process.pid).net_connections("inet")
    assert {s.laddr.ip for s in sockets if s.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_a_server_that_cannot_start_says_why_and_leaves_no_process(tmp_path):
    with pytest.raises(RuntimeError, match="did not start") as failure:
        ModelServer(tmp_path / "no-such-model")
    assert "no-such-model" in str(failure.value)


def test_stopping_ends_the_process_for_good(monkeypatch, tmp_path):
    monkeypatch.setattr(ModelServer, "_wait_until_healthy", lambda self, url, timeout: None)
    server = ModelServer(tmp_path)
    pid = server._process.pid
    server.stop()
    server.stop()  # no harm in twice
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_free_port_can_be_listened_on():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))
