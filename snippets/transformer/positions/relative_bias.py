"""T5's positions: how far away a key is adds a learned number to its score."""

import math

import torch
from torch import Tensor, nn

from snippets.checks import check_positive


def distance_buckets(
    distance: Tensor, both_ways: bool, buckets: int = 32, furthest: int = 128
) -> Tensor:
    """The bucket of each distance, key's position − query's: ids of the same shape.

    Half of the buckets hold one distance each; those of the other half widen by a constant factor
    up to `furthest`, and all beyond share the last (Raffel et al. 2020, section 2.1). With
    `both_ways`, half of all are for keys after the query. Without, such keys count as distance 0.
    """
    if both_ways:
        buckets //= 2
        first = (distance > 0) * buckets
        distance = distance.abs()
    else:
        first = torch.zeros_like(distance)
        distance = (-distance).clamp(min=0)
    near = buckets // 2  # as many distances have a bucket each
    factor = torch.log(distance.clamp(min=1) / near) / math.log(furthest / near)
    far = (near + (factor * (buckets - near)).long()).clamp(max=buckets - 1)
    return first + torch.where(distance < near, distance, far)


class RelativeBias(nn.Module):
    """What a distance adds to the scores, for each head a number per bucket.

    Raises:
        ValueError: fewer than four buckets, or `furthest` within those of one distance each.
    """

    def __init__(
        self, num_heads: int, both_ways: bool, buckets: int = 32, furthest: int = 128
    ) -> None:
        super().__init__()
        check_positive(num_heads=num_heads)
        if buckets < 4 or furthest <= buckets // 2:
            raise ValueError(f"{buckets} buckets up to a distance of {furthest} are too few")
        self.both_ways, self.buckets, self.furthest = both_ways, buckets, furthest
        self.weight = nn.Parameter(torch.zeros(buckets, num_heads))

    def forward(self, queries: int, keys: int) -> Tensor:
        """For so many queries and keys, both from position 0 on: (1, H, queries, keys)."""
        places = torch.arange(max(queries, keys), device=self.weight.device)
        distance = places[:keys] - places[:queries, None]  # (queries, keys)
        found = distance_buckets(distance, self.both_ways, self.buckets, self.furthest)
        return self.weight[found].permute(2, 0, 1)[None]
