"""Batches of which only solutions are to be learned, and solutions that do not hang together."""

import random
from unittest.mock import Mock

import pytest
import torch

from snippets.inference.reasoning import thinking
from snippets.inference.reasoning.sums import END, STYLES, TOKENIZER, answer, is_held_out, question
from snippets.inference.reasoning.thinking import (
    CONFIG,
    SIZES,
    UNSEEN,
    encoded,
    make_batch,
    solution_mask,
    solve,
    train,
)
from snippets.transformer.minigpt import MiniGPT


def test_the_mask_covers_the_solution_and_its_end() -> None:
    ids = encoded(["10+11=21\n", "99+99=198\n"])
    mask = solution_mask(ids, asked=6)
    kept = [TOKENIZER.decode(row[m]) for row, m in zip(ids, mask, strict=True)]
    assert kept == ["21\n", "198\n"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", SIZES)
def test_a_batch_asks_for_solutions_and_nothing_else(style: str, size: int) -> None:
    inputs, targets = make_batch(STYLES[style], size, 500, random.Random(0))
    assert inputs.shape == targets.shape
    total = 0
    for given, wanted in zip(inputs, targets, strict=True):
        solution = TOKENIZER.decode(wanted[wanted != UNSEEN])
        text = TOKENIZER.decode(given[: 3 * size])
        terms = tuple(map(int, text[:-1].split("+")))
        assert text == question(terms) and len(terms) == size and not is_held_out(terms)
        assert answer(solution) == sum(terms)
        assert (wanted[: 3 * size - 1] == UNSEEN).all()
        assert ("=" in solution) is (style == "thinking")
        total += 3 * size + len(solution)
    assert 500 <= total < 500 + inputs.shape[1] + 1  # what the last text adds at most


def test_training_lowers_the_loss_and_is_repeatable() -> None:
    def loss(model: MiniGPT) -> float:
        inputs, targets = make_batch(STYLES["direct"], 2, 2000, random.Random(5))
        with torch.no_grad():
            logits = model(inputs).flatten(0, 1)
        return torch.nn.functional.cross_entropy(
            logits, targets.flatten(), ignore_index=UNSEEN
        ).item()

    trained = train("direct", 20, seed=1, tokens=500)
    again = train("direct", 20, seed=1, tokens=500)
    assert loss(trained) < loss(train("direct", 1, seed=1, tokens=500)) - 0.2
    assert all(
        torch.equal(a, b) for a, b in zip(trained.parameters(), again.parameters(), strict=True)
    )
    with pytest.raises(ValueError, match="is none of direct, thinking"):
        train("guessing", 1)


def test_solutions_do_not_depend_on_their_neighbours() -> None:
    torch.manual_seed(0)
    model = MiniGPT(CONFIG).eval()
    with torch.no_grad():  # so that it ends now and then
        model.embedding.weight[END] *= 2
    asked = [(10, 20), (30, 40), (50, 60)]
    together = solve(model, asked, seed=7)
    assert together == [solve(model, [terms], seed=7 + i)[0] for i, terms in enumerate(asked)]
    assert solve(model, asked, temperature=0) == solve(model, asked, temperature=0, seed=9)
    assert all(text.count("\n") <= 1 and "\n" not in text[:-1] for text in together)
    assert solve(model, asked, temperature=0.3) != solve(model, asked)


def test_training_draws_all_sizes_at_rates_that_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    batches, rates = Mock(wraps=thinking.make_batch), Mock(wraps=thinking.set_learning_rate)
    monkeypatch.setattr(thinking, "make_batch", batches)
    monkeypatch.setattr(thinking, "set_learning_rate", rates)
    trained = train("direct", 20, tokens=100)
    factors = [call.args[1] for call in rates.call_args_list]
    assert {call.args[1] for call in batches.call_args_list} == set(SIZES)
    assert len(factors) == 20 and factors[-1] < 0.5 < max(factors) == 1
    assert not trained.training and all(p.grad is None for p in trained.parameters())
    other = train("direct", 20, seed=1, tokens=100)
    assert not torch.equal(other.embedding.weight, trained.embedding.weight)
    sizes = [call.args[1] for call in batches.call_args_list]
    assert sizes[:20] != sizes[20:]  # another seed draws other problems, too


def test_steps_begin_with_any_of_the_numbers() -> None:
    inputs, targets = make_batch(STYLES["thinking"], 4, 2000, random.Random(0))
    first = set()
    for given, wanted in zip(inputs, targets, strict=True):
        terms = TOKENIZER.decode(given[:11]).split("+")
        first.add(terms.index(TOKENIZER.decode(wanted[wanted != UNSEEN])[:2]))
    assert first == {0, 1, 2, 3}


def test_unless_told_otherwise_solutions_are_drawn_at_a_temperature_of_one_from_the_seed_0() -> (
    None
):
    torch.manual_seed(0)
    model, asked = MiniGPT(CONFIG).eval(), [(10, 20), (21, 13)]
    assert solve(model, asked) == solve(model, asked, temperature=1.0, seed=0)
    model.register_forward_hook(
        lambda _, __, logits: logits.index_fill(-1, torch.tensor(END), -1e9)  # never the end
    )
    assert {*map(len, solve(model, asked))} == {40}  # tokens, at most


def test_it_trains_a_number_of_steps_on_a_number_of_tokens() -> None:
    for wrong, message in (((0, 0, 100), "steps=0"), ((1, 0, 0), "tokens=0")):
        with pytest.raises(ValueError, match=message):
            train("direct", *wrong)
