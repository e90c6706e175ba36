"""What the tests of several methods share: answers of unequal length with random likelihoods."""

import torch

from snippets.post_training.rollouts import Rollouts


def random_rollouts(count: int = 6, vocabulary: int = 31, seed: int = 0) -> Rollouts:
    """Prompts of 2 to 5 tokens with answers of 1 to 7, in a batch."""
    generator = torch.Generator().manual_seed(seed)

    def ids(low: int, high: int) -> list[int]:
        length = int(torch.randint(low, high, (), generator=generator))
        return torch.randint(vocabulary, (length,), generator=generator).tolist()

    return Rollouts.of([ids(2, 6) for _ in range(count)], [ids(1, 8) for _ in range(count)])


def random_likelihoods(texts: Rollouts, count: int, seed: int = 0) -> list[torch.Tensor]:
    """So many tensors of ln π, (B, T) each, near one another as those of a policy that learns."""
    generator = torch.Generator().manual_seed(seed)
    base = -torch.rand(texts.answer.shape, generator=generator) * 3
    return [
        base + 0.3 * torch.randn(base.shape, generator=generator).clamp(-2, 2)
        for _ in range(count)
    ]
