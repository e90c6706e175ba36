"""Laws of speculative decoding: the draft changes how fast a text comes, never how likely it is."""

from collections import Counter
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import pytest
import torch

from snippets.inference.generation import generate
from snippets.inference.speculative_decoding import accepted, counted, draw, speculate
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig
from tests.snippets.elsewhere import Elsewhere

P = torch.tensor([0.5, 0.3, 0.2, 0.0])
Q = torch.tensor([0.1, 0.3, 0.4, 0.2])


CONFIG = MiniGPTConfig(
    vocab_size=5,
    context=24,
    d_model=16,
    num_layers=2,
    num_heads=2,
    num_kv_heads=2,
    d_hidden=32,
    tie_weights=False,
)


def tiny(sure=0.5, seed=0, **options):
    """A model whose logits spread with `sure`: a fresh one finds all tokens nearly alike."""
    torch.manual_seed(seed)
    model = MiniGPT(replace(CONFIG, **options)).eval()
    with torch.no_grad():
        model.head.weight.normal_(0, sure)
    return model


def uniform(vocab_size):
    return lambda ids: torch.full((vocab_size,), 1 / vocab_size)


def itself(model):
    """A draft that knows exactly what the model will say, read anew each time."""

    @torch.no_grad()
    def probabilities(ids):
        return model(torch.tensor([ids]))[0, -1].softmax(-1)

    return probabilities


def text(model, draft, ids, length, **options):
    return [
        *ids,
        *(token for run in speculate(model, draft, ids, length, **options) for token in run),
    ]


def assert_shares(counts, expected):
    """Counts of n draws lie within five standard deviations of what was expected."""
    n = sum(counts.values())
    for outcome, p in expected.items():
        spread = (n * p * (1 - p)) ** 0.5
        assert abs(counts[outcome] - n * p) <= 5 * spread + 1e-6, (outcome, counts[outcome] / n, p)


def test_a_token_is_drawn_as_the_model_says_whatever_was_drafted():
    generator = torch.Generator().manual_seed(0)
    after = torch.tensor([0.1, 0.2, 0.3, 0.4])
    first, second = Counter(), Counter()
    for _ in range(6000):
        run = accepted([P, after], [Q], [draw(Q, generator)], generator)
        first[run[0]] += 1
        second.update(run[1:])
    assert_shares(first, dict(enumerate(P.tolist())))
    assert first[3] == 0  # drafted one time in five, and never kept
    assert_shares(second, dict(enumerate(after.tolist())))


def test_a_draft_is_kept_as_often_as_both_agree():
    """The sum of min(p, q) (Leviathan et al. 2023, theorem 3.5)."""
    generator = torch.Generator().manual_seed(0)
    kept = sum(
        len(accepted([P, P], [Q], [draw(Q, generator)], generator)) == 2 for _ in range(6000)
    )
    share = torch.minimum(P, Q).sum().item()
    assert_shares(Counter({True: kept, False: 6000 - kept}), {True: share})


def test_texts_are_as_likely_as_the_model_says():
    """All texts of three tokens, their probabilities multiplied out, against many draws."""
    model, expected = tiny(vocab_size=2), {}
    for new in product(range(2), repeat=3):
        with torch.no_grad():
            logs = model(torch.tensor([[0, *new[:-1]]]))[0].log_softmax(-1)
        expected[new] = sum(logs[t, token] for t, token in enumerate(new)).exp().item()
    assert sum(expected.values()) == pytest.approx(1)
    table = torch.tensor([[0.2, 0.8], [0.95, 0.05]])  # by the token before
    draws = (text(model, lambda ids: table[ids[-1]], [0], 3, ahead=2, seed=n) for n in range(600))
    assert_shares(Counter(tuple(ids[1:]) for ids in draws), expected)


@pytest.mark.parametrize(("ahead", "passes"), [(1, 10), (3, 5), (9, 2), (19, 1), (30, 1)])
def test_a_draft_that_agrees_is_never_rejected(ahead, passes):
    """So the cache is right, too: with wrong keys the model would no longer agree."""
    model = tiny()
    runs = list(speculate(model, itself(model), [1, 2], 20, ahead=ahead, seed=0))
    assert len(runs) == passes
    assert all(len(run) == ahead + 1 for run in runs[:-1])


def test_unless_told_otherwise_four_tokens_are_drafted_as_on_the_page():
    model = tiny()
    assert [len(run) for run in speculate(model, itself(model), [1, 2], 20, seed=0)] == [5] * 4


