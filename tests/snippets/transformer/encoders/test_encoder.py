"""It is BERT: the same states, attention and size as in transformers, and no causal mask."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from transformers import BertConfig, BertModel

from snippets.foundations.texts.film_reviews import film_reviews
from snippets.transformer.attention_weights import attention_weights
from snippets.transformer.encoders.encoder import Encoder, EncoderConfig, from_bert
from snippets.transformer.encoders.pretrained import load_minilm

TEXTS = ["The animal didn't cross the road because it was too tired.", "A cat.", "goblinmode?!"]
TINY = EncoderConfig(
    vocab_size=50, context=16, d_model=24, num_heads=4, num_layers=2, d_hidden=40, dropout=0.0
)


def tiny_bert(**changes):
    torch.manual_seed(0)
    sizes = {
        "vocab_size": 50, "max_position_embeddings": 16, "hidden_size": 24,
        "num_attention_heads": 4, "num_hidden_layers": 2, "intermediate_size": 40,
        "attn_implementation": "eager",
    }  # fmt: skip
    bert = BertModel(BertConfig(**{**sizes, **changes})).eval()
    with torch.no_grad():  # biases and norms differ from 0 and 1, so that a swap shows
        for parameter in bert.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return bert


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_minilm_is_the_same_in_states_and_attention(dtype, tolerance):
    tokenizer, bert = load_minilm()
    bert.to(dtype)
    encoder = from_bert(bert).to(dtype)
    reviews = [review.text for review in film_reviews()[::1000]]
    batch = tokenizer(TEXTS + reviews, padding=True, return_tensors="pt")
    shown = batch["attention_mask"].bool()
    mask = shown[:, None, None, :]
    with torch.no_grad():
        theirs = bert(**batch, output_attentions=True)
        states = encoder(batch["input_ids"], mask)
        weights = attention_weights(encoder, batch["input_ids"], mask)
        pooled = encoder.pool(states)
    close = partial(torch.testing.assert_close, rtol=0, atol=tolerance)
    close(states[shown], theirs.last_hidden_state[shown])
    close(weights, torch.stack(theirs.attentions))
    close(pooled, theirs.pooler_output)


def test_segments_are_those_of_transformers():
    bert = tiny_bert()
    encoder = from_bert(bert)
    ids, segments = torch.randint(50, (3, 9)), torch.randint(2, (3, 9))
    with torch.no_grad():
        ours = encoder(ids, None, segments)
        theirs = bert(ids, token_type_ids=segments).last_hidden_state
        without = encoder(ids)
        zero = bert(ids).last_hidden_state
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
    torch.testing.assert_close(without, zero, rtol=0, atol=1e-5)
    assert not torch.allclose(ours, without, atol=1e-3)


def test_sizes_that_differ_from_berts_are_taken_over():
    bert = tiny_bert(type_vocab_size=3, layer_norm_eps=0.1, num_attention_heads=2)
    ids, segments = torch.randint(50, (3, 9)), torch.randint(3, (3, 9))
    with torch.no_grad():
        ours = from_bert(bert)(ids, None, segments)
        theirs = bert(ids, token_type_ids=segments).last_hidden_state
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)


def test_weights_begin_as_in_transformers():
    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "intermediate_size": 96, "max_position_embeddings": 16}
    theirs = from_bert(BertModel(BertConfig(num_hidden_layers=2, num_attention_heads=4, **sizes)))
    ours = Encoder(theirs.config)
    for (name, mine), their in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        mean, std = their.mean().item(), their.std().item()
        assert mine.mean().item() == pytest.approx(mean, abs=0.01), name
        assert mine.std().item() == pytest.approx(std, rel=0.4, abs=1e-6), name


def test_the_base_model_has_as_many_parameters_as_in_transformers():
    with torch.device("meta"):
        ours, theirs = Encoder(EncoderConfig()), BertModel(BertConfig())
    assert sum(p.numel() for p in ours.parameters()) == 109_482_240
    assert sum(p.numel() for p in theirs.parameters()) == 109_482_240


def test_every_token_sees_every_other():
    torch.manual_seed(0)
    encoder = Encoder(TINY).eval()
    ids = torch.randint(50, (2, 7))
    for changed_at in (0, 6):
        changed = ids.clone()
        changed[:, changed_at] = (ids[:, changed_at] + 1) % 50
        assert ((encoder(ids) - encoder(changed)).abs().amax(-1) > 0).all()


def test_dropout_is_that_of_the_model_and_acts_in_training_alone():
    encoder = from_bert(tiny_bert(hidden_dropout_prob=0.3, attention_probs_dropout_prob=0.3))
    shares = [m.p for m in encoder.modules() if isinstance(m, torch.nn.Dropout)]
    assert sorted(shares) == [0, 0, *[0.3] * 5]  # not within the feed-forward networks
    ids = torch.randint(50, (2, 9))
    assert torch.equal(encoder(ids), encoder(ids))
    encoder.train()
    assert not torch.allclose(encoder(ids), encoder(ids))


def test_what_the_first_block_reads_was_dropped_after_the_norm():
    torch.manual_seed(0)
    encoder = Encoder(replace(TINY, dropout=0.5))
    read = []
    encoder.blocks[0].register_forward_pre_hook(lambda _, given: read.append(given[0]))
    encoder(torch.randint(50, (8, 16)))
    assert (read[0] == 0).double().mean().item() == pytest.approx(0.5, abs=0.05)


def test_padding_changes_nothing():
    torch.manual_seed(0)
    encoder = Encoder(TINY).eval()
    ids = torch.randint(50, (1, 10))
    mask = (torch.arange(10) < 6)[None, None, None, :]
    torch.testing.assert_close(encoder(ids, mask)[:, :6], encoder(ids[:, :6]))


def test_the_gradient_reaches_every_weight():
    torch.manual_seed(0)
    encoder = Encoder(TINY)
    segments = torch.arange(16)[None] % 2
    encoder.pool(encoder(torch.randint(50, (1, 16)), None, segments)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in encoder.parameters())


@pytest.mark.parametrize(
    ("ids", "segments", "message"),
    [
        (torch.zeros(3, dtype=torch.long), None, r"\(3,\)"),
        (torch.zeros(1, 0, dtype=torch.long), None, r"\(1, 0\)"),
        (torch.zeros(1, 17, dtype=torch.long), None, "17 tokens are more than the context=16"),
        (torch.tensor([[0, 50]]), None, r"id 50 is not in 0\.\.49"),
        (torch.tensor([[-1, 5]]), None, r"id -1 is not in 0\.\.49"),
        (torch.tensor([[0, 1]]), torch.tensor([[0, 2]]), r"segment 2 is not in 0\.\.1"),
        (torch.tensor([[0, 1]]), torch.tensor([[0]]), r"\(1, 1\), not \(1, 2\)"),
    ],
)
def test_ids_that_do_not_fit_are_refused(ids, segments, message):
    with pytest.raises(ValueError, match=message):
        Encoder(TINY)(ids, None, segments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_layers": 0}, "num_layers=0"),
        ({"d_model": 25}, "d_model=25 is not divisible by num_heads=4"),
        ({"dropout": 1.0}, r"dropout=1\.0"),
        ({"norm_eps": 0.0}, r"norm_eps=0\.0"),
        ({"segments": 0}, "segments=0"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(TINY, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_act": "relu"}, "hidden_act='relu'"),
        ({"is_decoder": True}, "is_decoder=True"),
        ({"hidden_dropout_prob": 0.2}, r"different shares, \(0\.2, 0\.1\)"),
    ],
)
def test_a_model_that_is_another_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        from_bert(tiny_bert(**change))


def test_a_model_without_a_pooler_is_refused():
    bert = tiny_bert()
    bert.pooler = None
    with pytest.raises(ValueError, match="no pooler"):
        from_bert(bert)
