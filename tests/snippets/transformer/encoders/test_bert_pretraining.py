"""Gaps are as the paper says, the losses are those of transformers, half of the pairs follow."""

import math

import pytest
import torch
from transformers import BertConfig, BertForPreTraining

from snippets.transformer.encoders.bert_pretraining import (
    IGNORED,
    BertPretraining,
    mask_tokens,
    pretraining_loss,
    sentence_pairs,
)
from snippets.transformer.encoders.encoder import Encoder, EncoderConfig, from_bert

MASK, V = 3, 1000


def drawn(share=0.15, seed=0):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(10, V, (200, 500), generator=generator)
    special = torch.zeros_like(ids).bool()
    special[:, 0] = special[:, -1] = True
    return ids, special, *mask_tokens(ids, special, MASK, V, share, generator)


@pytest.mark.parametrize("share", [0.15, 0.4])
def test_the_shares_are_those_of_the_paper(share):
    ids, special, inputs, targets = drawn(share)
    chosen = targets != IGNORED
    assert abs(chosen[~special].double().mean() - share) < 0.005
    hidden = (inputs == MASK)[chosen].double().mean()
    kept = (inputs == ids)[chosen].double().mean()
    assert abs(hidden - 0.8) < 0.01 and abs(kept - 0.1) < 0.01
    other = inputs[chosen & (inputs != MASK) & (inputs != ids)]
    assert abs(len(other) / chosen.sum() - 0.1) < 0.01
    assert other.min() < 0.01 * V and other.max() > 0.99 * V  # from the whole vocabulary


def test_only_chosen_tokens_change_and_targets_are_the_truth():
    ids, special, inputs, targets = drawn()
    chosen = targets != IGNORED
    assert not (chosen & special).any()
    assert torch.equal(inputs[~chosen], ids[~chosen])
    assert torch.equal(targets[chosen], ids[chosen])


def test_each_text_gets_random_tokens_of_its_own():
    ids, _, inputs, _ = drawn(share=1.0)
    for at in (1, 250):  # one place in 200 texts, of which 20 or so get another token there
        other = inputs[(inputs[:, at] != MASK) & (inputs[:, at] != ids[:, at]), at]
        assert len(other.unique()) > 0.8 * len(other) > 5


def test_the_generator_decides():
    assert torch.equal(drawn(seed=1)[2], drawn(seed=1)[2])
    assert not torch.equal(drawn(seed=1)[2], drawn(seed=2)[2])


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_none_or_all_can_be_chosen(share):
    _, special, _, targets = drawn(share)
    assert ((targets != IGNORED) == (~special if share else torch.zeros_like(special))).all()


def test_what_does_not_fit_is_refused():
    ids = torch.zeros(2, 3, dtype=torch.long)
    with pytest.raises(ValueError, match=r"share=1\.5"):
        mask_tokens(ids, ids.bool(), MASK, V, share=1.5)
    with pytest.raises(ValueError, match=r"\(3,\), not \(2, 3\)"):
        mask_tokens(ids, ids[0].bool(), MASK, V)


def test_both_losses_are_those_of_transformers():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=60, hidden_size=24, num_attention_heads=4, num_hidden_layers=2,
        intermediate_size=40, max_position_embeddings=12, attn_implementation="eager",
    )  # fmt: skip
    theirs = BertForPreTraining(config).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    ours = BertPretraining(from_bert(theirs.bert)).eval()
    heads = theirs.cls.predictions
    with torch.no_grad():
        for mine, their in (
            (ours.transform, heads.transform.dense),
            (ours.norm, heads.transform.LayerNorm),
            (ours.follows, theirs.cls.seq_relationship),
        ):
            mine.weight.copy_(their.weight)
            mine.bias.copy_(their.bias)
        ours.head.bias.copy_(heads.decoder.bias)
    ids, segments = torch.randint(60, (4, 12)), torch.randint(2, (4, 12))
    targets = torch.where(torch.rand(4, 12) < 0.3, ids, IGNORED)
    random = torch.tensor([0, 1, 1, 0])
    with torch.no_grad():
        reference = theirs(ids, token_type_ids=segments, labels=targets, next_sentence_label=random)
        tokens, pairs = ours(ids, None, segments)
    torch.testing.assert_close(tokens, reference.prediction_logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(pairs, reference.seq_relationship_logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(pretraining_loss(tokens, pairs, targets, random), reference.loss)


def test_the_heads_begin_as_the_encoder_does():
    torch.manual_seed(0)
    config = EncoderConfig(vocab_size=V, d_model=64, num_heads=4, num_layers=1, d_hidden=64)
    model = BertPretraining(Encoder(config))
    for layer in (model.transform, model.head, model.follows):
        assert layer.weight.std().item() == pytest.approx(0.02, rel=0.3)
        assert not layer.bias.any()


def test_the_first_loss_is_that_of_knowing_nothing():
    torch.manual_seed(0)
    config = EncoderConfig(vocab_size=V, d_model=32, num_heads=4, num_layers=2, d_hidden=64)
    model = BertPretraining(Encoder(config))
    assert model.head.weight is model.encoder.embedding.weight
    ids = torch.randint(V, (16, 32))
    loss = pretraining_loss(*model(ids), ids, torch.randint(2, (16,)))
    assert abs(loss.item() - math.log(V) - math.log(2)) < 0.1


def test_half_of_the_pairs_follow_and_the_others_come_from_elsewhere():
    documents = [[f"{d} {s}" for s in range(5)] for d in range(300)]
    pairs = sentence_pairs(documents, torch.Generator().manual_seed(0))
    assert [pair[0] for pair in pairs] == [s for document in documents for s in document[:-1]]
    for first, second, follows in pairs:
        document, sentence = first.split()
        if follows:
            assert second == f"{document} {int(sentence) + 1}"
        else:
            assert second.split()[0] != document
    assert abs(sum(pair[2] for pair in pairs) / len(pairs) - 0.5) < 0.05


def test_a_random_sentence_may_be_any_of_any_other_document():
    documents = [[f"{d} {s}" for s in range(5)] for d in range(300)]
    pairs = sentence_pairs(documents, torch.Generator().manual_seed(0))
    random = [f"{first} {second}".split() for first, second, follows in pairs if not follows]
    said = [map(int, numbers) for numbers in random]
    apart, places = zip(*(((b - a) % 300, place) for a, _, b, place in said), strict=True)
    assert set(places) == set(range(5))
    assert len(set(apart)) > 200 and min(apart) < 10 and max(apart) > 290


def test_the_seed_decides_which_pairs():
    documents = [["a", "b", "c"], ["d", "e", "f"], ["g", "h"]] * 5
    drawn = [sentence_pairs(documents, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("documents", [[], [["a", "b"]], [["a"], []]])
def test_pairs_need_two_documents_with_sentences(documents):
    with pytest.raises(ValueError, match=f"not {len(documents)}"):
        sentence_pairs(documents)


def test_unless_asked_otherwise_15_percent_are_chosen():
    ids, special, _, _ = drawn()
    found = mask_tokens(ids, special, MASK, V, generator=torch.Generator().manual_seed(5))
    asked = mask_tokens(ids, special, MASK, V, 0.15, torch.Generator().manual_seed(5))
    assert all(torch.equal(one, other) for one, other in zip(found, asked, strict=True))


def test_what_is_drawn_goes_to_the_ids():
    """The device "meta", which keeps no numbers, stands for a GPU."""
    ids = torch.zeros(2, 5, dtype=torch.long, device="meta")
    found = mask_tokens(ids, ids.bool(), MASK, V, generator=torch.Generator())
    assert {tensor.device.type for tensor in found} == {"meta"}
