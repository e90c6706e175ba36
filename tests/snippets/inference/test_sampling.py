"""The laws of the filters, on random logits."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.inference.sampling import (
    apply_temperature,
    choose,
    choose_each,
    draw,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    penalize_repetition,
    seeded,
    shares,
)

settings.register_profile("laws", deadline=None, max_examples=60)
settings.load_profile("laws")

logit = st.floats(-30, 30, width=32)
vectors = st.lists(logit, min_size=1, max_size=20).map(torch.tensor)
portions = st.floats(0.001, 1)


def kept(logits):
    return logits > -torch.inf


def assert_distribution(logits):
    probabilities = logits.softmax(-1)
    assert probabilities.isfinite().all()
    torch.testing.assert_close(probabilities.sum(-1), torch.ones(logits.shape[:-1]))


@given(vectors, st.integers(1, 30))
def test_top_k_keeps_the_k_likeliest(logits, k):
    result = keep_top_k(logits, k)
    assert_distribution(result)
    mask = kept(result)
    assert mask.sum() == min(k, len(logits))
    assert torch.equal(result[mask], logits[mask])
    if not mask.all():
        assert logits[mask].min() >= logits[~mask].max()


@given(vectors, portions)
def test_top_p_keeps_the_fewest_that_reach_p(logits, p):
    result = keep_top_p(logits, p)
    assert_distribution(result)
    mask, probabilities = kept(result), logits.double().softmax(-1)
    assert mask.any() and torch.equal(result[mask], logits[mask])
    assert probabilities[mask].sum() >= p - 1e-5
    # without the least likely of them, the sum stays below p: the one that crosses p was kept
    assert probabilities[mask].sum() - probabilities[mask].min() < p + 1e-5
    if not mask.all():
        assert logits[mask].min() >= logits[~mask].max()


def test_top_p_keeps_the_token_that_crosses():
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    assert kept(keep_top_p(logits, 0.6)).tolist() == [True, True, False, False]
    assert kept(keep_top_p(logits, 0.1)).tolist() == [True, False, False, False]
    assert kept(keep_top_p(logits.flip(0), 0.9)).tolist() == [False, True, True, True]


@given(vectors, portions)
def test_min_p_is_relative_to_the_likeliest(logits, p):
    result = keep_min_p(logits, p)
    assert_distribution(result)
    ratio = (logits - logits.max()).double().exp()
    clear = (ratio - p).abs() > 1e-5  # at the border, rounding decides
    assert torch.equal(kept(result)[clear], (ratio >= p)[clear])
    assert kept(result)[logits.argmax()]


@given(vectors, st.floats(0.01, 10))
def test_temperature_is_a_quotient_and_keeps_the_order(logits, temperature):
    result = apply_temperature(logits, temperature)
    assert_distribution(result)
    expected = (logits.double() / temperature).softmax(-1)
    torch.testing.assert_close(result.softmax(-1).double(), expected, rtol=1e-3, atol=1e-5)


@given(vectors)
def test_temperature_zero_is_the_limit(logits):
    assert kept(apply_temperature(logits, 0)).sum() == 1
    assert apply_temperature(logits, 0).argmax() == logits.argmax()
    assert_distribution(apply_temperature(logits, 1e-40))


@given(st.lists(vectors, min_size=1, max_size=1), portions, st.integers(1, 5))
def test_filters_work_on_batches_as_on_each_row(rows, p, k):
    logits = torch.stack([rows[0], rows[0].flip(0) * 0.5, rows[0] + 1])
    for function in (
        lambda x: keep_top_k(x, k),
        lambda x: keep_top_p(x, p),
        lambda x: keep_min_p(x, p),
        lambda x: apply_temperature(x, p),
    ):
        assert torch.equal(function(logits), torch.stack([function(row) for row in logits]))


@given(vectors, portions, st.integers(1, 30))
def test_filters_leave_their_argument_alone(logits, p, k):
    before = logits.clone()
    keep_top_k(logits, k), keep_top_p(logits, p), keep_min_p(logits, p)
    apply_temperature(logits, p), penalize_repetition(logits, [0], 1.5)
    assert torch.equal(logits, before)


@given(vectors, st.lists(st.integers(0, 19)), st.floats(1.01, 3))
def test_penalty_lowers_what_was_seen_and_nothing_else(logits, ids, penalty):
    ids = [i % len(logits) for i in ids]
    result = penalize_repetition(logits, ids, penalty)
    seen = torch.zeros(len(logits), dtype=torch.bool)
    seen[ids] = True
    assert torch.equal(result[~seen], logits[~seen])
    assert (result[seen] <= logits[seen]).all()
    assert (result[seen & (logits.abs() > 1e-3)] < logits[seen & (logits.abs() > 1e-3)]).all()


@given(st.lists(st.floats(-8, 8, width=32), min_size=8, max_size=8, unique=True).map(torch.tensor))
def test_filters_equal_those_of_transformers(logits):
    from transformers.generation import logits_process as reference

    ids = [1, 3, 3]
    for ours, theirs in [
        (keep_top_k(logits, 3), reference.TopKLogitsWarper(3)),
        (keep_min_p(logits, 0.1), reference.MinPLogitsWarper(0.1)),
        (penalize_repetition(logits, ids, 1.3), reference.RepetitionPenaltyLogitsProcessor(1.3)),
    ]:
        expected = theirs(torch.tensor([ids]), logits[None].clone())[0]
        torch.testing.assert_close(ours, expected)


@pytest.mark.parametrize(
    ("function", "value", "name"),
    [
        (apply_temperature, -0.1, "temperature"),
        (apply_temperature, float("nan"), "temperature"),
        (apply_temperature, float("inf"), "temperature"),
        (keep_top_k, 0, "top_k"),
        (keep_top_k, -3, "top_k"),
        (keep_top_p, 0.0, "top_p"),
        (keep_top_p, 1.5, "top_p"),
        (keep_min_p, -0.1, "min_p"),
        (keep_min_p, 1.1, "min_p"),
        (lambda x, v: penalize_repetition(x, [0], v), 0.0, "repetition_penalty"),
    ],
)
def test_values_out_of_range_are_named(function, value, name):
    with pytest.raises(ValueError, match=re.escape(f"{name}={value}")):
        function(torch.zeros(5), value)


def test_draws_follow_the_probabilities():
    generator = torch.Generator().manual_seed(0)
    probabilities = torch.tensor([0.1, 0.2, 0.7])
    draws = [choose(probabilities.log(), [], generator) for _ in range(3000)]
    found = torch.bincount(torch.tensor(draws), minlength=3) / len(draws)
    torch.testing.assert_close(found, probabilities, atol=0.03, rtol=0)


def test_choose_applies_every_filter():
    logits = torch.tensor([0.4, 0.3, 0.2, 0.1]).log()
    generator = torch.Generator().manual_seed(0)

    def drawn(**filters):
        return {choose(logits, [0], generator, **filters) for _ in range(200)}

    assert drawn() == {0, 1, 2, 3}
    assert drawn(temperature=0) == {0}
    assert drawn(top_k=2) == {0, 1}
    assert drawn(top_p=0.8) == {0, 1, 2}
    assert drawn(min_p=0.6) == {0, 1}
    assert drawn(temperature=0, repetition_penalty=2.0) == {1}


@given(vectors, st.floats(0, 1, exclude_max=True, width=32), st.integers(1, 30))
def test_a_draw_hits_the_piece_of_the_line_where_the_place_lies(logits, place, k):
    logits = keep_top_k(logits, k)
    token = int(draw(logits, torch.tensor(place)))
    ends = logits.double().softmax(-1).cumsum(-1)
    assert kept(logits)[token]
    assert place <= ends[token] + 1e-5
    assert token == 0 or place >= ends[token - 1] - 1e-5


@pytest.mark.parametrize("place", [0.0, 1 - 2**-24])
def test_no_place_hits_a_token_that_is_ruled_out(place):
    generator = torch.Generator().manual_seed(0)
    for _ in range(300):
        logits = torch.randn(65, generator=generator) * 5
        logits[[0, 1, 63, 64]] = -torch.inf
        token = int(draw(logits, torch.tensor(place)))
        assert 2 <= token <= 62


@given(st.integers(0, 2**31), st.floats(0.1, 2), st.integers(1, 5), st.booleans())
def test_rows_choose_as_each_alone(seed, temperature, k, penalised):
    logits = torch.randn(3, 9, generator=torch.Generator().manual_seed(seed))
    texts = [[0, 1], [2], [3, 3, 4]]
    options = {"temperature": temperature, "top_k": k, "top_p": 0.9, "min_p": 0.01}
    options["repetition_penalty"] = 1.5 if penalised else None

    def generators():
        return [torch.Generator().manual_seed(seed + row) for row in range(3)]

    together = choose_each(logits, texts, generators(), **options)
    alone = [choose(*row, **options) for row in zip(logits, texts, generators(), strict=True)]
    assert together == alone


@pytest.mark.parametrize("temperature", [0, 1])
def test_what_is_no_number_is_refused(temperature):
    with pytest.raises(ValueError, match=r"logits are not numbers \(NaN\)"):
        choose(torch.tensor([0.0, float("nan")]), [0], temperature=temperature)


halves = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])


@halves
@pytest.mark.parametrize("size", [1000, 50_257])
def test_in_half_precision_each_token_can_be_drawn(dtype, size):
    """A sum in bfloat16 has three digits: half of a thousand tokens would never be drawn."""
    wanted = torch.arange(0, size, size // 100)
    places = (wanted + 0.5) / size  # the middle of each token's piece
    tokens = draw(torch.zeros(size, dtype=dtype).expand(len(places), size), places)
    assert (tokens - wanted).abs().max() <= 1  # float32 rounds the ends, too


@halves
def test_in_half_precision_top_p_keeps_as_many(dtype):
    assert kept(keep_top_p(torch.zeros(1000, dtype=dtype), 0.5)).sum() == pytest.approx(500, abs=1)
    assert keep_top_p(torch.zeros(9, dtype=dtype), 0.5).dtype == dtype


def test_double_precision_stays_double():
    assert shares(torch.zeros(3, dtype=torch.double)).dtype == torch.double
    assert shares(torch.zeros(3, dtype=torch.half)).dtype == torch.float


def test_top_p_stops_at_the_token_that_reaches_p_exactly():
    logits = torch.tensor([0.5, 0.25, 0.25]).log()
    assert kept(keep_top_p(logits, 0.5)).tolist() == [True, False, False]
    assert kept(keep_top_p(logits, 0.75)).tolist() == [True, True, False]


def test_min_p_keeps_a_token_just_as_likely_as_the_bound():
    logits = torch.tensor([0.5, 0.25, 0.25]).log()
    assert kept(keep_min_p(logits, 0.5)).tolist() == [True, True, True]
    assert kept(keep_min_p(logits, 1)).tolist() == [True, False, False]
    assert kept(keep_min_p(torch.zeros(4), 1)).all()


def test_a_place_on_the_border_belongs_to_the_next_token():
    logits = torch.tensor([0.25, 0.25, 0.5]).log()
    assert draw(logits.expand(4, 3), torch.tensor([0.0, 0.25, 0.5, 0.75])).tolist() == [0, 1, 2, 2]


def test_filters_and_draw_stay_on_the_device_of_the_logits():
    logits = torch.zeros(2, 5, device="meta")
    for filtered in (
        keep_top_k(logits, 2),
        keep_top_p(logits, 0.5),
        keep_min_p(logits, 0.5),
        apply_temperature(logits, 0.5),
        penalize_repetition(logits[0], [1, 2], 1.5),
    ):
        assert filtered.device.type == "meta"
    assert draw(logits, torch.zeros(2)).device.type == "meta"


def test_a_seed_makes_a_source_of_its_own():
    assert seeded(None) is None
    numbers = []
    for seed in (7, 7, 8):
        torch.rand(3)  # whatever PyTorch's own source has done
        numbers.append(torch.rand(4, generator=seeded(seed)).tolist())
    assert numbers[0] == numbers[1] != numbers[2]
    assert numbers[0] == torch.rand(4, generator=torch.Generator().manual_seed(7)).tolist()


@pytest.mark.parametrize("temperature", [0.5, 2, 4])
def test_each_logit_is_divided_by_the_temperature(temperature):
    logits = torch.tensor([0.0, 1.0, 3.0, -2.0])
    shares_ = (logits.double() / temperature).softmax(-1)
    found = apply_temperature(logits, temperature).double().softmax(-1)
    torch.testing.assert_close(found, shares_, rtol=0, atol=1e-6)
    assert torch.equal(apply_temperature(logits, 1), logits)


def test_all_of_the_probability_is_all_tokens():
    """However the sum of many small probabilities was rounded."""
    logits = torch.randn(50_000, generator=torch.Generator().manual_seed(0)) * 8
    assert torch.equal(keep_top_p(logits, 1), logits)


def test_of_equals_the_first_are_kept():
    equal = torch.zeros(3, 2000)
    assert kept(keep_top_k(equal, 7)).nonzero()[:, 1].tolist() == [*range(7)] * 3
    assert kept(keep_top_p(equal, 0.01)).nonzero()[:, 1].tolist() == [*range(20)] * 3
    assert kept(apply_temperature(equal, 0)).nonzero()[:, 1].tolist() == [0] * 3


def test_without_filters_the_probabilities_are_the_models():
    logits = torch.randn(40, 9, generator=torch.Generator().manual_seed(0)) * 3

    def chosen(**filters):
        return choose_each(logits, [[]] * 40, [seeded(n) for n in range(40)], **filters)

    assert chosen() == chosen(temperature=1.0, top_k=None, top_p=None, min_p=None)
    assert chosen() != chosen(temperature=2.0)


def test_a_bound_of_zero_rules_nothing_out():
    logits = torch.tensor([0.0, -200.0, 3.0])  # the second has the probability 0 in float32
    assert torch.equal(keep_min_p(logits, 0), logits)


def test_a_penalty_below_one_rewards_what_was_seen():
    found = penalize_repetition(torch.tensor([2.0, -2.0, 1.0]), [0, 1, 1], 0.5)
    assert found.tolist() == [4.0, -1.0, 1.0]
    with pytest.raises(ValueError, match="repetition_penalty=nan"):
        penalize_repetition(torch.zeros(2), [0], float("nan"))
