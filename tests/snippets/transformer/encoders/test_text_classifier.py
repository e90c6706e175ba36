"""Padding changes no feature, each text is read once per pass, and a few labels are learned."""

from unittest.mock import Mock

import pytest
import torch

from snippets.transformer.encoders import text_classifier
from snippets.transformer.encoders.encoder import Encoder, EncoderConfig
from snippets.transformer.encoders.pretrained import load_minilm
from snippets.transformer.encoders.text_classifier import (
    LONGEST,
    TextClassifier,
    batches,
    encode,
    features_of,
    fine_tune,
    rate_factor,
)

TEXTS = ["good film", "a bad film , and long", "dull", "a joy to watch from the first scene"] * 2
LABELS = [1, 0, 0, 1] * 2


@pytest.fixture(scope="module")
def tokenizer():
    return load_minilm()[0]


def tiny(dropout=0.0):
    torch.manual_seed(0)
    config = EncoderConfig(
        d_model=32, num_heads=4, num_layers=1, d_hidden=64, context=LONGEST, dropout=dropout
    )
    return TextClassifier(Encoder(config))


def test_features_are_means_over_the_tokens_of_a_text_alone(tokenizer):
    model = tiny().eval()
    together = model.features(*encode(tokenizer, TEXTS[:4]))
    for text, features in zip(TEXTS[:4], together, strict=True):
        ids, shown = encode(tokenizer, [text])
        assert shown.all()
        torch.testing.assert_close(model.encoder(ids)[0].mean(0), features)


def test_features_come_in_the_order_of_the_texts(tokenizer):
    model = tiny(dropout=0.5)
    found = features_of(model, tokenizer, TEXTS)
    assert not model.training
    torch.testing.assert_close(found, model.features(*encode(tokenizer, TEXTS)))


def test_long_texts_are_cut(tokenizer):
    ids, shown = encode(tokenizer, ["word " * 500])
    assert ids.shape == shown.shape == (1, LONGEST)


def test_no_text_is_refused(tokenizer):
    with pytest.raises(ValueError, match="no text"):
        encode(tokenizer, [])


