"""A reward model: a language model whose head gives one number, learned from pairs of answers."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.post_training.reinforcement.rollouts import Ids, Rollouts, check_rewards
from snippets.post_training.rewards.preferences import Pair, sides
from snippets.training.config import TrainingConfig
from snippets.training.short_training import take_steps
from snippets.transformer.minigpt import MiniGPT, device_of


def bradley_terry_loss(chosen: Tensor, rejected: Tensor) -> Tensor:
    """−ln σ(r(chosen) − r(rejected)), the mean over pairs: scores (N,) each -> one number.

    σ of the difference is the probability that the first is preferred (Bradley and Terry 1952;
    Ouyang et al. 2022, equation 1). Raises ValueError for no pairs, or scores that don't fit.
    """
    if chosen.shape != rejected.shape or chosen.ndim != 1 or not len(chosen):
        raise ValueError(f"scores {tuple(chosen.shape)} and {tuple(rejected.shape)} must be (N,)")
    return -F.logsigmoid(chosen - rejected).mean()  # (!)


class RewardModel(nn.Module):
    """A copy of a language model, whose head gives each token of an answer a score."""

    def __init__(self, policy: MiniGPT) -> None:
        super().__init__()
        self.body = copy.deepcopy(policy)
        device = device_of(policy)
        self.body.head = nn.Linear(policy.config.d_model, 1, bias=False, device=device)  # (!)
        nn.init.zeros_(self.body.head.weight)  # so that each answer starts with the score 0

    def forward(self, texts: Rollouts) -> Tensor:
        """The score of each answer, the mean over its tokens: (B,), on the model's device."""
        texts = texts.to(device_of(self.body))
        scores = self.body(texts.ids)[:, 1:, 0]  # (B, T): having read each token
        return (scores * texts.answer).sum(-1) / texts.answer.sum(-1)  # (!)


@dataclass(frozen=True)
class RewardConfig:
    """How a reward model learns."""

    epochs: int = 1
    batch_size: int = 8  # pairs
    muon_lr: float = 0.006
    adamw_lr: float = 0.006
    seed: int = 0


def train(
    policy: MiniGPT, prompts: Sequence[Ids], pairs: Sequence[Pair], settings: RewardConfig
) -> RewardModel:
    """A reward model that starts as the policy and learns to prefer what was chosen.

    ValueError where there are fewer pairs than a batch holds, FloatingPointError where a loss is
    not finite.
    """
    s = settings
    if len(pairs) < s.batch_size:
        raise ValueError(f"{len(pairs)} pairs don't fill a batch of {s.batch_size}")
    model = RewardModel(policy)
    generator = torch.Generator().manual_seed(s.seed)
    rounds = [torch.randperm(len(pairs), generator=generator) for _ in range(s.epochs)]
    batches = [b for b in torch.cat(rounds).split(s.batch_size) if len(b) == s.batch_size]
    steps = TrainingConfig(
        len(batches), muon_lr=s.muon_lr, adamw_lr=s.adamw_lr, warmup=min(5, len(batches) - 1)
    )
    waiting = iter(batches)

    def next_loss() -> Tensor:
        texts = sides(prompts, [pairs[i] for i in next(waiting).tolist()])
        chosen, rejected = model(texts).chunk(2)
        return bradley_terry_loss(chosen, rejected)  # (!)

    for _ in take_steps(model.body, steps, next_loss):
        pass
    return model.eval()


@torch.no_grad()
def margins(model: RewardModel, prompts: Sequence[Ids], pairs: Sequence[Pair]) -> Tensor:
    """By how much the model scores the chosen answer above the rejected one, (N,)."""
    found = [model(sides(prompts, pairs[i : i + 64])).chunk(2) for i in range(0, len(pairs), 64)]
    return torch.cat([chosen - rejected for chosen, rejected in found])


@torch.no_grad()
def scores(model: RewardModel, prompts: Sequence[Ids], answers: Sequence[Ids]) -> list[float]:
    """The score of each answer to its prompt; ValueError where one is not finite."""
    found = [
        score
        for i in range(0, len(answers), 128)
        for score in model(Rollouts.of(prompts[i : i + 128], answers[i : i + 128])).tolist()
    ]
    return check_rewards(found).tolist()
