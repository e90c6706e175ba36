"""What the tests of several methods share: answers of unequal length with random likelihoods."""

from collections.abc import Callable, Iterator, Sequence

import pytest
import torch

from snippets.post_training.reinforcement.ppo import Step
from snippets.post_training.reinforcement.rollouts import Ids, Rollouts, Runaway, Task
from snippets.transformer.minigpt import MiniGPT
from tests.snippets.training.seen_steps import memory_kept, steps_seen, usual_betas
from tests.snippets.transformer.test_minigpt import TINY, tiny


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
        base + 0.3 * torch.randn(base.shape, generator=generator).clamp(-2, 2) for _ in range(count)
    ]


END = 7
WANTED = 3


def toy_policy() -> MiniGPT:
    """A small model of random weights that holds all tokens about equally likely."""
    return tiny(TINY["ours"], scale=0.1)


def toy_task(prompts: int = 12) -> Task:
    """Prompts of two tokens; an answer is as good as the share of its tokens that are `WANTED`."""

    def judge(places: Sequence[int], answers: Sequence[Ids]) -> list[float]:
        return [sum(token == WANTED for token in answer) / len(answer) for answer in answers]

    return Task([[1 + place % 5, 2 + place % 3] for place in range(prompts)], judge, END, 6)


def check_training_stops(
    train: Callable[[MiniGPT, Task], Iterator[Step]], not_finite: float
) -> None:
    """At a KL divergence beyond its limit, with the step; and at a reward that is not finite."""
    with pytest.raises(Runaway, match=r"step \d+: KL of"):
        list(train(toy_policy(), toy_task()))
    broken = toy_task()._replace(judge=lambda places, answers: [not_finite] * len(places))
    with pytest.raises(ValueError, match="not finite"):
        next(train(toy_policy(), broken))


def check_steps(train: Callable[[], Iterator[object]], *rates: float) -> None:
    """Of a training with a steep loss: no step is longer than 1, and no weight decays."""
    with memory_kept(), steps_seen() as seen:
        assert list(train())
    norms = [step.norm for step in seen]
    assert max(norms) == pytest.approx(1.0, rel=1e-3)
    for step in seen:
        assert [group["lr"] for group in step.groups] == list(rates)
        assert all(g["weight_decay"] == 0 and g["betas"] == usual_betas() for g in step.groups)