@pytest.mark.parametrize("count", [1, 16, 37, 300])
def test_a_pass_reads_each_text_once_in_batches_of_like_length(count):
    texts = ["x" * (i * 7 % 50) for i in range(count)]
    found = list(batches(texts, 16, torch.Generator().manual_seed(0)))
    assert sorted(place for batch in found for place in batch) == list(range(count))
    assert all(len(batch) <= 16 for batch in found) and len(found) == -(-count // 16)
    other = list(batches(texts, 16, torch.Generator().manual_seed(1)))
    if count == 300:
        assert not {frozenset(b) for b in found} & {frozenset(b) for b in other}
        sizes = [len(texts[batch[0]]) for batch in found[:16]]
        assert sizes not in (sorted(sizes), sorted(sizes, reverse=True)), "short and long mixed"
        spans = [max(len(texts[i]) for i in b) - min(len(texts[i]) for i in b) for b in found]
        assert sum(spans) / len(spans) < 10


def test_it_learns_a_few_texts_by_heart_and_changes_every_weight(tokenizer):
    model = tiny()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    generator = torch.Generator().manual_seed(0)
    steps = fine_tune(model, tokenizer, TEXTS, LABELS, generator, 60, 8, rate=3e-3)
    losses = list(steps)
    assert len(losses) == 60 and losses[0] == pytest.approx(0.69, abs=0.05) and losses[-1] < 0.05
    assert not model.training
    still = [n for n, p in model.named_parameters() if torch.equal(p, before[n])]
    assert still == ["encoder.pooler.weight", "encoder.pooler.bias"]  # not in use here


def test_what_no_text_moves_decays_by_the_rate_of_each_step(tokenizer):
    model = tiny()
    unused = model.encoder.embedding.weight[5000].detach().clone()
    list(fine_tune(model, tokenizer, TEXTS, LABELS, torch.Generator(), 5, 2, rate=0.1))
    left = 1.0
    for step in range(20):  # AdamW: by 0.01 of the weight, times the rate
        left *= 1 - 0.01 * 0.1 * rate_factor(step, 20)
    torch.testing.assert_close(model.encoder.embedding.weight[5000], left * unused)


def gradient_of(model):
    parts = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
    return torch.cat(parts)


def test_each_step_has_a_gradient_of_its_own_no_longer_than_one(tokenizer):
    model, loud = tiny(), tiny()
    found = []
    for _ in fine_tune(model, tokenizer, TEXTS, LABELS, torch.Generator(), 2, 8, rate=1e-9):
        found.append(gradient_of(model))  # of the same texts each time, by the same weights
    assert len(found) == 2 and found[0].norm() < 1
    torch.testing.assert_close(found[0], found[1], rtol=0, atol=1e-6)
    loud.head.weight.data *= 1000
    next(fine_tune(loud.eval(), tokenizer, TEXTS, LABELS, torch.Generator()))
    assert loud.training
    assert gradient_of(loud).norm().item() == pytest.approx(1, rel=1e-3)


def test_dropout_acts_before_the_head_in_training_alone(tokenizer):
    model, given = tiny(), encode(tokenizer, TEXTS)
    assert tiny(0.3).dropout.p == 0.3
    model.dropout.p = 0.5
    assert not torch.equal(model(*given), model(*given))
    model.eval()
    assert torch.equal(model(*given), model(*given))


def test_a_new_head_takes_both_classes_for_equally_likely(tokenizer):
    head = TextClassifier(tiny().encoder, classes=50).head
    assert head.weight.std().item() == pytest.approx(0.02, rel=0.2) and not head.bias.any()


@pytest.mark.parametrize("steps", [1, 2, 20, 128])
def test_the_rate_rises_over_a_tenth_and_falls_towards_zero(steps):
    factors = [rate_factor(step, steps) for step in range(steps)]
    top = factors.index(max(factors))
    assert max(factors) == 1 and top <= steps / 10
    assert factors == sorted(factors[:top]) + sorted(factors[top:], reverse=True)
    assert factors[0] == pytest.approx(10 / steps, rel=0.1) or steps < 20
    assert 0 < factors[-1] <= 1.2 / steps or steps < 20


@pytest.mark.parametrize("labels", [[], [1, 0, 1]])
def test_labels_that_do_not_fit_the_texts_are_refused(tokenizer, labels):
    steps = fine_tune(tiny(), tokenizer, TEXTS[: len(labels) and 2], labels, torch.Generator())
    with pytest.raises(ValueError, match=f"texts have {len(labels)} labels"):
        next(steps)


def test_the_seed_decides(tokenizer):
    runs = []
    for _ in range(2):
        model = tiny(dropout=0.1)
        generator = torch.Generator().manual_seed(3)
        runs.append(list(fine_tune(model, tokenizer, TEXTS, LABELS, generator, 2, 4)))
    assert runs[0] == runs[1]


def test_texts_go_to_the_models_device(monkeypatch, tokenizer):
    """The device "meta", which keeps no numbers, stands for a GPU."""
    monkeypatch.setattr("snippets.transformer.encoders.encoder.check_ids", lambda *_: None)
    model = tiny().to("meta")
    found = features_of(model, tokenizer, TEXTS)
    assert found.device.type == "meta" and found.shape == (8, 32)
    sgd, loss = torch.optim.SGD, Mock(side_effect=ZeroDivisionError)
    monkeypatch.setattr(torch.optim, "AdamW", lambda weights, **_: sgd(weights))  # not for "meta"
    monkeypatch.setattr(text_classifier.F, "cross_entropy", loss)
    with pytest.raises(ZeroDivisionError):
        next(fine_tune(model, tokenizer, TEXTS, LABELS, torch.Generator()))
    assert [each.device.type for each in loss.call_args.args] == ["meta"] * 2
