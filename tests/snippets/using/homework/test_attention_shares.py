"""Shares of attention: by hand, summing to one, and even in a model that has learned nothing."""

from typing import Any

import pytest
import torch
from transformers import BertModel

from snippets.transformer.encoders.pretrained import load_minilm
from snippets.using.homework.attention_shares import attend_to_all, share

MiniLM = tuple[Any, BertModel]  # its tokenizer, and itself
TEXTS = ["The cat sat on the mat.", "It was a film that nobody had asked for, and it shows."]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return load_minilm()


def test_a_share_by_hand() -> None:
    weights = torch.tensor([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.2, 0.3, 0.5]])[None, None, None]
    givers = torch.tensor([[False, True, True]])
    onto = torch.tensor([[True, True, False]])
    assert share(weights, givers, onto).item() == pytest.approx((1.0 + 0.5) / 2)
    before = torch.eye(3).roll(-1, 1).bool().tril()
    assert share(weights, givers, before).item() == pytest.approx((0.0 + 0.3) / 2)
    with pytest.raises(ValueError, match="no token"):
        share(weights, givers & False, onto)


def test_shares_onto_all_that_is_shown_are_one(minilm: MiniLM) -> None:
    found = attend_to_all(*minilm, TEXTS)
    words = found.words(101, 102)
    assert words.sum(1).tolist() == [n - 2 for n in found.shown.sum(1).tolist()]
    for weights in (found.weights, found.added()):
        assert torch.allclose(share(weights, words, found.shown), torch.ones(6, 12), atol=1e-5)


def test_what_a_head_adds_is_its_values_times_its_weights(
    minilm: MiniLM,
) -> None:
    """Where values are equally long, weights alone decide."""
    found = attend_to_all(*minilm, TEXTS)
    even = found._replace(lengths=torch.ones_like(found.lengths))
    assert torch.allclose(even.added(), found.weights, atol=1e-5)
    twice = found._replace(lengths=2 * found.lengths)
    assert torch.allclose(twice.added(), found.added(), atol=1e-6)


def test_lengths_are_those_of_the_values_that_the_layer_mixes(
    minilm: MiniLM,
) -> None:
    tokenizer, model = minilm
    kept: list[torch.Tensor] = []
    value = model.get_submodule("encoder.layer.2.attention.self.value")
    hook = value.register_forward_hook(lambda module, arguments, output: kept.append(output))
    found = attend_to_all(tokenizer, model, TEXTS)
    hook.remove()
    first_head = kept[0][..., :32].norm(dim=-1)  # (B, T)
    assert torch.allclose(found.lengths[2, :, 0], first_head, atol=1e-4)


def test_without_cls_a_text_is_one_token_shorter(
    minilm: MiniLM,
) -> None:
    whole, cut = attend_to_all(*minilm, TEXTS), attend_to_all(*minilm, TEXTS, cls=False)
    assert torch.equal(cut.ids, whole.ids[:, 1:])


def test_a_random_model_looks_everywhere_alike(minilm: MiniLM) -> None:
    tokenizer, model = minilm
    torch.manual_seed(0)
    found = attend_to_all(tokenizer, BertModel(model.config).eval(), TEXTS)
    words = found.words(101, 102)
    even = (words / found.shown.sum(1, keepdim=True)).sum() / words.sum()
    assert (share(found.weights, words, found.ids == 101) - even).abs().max() < 0.05


def test_no_text_is_refused(minilm: MiniLM) -> None:
    with pytest.raises(ValueError, match="0 texts"):
        attend_to_all(*minilm, [])
    with pytest.raises(ValueError, match="position -1"):
        attend_to_all(*minilm, TEXTS, first=-1)


def test_positions_begin_where_they_are_told_to_and_at_zero_unless_told(minilm: MiniLM) -> None:
    tokenizer, model = minilm
    told: list[list[int]] = []
    hook = model.embeddings.register_forward_pre_hook(
        lambda module, arguments, given: told.append(given["position_ids"][0].tolist()),
        with_kwargs=True,
    )
    attend_to_all(tokenizer, model, TEXTS[:1])
    attend_to_all(tokenizer, model, TEXTS[:1], first=3)
    hook.remove()
    assert told[0] == list(range(len(told[0]))) and told[1] == [3 + n for n in told[0]]


def test_padding_is_no_word_and_rows_of_what_is_added_sum_to_one(minilm: MiniLM) -> None:
    found = attend_to_all(*minilm, TEXTS)
    assert not (found.words() & ~found.shown).any() and not found.shown.all()
    assert torch.allclose(found.added().sum(-1), torch.ones(()), atol=1e-5)
    long = found._replace(lengths=found.lengths.clone())
    long.lengths[..., 0] *= 1e6  # a value that outweighs all others
    assert (long.added()[..., 0].mean() > 0.9) and found.added()[..., 0].mean() < 0.9
