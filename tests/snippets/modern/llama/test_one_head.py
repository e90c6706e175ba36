"""The scores of one head are those that `transformers` computes, and know distances only."""

import pytest
import torch

from snippets.modern.llama.one_head import query_and_key, rms, scores
from snippets.modern.llama.opened_model import open_folder
from tests.snippets.modern.llama.test_opened_model import KINDS, made

IDS = [7, 3, 3, 50, 7]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("head", [0, 3, 5])
def test_softmax_of_the_scores_is_the_attention_of_the_library(tmp_path, kind, head):
    theirs = made(kind, attn_implementation="eager")
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            if "norm" in name:  # else all are 1, and a forgotten one would not show
                parameter.add_(0.3 * torch.randn_like(parameter))
        found = theirs(torch.tensor([IDS]), output_attentions=True).attentions[0][0, head, -1]
    theirs.save_pretrained(tmp_path)
    opened, last = open_folder(tmp_path), torch.tensor([len(IDS) - 1])
    ours = []
    for place, token in enumerate(IDS):
        query, key = query_and_key(opened, IDS[-1], token, head)
        ours.append(scores(query, key, torch.tensor([place]), last, opened.rope_base))
    torch.testing.assert_close(torch.cat(ours).softmax(0), found, atol=1e-5, rtol=0)


def test_only_the_distance_counts(tmp_path):
    made().save_pretrained(tmp_path)
    opened = open_folder(tmp_path)
    query, key = query_and_key(opened, 1, 2, head=4)
    at, places = torch.arange(20, 40), torch.arange(20)
    near = scores(query, key, places, at, opened.rope_base)
    far = scores(query, key, places + 300, at + 300, opened.rope_base)
    torch.testing.assert_close(near, far, atol=1e-5, rtol=0)
    torch.testing.assert_close(near, near[:1].expand(20), atol=1e-5, rtol=0)
    assert (scores(query, key, places, at * 0, opened.rope_base) - near).abs().max() > 0.1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"head": 6}, "head=6 is not between 0 and 5"),
        ({"head": -1}, "head=-1"),
        ({"layer": 2}, "layer=2 is not between 0 and 1"),
        ({"query": 60}, "query=60 is not between 0 and 59"),
        ({"key": -2}, "key=-2"),
    ],
)
def test_what_the_model_does_not_have_is_refused(tmp_path, options, told):
    made().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=told):
        query_and_key(open_folder(tmp_path), **{"query": 0, "key": 0, "head": 0} | options)


def test_rms_leaves_a_mean_square_of_one():
    x = torch.randn(3, 8)
    torch.testing.assert_close(rms(x, torch.ones(8), 0.0).square().mean(-1), torch.ones(3))


def test_rms_of_next_to_nothing_stays_finite_and_small():
    """The number that is added under the root rules there: x / sqrt(eps) and no more."""
    x = torch.full((8,), 1e-6)
    torch.testing.assert_close(rms(x, torch.ones(8), 1e-4), x / 1e-2, atol=0, rtol=1e-4)
    assert torch.equal(rms(torch.zeros(8), torch.ones(8), 1e-5), torch.zeros(8))


def test_rms_multiplies_each_number_by_its_weight():
    x, weight = torch.randn(3, 8), torch.randn(8)
    torch.testing.assert_close(rms(x, weight, 1e-5), rms(x, torch.ones(8), 1e-5) * weight)


def test_the_first_layer_is_meant_and_each_layer_has_weights_of_its_own(tmp_path):
    made().save_pretrained(tmp_path)
    opened = open_folder(tmp_path)
    usual, first, second = (query_and_key(opened, 1, 2, 3, *layer) for layer in ((), (0,), (1,)))
    for mine, same, other in zip(usual, first, second, strict=True):
        assert torch.equal(mine, same) and not torch.allclose(mine, other, atol=1e-2)
    last = query_and_key(opened, 59, 59, 5, 1)  # the last of each
    assert [tuple(vector.shape) for vector in last] == [(4,), (4,)]


@pytest.mark.parametrize("name", ["query", "key", "head", "layer"])
def test_nothing_below_the_first_is_there(tmp_path, name):
    made().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=f"{name}=-1 is not between 0 and"):
        query_and_key(open_folder(tmp_path), **{"query": 0, "key": 0, "head": 0} | {name: -1})
