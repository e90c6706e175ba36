"""Buckets of distances: T5's own, and each law that they are made for."""

import pytest
import torch
from transformers.models.t5.modeling_t5 import T5Attention

from snippets.transformer.positions.relative_bias import RelativeBias, distance_buckets


@pytest.mark.parametrize("both_ways", [True, False])
@pytest.mark.parametrize(("buckets", "furthest"), [(32, 128), (8, 20), (16, 1000)])
def test_the_buckets_are_t5s(both_ways: bool, buckets: int, furthest: int) -> None:
    distance = torch.arange(-2000, 2000)
    theirs = T5Attention._relative_position_bucket(distance, both_ways, buckets, furthest)
    assert torch.equal(distance_buckets(distance, both_ways, buckets, furthest), theirs)


def test_near_distances_have_their_own_and_far_ones_share_the_last() -> None:
    found = distance_buckets(-torch.arange(300), both_ways=False)
    assert found[:16].tolist() == list(range(16))
    assert (found.diff() >= 0).all() and set(found[128:].tolist()) == {31}
    assert distance_buckets(torch.tensor([5]), both_ways=False).item() == 0


def test_the_bias_hangs_on_the_distance_alone() -> None:
    bias = RelativeBias(2, both_ways=True)
    torch.nn.init.normal_(bias.weight)
    found = bias(5, 7)
    assert found.shape == (1, 2, 5, 7)
    assert torch.equal(found[..., :-1, :-1], found[..., 1:, 1:])
    for head, query, key in ((0, 2, 1), (1, 1, 2), (1, 0, 6), (0, 4, 4)):
        bucket = distance_buckets(torch.tensor(key - query), both_ways=True)
        assert found[0, head, query, key] == bias.weight[bucket, head]


def test_what_makes_no_sense_is_refused() -> None:
    for few in (2, 3):
        with pytest.raises(ValueError, match=f"{few} buckets up to a distance of 128"):
            RelativeBias(2, True, buckets=few)
    with pytest.raises(ValueError, match="32 buckets up to a distance of 16"):
        RelativeBias(2, True, furthest=16)
    with pytest.raises(ValueError, match="num_heads=0"):
        RelativeBias(0, True)


def test_unless_asked_otherwise_it_has_t5s_32_buckets_up_to_128() -> None:
    distance = torch.arange(-200, 200)
    for both_ways in (True, False):
        plain = distance_buckets(distance, both_ways)
        assert torch.equal(plain, distance_buckets(distance, both_ways, 32, 128))
        bias = RelativeBias(3, both_ways)
        assert bias.weight.shape == (32, 3) and not bias.weight.any()
        assert bias.furthest == 128


def test_the_least_that_makes_sense_is_taken() -> None:
    assert RelativeBias(1, True, buckets=4, furthest=3)(1, 1).shape == (1, 1, 1, 1)
    assert RelativeBias(1, False)(5, 2).shape == (1, 1, 5, 2)  # more queries than keys
