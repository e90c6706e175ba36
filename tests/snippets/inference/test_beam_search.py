"""Width 1 is greedy, a wide enough beam finds the best text of all, and scores are true."""

from dataclasses import replace
from itertools import product

import pytest
import torch

from snippets.inference.beam_search import beam_search
from snippets.inference.generation import generate
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig

CONFIG = MiniGPTConfig(
    vocab_size=4, context=12, d_model=16, num_layers=2, num_heads=2, num_kv_heads=2, d_hidden=32
)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    model = MiniGPT(CONFIG).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(8)  # far from uniform, so that greedy and best differ
    return model


@torch.no_grad()
def log_probability(model, prompt, new):
    """Ln of the probability of new ids after a prompt, one token at a time."""
    ids, total = list(prompt), 0.0
    for token in new:
        total += model(torch.tensor([ids]))[0, -1].log_softmax(-1)[token].item()
        ids.append(token)
    return total


def test_width_one_is_greedy(model):
    for prompt in ([0], [1, 2], [3, 3, 0]):
        ((text, _),) = beam_search(model, prompt, 9, width=1)
        assert text == generate(model, prompt, 9, temperature=0)


@torch.no_grad()
def test_a_beam_as_wide_as_all_texts_finds_the_best_of_all(model):
    every = torch.tensor(list(product(range(4), repeat=4)))  # (256, 4)
    for prompt in ([0], [2, 1], [3]):
        texts = torch.cat([torch.tensor(prompt).expand(len(every), -1), every], dim=1)
        logs = model(texts[:, :-1]).log_softmax(-1)[:, len(prompt) - 1 :]  # (256, 4, V)
        totals = logs.gather(2, every[..., None]).sum((1, 2))  # (256,)
        expected = texts[totals.topk(3).indices].tolist()
        assert [text for text, _ in beam_search(model, prompt, 4, width=4**4)[:3]] == expected


def test_dropout_is_off_and_the_mode_comes_back():
    torch.manual_seed(0)
    model = MiniGPT(replace(CONFIG, dropout=0.5)).train()
    found = [beam_search(model, [0], 6, width=3) for _ in range(3)]
    assert found[0] == found[1] == found[2]
    assert beam_search(model, [0], 6, width=1)[0][0] == generate(model, [0], 6, temperature=0)
    assert model.training


def test_beams_lie_where_the_model_is(monkeypatch):
    """On a device without numbers only the list at the end fails."""
    model, seen = MiniGPT(CONFIG).to("meta"), []
    forward = model.forward
    monkeypatch.setattr(model, "forward", lambda ids: seen.append(ids.device.type) or forward(ids))
    with pytest.raises(NotImplementedError, match="no data"):
        beam_search(model, [1, 2], 3, width=2)
    assert seen == ["meta"] * 3


def test_scores_are_log_probabilities_and_fall(model):
    found = beam_search(model, [1, 0], 5, width=6)
    assert len(found) == 6
    assert len({tuple(text) for text, _ in found}) == 6
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    for text, score in found:
        assert text[:2] == [1, 0] and len(text) == 7
        assert score == pytest.approx(log_probability(model, [1, 0], text[2:]), abs=1e-5)


def test_a_tensor_is_a_prompt_too_and_nothing_may_be_asked_for(model):
    ids = torch.tensor([3, 1])
    assert beam_search(model, ids, 4, width=2) == beam_search(model, [3, 1], 4, width=2)
    assert beam_search(model, [3, 1], 0, width=2) == [([3, 1], 0.0)]


@pytest.mark.parametrize(
    ("prompt", "count", "width", "message"),
    [
        ([], 3, 2, "prompt is empty"),
        ([1], 3, 0, "width=0"),
        ([1], -1, 2, "max_new_tokens=-1"),
        ([1], 12, 2, "13 tokens are more than the context=12"),
        ([9], 3, 2, "id 9 is not in the vocabulary"),
    ],
)
def test_refusals(model, prompt, count, width, message):
    with pytest.raises(ValueError, match=message):
        beam_search(model, prompt, count, width)


def test_a_text_may_fill_the_context(model):
    assert [len(text) for text, _ in beam_search(model, [1], 11, width=2)] == [12, 12]
