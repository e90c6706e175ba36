import pytest
import torch
from torch.nn import functional as F

from snippets.modern.interpretability.logit_lens import divergence, logit_lens
from tests.snippets.modern.small import small_model, some_ids


def test_at_the_last_layer_it_is_the_model() -> None:
    model, ids = small_model(), some_ids()
    seen = logit_lens(model, ids)
    assert seen.shape == (3, 2, 7, 11)
    assert torch.equal(seen[-1], model(ids))


def test_before_the_first_layer_it_knows_the_token_and_nothing_else() -> None:
    model = small_model()
    seen = logit_lens(model, torch.tensor([[4, 1, 4, 4]]))[:, 0]
    assert torch.allclose(seen[0, 0], seen[0, 2]) and torch.allclose(seen[0, 0], seen[0, 3])
    assert not torch.allclose(seen[1, 0], seen[1, 2], atol=1e-2)


def test_the_divergence_is_pytorchs() -> None:
    guess, last = torch.randn(2, 5, 11, generator=torch.Generator().manual_seed(0)).unbind()
    each = F.kl_div(guess.log_softmax(-1), last.log_softmax(-1), reduction="none", log_target=True)
    assert torch.allclose(divergence(guess, last), each.sum(-1), atol=1e-6)
    assert torch.allclose(divergence(last, last + 3.0), torch.zeros(5), atol=1e-6)
    assert (divergence(guess, last) > 0).all()
    together = divergence(guess[None], last[None])[0]
    assert torch.allclose(together, divergence(guess, last), atol=1e-6)
    with pytest.raises(ValueError, match="11 logits can't be compared with 10"):
        divergence(guess, last[:, 1:])
