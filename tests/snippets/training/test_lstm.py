"""It never looks ahead, agrees with a cell written out, and starts at ln V."""

import math

import torch

from snippets.training.lstm import LSTMConfig, LSTMModel, lstm_flops_per_token
from snippets.transformer.minigpt import next_token_loss

CONFIG = LSTMConfig(vocab_size=11, context=8, d_model=6)


def test_a_later_token_changes_nothing_before_it():
    torch.manual_seed(0)
    model = LSTMModel(CONFIG)
    ids = torch.randint(11, (2, 8))
    changed = ids.clone()
    changed[:, 5] = (changed[:, 5] + 1) % 11
    before, after = model(ids), model(changed)
    assert before.shape == (2, 8, 11)
    torch.testing.assert_close(before[:, :5], after[:, :5], rtol=0, atol=0)
    assert not torch.allclose(before[:, 5:], after[:, 5:])


def test_it_is_a_cell_applied_again_and_again():
    torch.manual_seed(0)
    model = LSTMModel(CONFIG)
    cell = torch.nn.LSTMCell(6, 6)
    with torch.no_grad():
        for name, parameter in cell.named_parameters():
            parameter.copy_(getattr(model.lstm, f"{name}_l0"))
    ids = torch.randint(11, (3, 8))
    state, logits = None, []
    for t in range(8):
        state = cell(model.embedding(ids[:, t]), state)
        logits.append(model.head(state[0]))
    torch.testing.assert_close(model(ids), torch.stack(logits, dim=1))


def test_the_first_loss_is_about_the_logarithm_of_v():
    torch.manual_seed(0)
    model = LSTMModel(LSTMConfig(vocab_size=68, context=32, d_model=64, num_layers=2))
    ids = torch.randint(68, (16, 33))
    loss = next_token_loss(model(ids[:, :-1]), ids[:, 1:]).item()
    assert abs(loss - math.log(68)) < 0.1


def test_flops_count_the_weights_of_the_matrices_twice():
    for config in (CONFIG, LSTMConfig(vocab_size=68, context=32, d_model=16, num_layers=3)):
        model = LSTMModel(config)
        weights = [p for name, p in model.named_parameters() if "weight" in name]
        matrices = sum(p.numel() for p in weights) - model.embedding.weight.numel()
        assert lstm_flops_per_token(config) == 2 * matrices
