"""The harness: scores are probabilities, picks are the likeliest, intervals are Wilson's."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from snippets.foundations.ngrams.kneser_ney import KneserNey
from snippets.foundations.tokenizers import CharTokenizer
from snippets.training.evaluation.harness import (
    Question,
    choice_scores,
    hits,
    scorer_of_counts,
    scorer_of_network,
    wilson,
)
from snippets.transformer.minigpt import MINIGPT, MiniGPT
from tests.snippets.elsewhere import devices_read

TEXT = "to be or not to be that is the question " * 3
TOKENIZER = CharTokenizer.from_text(TEXT)
COUNTED = KneserNey(TOKENIZER.encode(TEXT), 4, TOKENIZER.vocab_size)


@pytest.fixture(scope="module")
def network() -> MiniGPT:
    torch.manual_seed(0)
    small = replace(
        MINIGPT, context=16, d_model=32, d_hidden=32, num_layers=1, num_heads=2, num_kv_heads=2
    )
    return MiniGPT(replace(small, vocab_size=TOKENIZER.vocab_size)).eval()


def test_all_continuations_of_one_character_have_probability_one(network: MiniGPT) -> None:
    question = Question("to be ", tuple(TOKENIZER.characters), 0)
    for scorer in (scorer_of_counts(COUNTED, TOKENIZER), scorer_of_network(network, TOKENIZER)):
        [scores] = choice_scores([question], scorer)
        assert np.exp(scores).sum() == pytest.approx(1, abs=1e-5)


def test_a_choice_of_several_characters_is_the_product_of_its_characters() -> None:
    scorer = scorer_of_counts(COUNTED, TOKENIZER)
    [(both, _)] = choice_scores([Question("not ", ("to", "be"), 0)], scorer)
    [(first, _)] = choice_scores([Question("not ", ("t", "b"), 0)], scorer)
    [(second, _)] = choice_scores([Question("not t", ("o", "e"), 0)], scorer)
    assert both == pytest.approx(first + second)


def test_what_else_is_in_the_batch_does_not_matter(network: MiniGPT) -> None:
    texts = ["to be", "or not to be", "that", "the question is"]
    together = scorer_of_network(network, TOKENIZER)(texts)
    alone = scorer_of_network(network, TOKENIZER, batch_size=1)(texts)
    assert [len(row) for row in together] == [len(text) - 1 for text in texts]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
        assert one.dtype == np.float64, "sums of a thousand characters lose no digits"


def test_a_text_may_fill_the_context_and_no_more(network: MiniGPT) -> None:
    scorer = scorer_of_network(network, TOKENIZER)
    assert len(scorer([TEXT[:17]])[0]) == 16
    with pytest.raises(ValueError, match="17 characters exceed the context of 16"):
        scorer(["to", TEXT[:18]])


def test_the_likeliest_choice_is_the_answer() -> None:
    questions = [Question("a", ("b", "ccc"), 0), Question("a", ("b", "ccc"), 1)]
    scores = [np.array([-1.0, -2.0])] * 2
    assert hits(questions, scores).tolist() == [True, False]
    assert hits(questions, scores, per_character=True).tolist() == [False, True]


@pytest.mark.parametrize(("right", "count"), [(0, 10), (3, 10), (10, 10), (120, 200)])
def test_the_interval_ends_where_the_measured_share_is_just_possible(
    right: int, count: int
) -> None:
    for end in wilson(right, count):
        assert abs(right / count - end) == pytest.approx(1.96 * (end * (1 - end) / count) ** 0.5)


def test_the_interval_covers_the_truth_in_nineteen_of_twenty_evaluations() -> None:
    drawn = np.random.default_rng(0).binomial(100, 0.8, 4000)
    low, high = np.array([wilson(int(right), 100) for right in drawn]).T
    assert ((low < 0.8) & (high > 0.8)).mean() == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(("right", "count"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(right: int, count: int) -> None:
    with pytest.raises(ValueError, match=f"{right} of {count}"):
        wilson(right, count)


@pytest.mark.parametrize(
    ("context", "choices", "answer", "says"),
    [
        ("", ("a", "b"), 0, "empty"),
        ("x", ("a", ""), 0, "empty"),
        ("x", ("a", "a"), 0, "different"),
        ("x", ("a",), 0, "two or more"),
        ("x", ("a", "b"), 2, "answer 2 of 2"),
        ("x", ("a", "b"), -1, "answer -1 of 2"),
    ],
)
def test_no_question(context: str, choices: tuple[str, ...], answer: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Question(context, choices, answer)


def test_one_answer_is_enough_for_an_interval_and_another_z_widens_it() -> None:
    assert wilson(0, 1)[0] == pytest.approx(0) and wilson(1, 1)[1] == pytest.approx(1)
    assert wilson(3, 10) == wilson(3, 10, 1.96)
    for end in wilson(3, 10, z=1.0):
        assert abs(0.3 - end) == pytest.approx((end * (1 - end) / 10) ** 0.5)


def test_hits_are_by_the_whole_probability_unless_asked_otherwise() -> None:
    question = Question("a", ("b", "ccc"), 0)
    scores = [np.array([-1.0, -2.0])]
    assert hits([question], scores).tolist() == hits([question], scores, False).tolist() == [True]
    with pytest.raises(ValueError, match="zip"):
        hits([question], scores * 2)


def test_texts_go_to_the_models_device(network: MiniGPT) -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    model = deepcopy(network).to("meta")
    seen = devices_read(model)
    with pytest.raises(NotImplementedError, match="no data"):  # to bring back
        scorer_of_network(model, TOKENIZER)(["to be", "or"])
    assert seen == ["meta"]