@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_a_model_without_doubt_writes_its_text_whatever_is_drafted(ahead):
    """After a rejection the cache holds exactly what stands."""
    model = tiny(sure=10_000)
    greedy = generate(model, [3, 1], 20, temperature=0)
    for seed in range(5):
        assert text(model, uniform(5), [3, 1], 20, ahead=ahead, seed=seed) == greedy


def test_what_only_one_of_them_would_say():
    one, other = torch.eye(4)[0], torch.eye(4)[1]
    assert accepted([one, other], [other], [1]) == [0]
    assert accepted([one, other], [one], [0]) == [0, 1]
    assert accepted([other], [], []) == [1]


def test_a_difference_of_rounding_only_is_no_rejection_without_a_way_out():
    """Where p is below q by the last digit and above it nowhere, nothing is left to draw from."""
    q = torch.tensor([1.0, 0.0])
    p = torch.tensor([1 - 6e-8, 0.0])
    for seed in range(200):
        generator = torch.Generator().manual_seed(seed)
        assert accepted([p, p], [q], [0], generator)[0] == 0


@pytest.mark.parametrize("length", [0, 1, 2, 7])
def test_as_many_tokens_as_asked_for(length):
    model = tiny()
    runs = list(speculate(model, uniform(5), torch.tensor([1, 2, 3]), length, ahead=3, seed=1))
    assert sum(map(len, runs)) == length
    assert runs == list(speculate(model, uniform(5), [1, 2, 3], length, ahead=3, seed=1))


def test_a_model_in_training_drops_nothing_and_stays_in_training():
    model = tiny(sure=10_000, dropout=0.5)
    sober = text(model, uniform(5), [1], 10, seed=0)
    model.train()
    assert text(model, uniform(5), [1], 10, seed=0) == sober
    assert model.training


@pytest.mark.parametrize(
    ("ids", "length", "options", "message"),
    [
        ([], 3, {}, "empty"),
        ([5], 3, {}, "id 5"),
        ([1], -1, {}, "max_new_tokens=-1"),
        ([1], 3, {"ahead": 0}, "ahead=0"),
        ([1, 2], 23, {}, "25 tokens are more than the context=24"),
    ],
)
def test_wrong_arguments(ids, length, options, message):
    with pytest.raises(ValueError, match=message):
        list(speculate(tiny(), uniform(5), ids, length, **options))


def test_a_table_of_counts():
    """In abracadabra, what follows a: b twice, c and d once each, and a never."""
    text = ["abcdr".index(letter) for letter in "abracadabra"]
    expected = (torch.tensor([0.0, 2, 1, 1, 0]) + 0.05) / 4.25
    draft = counted(text, 2, 5)
    torch.testing.assert_close(draft([3, 0]), expected)
    torch.testing.assert_close(draft([0]), expected)
    three = counted(torch.tensor(text), 3, 5)
    torch.testing.assert_close(three([4, 4, 0, 1]), (torch.tensor([0.0, 0, 0, 0, 2]) + 0.05) / 2.25)
    torch.testing.assert_close(three([1]), three([0, 1]))  # a short history
    ones = (torch.tensor([5.0, 2, 1, 1, 2]) + 0.05) / 11.25
    torch.testing.assert_close(counted(text, 1, 5)([2]), ones)


def test_a_table_of_ids_elsewhere_is_the_same():
    ids = torch.tensor([0, 1, 2, 0, 2])
    expected = counted(ids, 2, 3)
    with Elsewhere():
        draft = counted(ids.to("meta"), 2, 3)
        for token in range(3):
            assert torch.equal(draft([token]), expected([token]))


@pytest.mark.parametrize("order", [0, 4])
def test_a_table_needs_a_text(order):
    with pytest.raises(ValueError, match=f"order={order} must be from 1 to the 3 ids"):
        counted([0, 1, 2], order, 3)


def test_all_tokens_together_may_fill_the_context():
    assert sum(map(len, speculate(tiny(), uniform(5), [1, 2], 22, seed=0))) == 22


def test_an_order_as_long_as_the_text_counts_its_one_run():
    draft = counted([0, 1, 2], 3, 3)
    torch.testing.assert_close(draft([0, 1]), (torch.tensor([0.0, 0, 1]) + 0.05) / 1.15)
    torch.testing.assert_close(draft([1, 1]), torch.full((3,), 1 / 3))


def test_a_draft_may_lie_on_another_device():
    """Chance is the CPU's: what a draft says comes there before it is drawn from."""
    model, draft = tiny(), uniform(5)

    def elsewhere(ids):  # probabilities that nothing can be done with but to fetch them
        return SimpleNamespace(cpu=lambda: draft(ids))

    assert text(model, elsewhere, [1, 2], 12, seed=3) == text(model, draft, [1, 2], 12, seed=3)
