"""Logistic regression ends where its gradient is zero; bags hold what texts share."""

import pytest
import torch

from snippets.transformer.encoders.linear_classifier import (
    STRENGTHS,
    bag_of_words,
    fit_and_predict,
    in_bag,
    logistic_regression,
    logits,
    words,
)


def data(n=200, F=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(n, F, generator=generator)
    y = ((X[:, 0] - X[:, 1] + torch.randn(n, generator=generator)) > 0).long()
    return X, y


@pytest.mark.parametrize("strength", [0.1, 10.0])
def test_it_ends_where_the_gradient_is_zero(strength):
    X, y = data()
    w, b = (found.double() for found in logistic_regression(X, y, strength))
    wrong = (X.double() @ w + b).sigmoid() - y
    gradient = X.double().T @ wrong + strength * w
    assert gradient.abs().max() < 0.05 and wrong.sum().abs() < 0.05


def test_sparse_features_give_the_same():
    X, y = data()
    X = X * (X > 0.5)
    w, b = torch.randn(5), torch.tensor(0.5)
    torch.testing.assert_close(logits(X.to_sparse(), w, b), X @ w + b)
    dense, sparse = (logistic_regression(features, y, 1.0) for features in (X, X.to_sparse()))
    for one, other in zip(dense, sparse, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)


def test_a_strong_pull_leaves_the_share_of_the_labels():
    X, y = data()
    w, b = logistic_regression(X, y, 1e6)
    assert w.abs().max() < 1e-3
    assert b.sigmoid().item() == pytest.approx(y.double().mean().item(), abs=1e-3)


def test_the_strength_is_chosen_by_the_validation_set():
    training, validation, (X, y) = data(), data(seed=1), data(2000, seed=2)
    p, strength = fit_and_predict(training, validation, X)
    assert p.shape == (2000,) and ((p > 0.5) == y.bool()).double().mean() > 0.75
    inputs, labels = validation
    losses = {}
    for s in STRENGTHS:
        w, b = logistic_regression(*training, s)
        q = (inputs @ w + b).sigmoid()
        losses[s] = -torch.where(labels == 1, q, 1 - q).log().mean().item()
    assert strength == min(losses, key=losses.__getitem__)


def test_few_rows_with_many_features_need_a_strong_pull():
    training, validation = data(20, 100), data(2000, 100, seed=1)
    _, strength = fit_and_predict(training, validation, validation[0])
    assert strength >= 1


def test_wrong_arguments_are_refused():
    X, y = data()
    with pytest.raises(ValueError, match="strength=0"):
        logistic_regression(X, y, 0)
    with pytest.raises(ValueError, match="200 rows of features have 3 labels"):
        logistic_regression(X, y[:3], 1.0)


def test_words_and_pairs_of_a_text():
    assert words("Don't go, DON'T!") == {
        "don't", "go", ",", "!", "don't go", "go ,", ", don't", "don't !",
    }  # fmt: skip


def test_a_bag_holds_what_occurs_in_two_texts():
    bag = bag_of_words(["good film", "Good grief", "film noir", "grief grief"])
    assert bag == {"film": 0, "good": 1, "grief": 2}
    rows = in_bag(["good good film", "unknown"], bag).to_dense()
    assert rows.tolist() == [[1, 1, 0], [0, 0, 0]]
    assert in_bag(["unknown"], bag).shape == (1, 3)


def test_weights_lie_where_the_features_do(monkeypatch):
    """The device "meta", which keeps no numbers, stands for a GPU."""
    seen = []

    def watched(*tensors):
        seen.extend(tensor.device.type for tensor in tensors)
        return logits(*tensors)

    monkeypatch.setattr("snippets.transformer.encoders.linear_classifier.logits", watched)
    with pytest.raises(RuntimeError, match="item"):  # the loss has no number
        logistic_regression(*(tensor.to("meta") for tensor in data()), 1.0)
    assert seen == ["meta"] * 3


def test_logits_of_sparse_features_lie_where_these_do():
    places = torch.zeros(2, 1, dtype=torch.long, device="meta")
    ones = torch.ones(1, device="meta")
    features = torch.sparse_coo_tensor(
        places, ones, (3, 2), check_invariants=False, is_coalesced=True
    )
    found = logits(features, torch.zeros(2, device="meta"), torch.zeros((), device="meta"))
    assert found.device.type == "meta" and found.shape == (3,)
