"""Scores of single tokens: their mean is the loss, and each is what the model says there."""

import pytest
import torch

from snippets.training.batches import evaluate
from snippets.training.evaluation.scores import log_probabilities
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig

CONFIG = MiniGPTConfig(
    vocab_size=11, context=8, d_model=16, num_layers=1, num_heads=2, num_kv_heads=2, d_hidden=32
)


@pytest.fixture
def model() -> MiniGPT:
    torch.manual_seed(0)
    return MiniGPT(CONFIG).eval()


@pytest.mark.parametrize("length", [2, 8, 9, 10, 8 * 4 + 1, 8 * 4 + 5])
def test_their_mean_is_the_loss(model: MiniGPT, length: int) -> None:
    ids = torch.randint(11, (length,), generator=torch.manual_seed(1))
    said = log_probabilities(model, ids, batch_size=3)
    assert said.shape == (length - 1,)
    if length > 8:  # `evaluate` leaves out a last piece of one token, which has none to predict
        assert -said.mean().item() == pytest.approx(evaluate(model, ids), rel=1e-5)


def test_each_is_the_model_s_own(model: MiniGPT) -> None:
    ids = torch.randint(11, (20,), generator=torch.manual_seed(2))
    said = log_probabilities(model, ids)
    with torch.no_grad():
        second = model(ids[8:14][None]).log_softmax(-1)[0, -1]  # the sixth of the second context
    assert said[13].item() == pytest.approx(second[ids[14]].item(), abs=1e-5)


def test_one_token_cannot_be_scored(model: MiniGPT) -> None:
    with pytest.raises(ValueError, match="scored text has 1 tokens"):
        log_probabilities(model, torch.tensor([3]))


def test_they_are_double_and_keep_no_graph_and_batches_do_not_matter(model: MiniGPT) -> None:
    ids = torch.randint(11, (43,), generator=torch.manual_seed(3))
    said = log_probabilities(model, ids)
    assert said.dtype == torch.float64 and not said.requires_grad
    for batch_size in (1, 2, 6):
        other = log_probabilities(model, ids, batch_size)
        torch.testing.assert_close(other, said, rtol=0, atol=1e-5)
