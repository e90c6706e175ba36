"""A reward model: a language model whose head gives one number, learned from pairs of answers."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.post_training.preferences import Pair, sides
from snippets.post_training.rollouts import Ids, Rollouts
from snippets.training.fast_cpu import fast_training
from snippets.training.optimizers import learning_rate_factor
from snippets.transformer.minigpt import MiniGPT


def bradley_terry_loss(chosen: Tensor, rejected: Tensor) -> Tensor:
    """−ln σ(r(chosen) − r(rejected)), the mean over pairs: scores (N,) each -> one number.

    σ of the difference is the probability that the first is preferred (Bradley and Terry 1952;
    Ouyang et al. 2022, equation 1). Raises ValueError for no pairs, or scores that don't fit.
    """
    if chosen.shape != rejected.shape or chosen.ndim != 1 or not len(chosen):
        raise ValueError(f"scores {tuple(chosen.shape)} and {tuple(rejected.shape)} must be (N,)")
    return -F.logsigmoid(chosen - rejected).mean()  # (!)


class RewardModel(nn.Module):
    """A copy of a language model, with a head that reads one score at an answer's last token."""

    def __init__(self, policy: MiniGPT) -> None:
        super().__init__()
        self.body = copy.deepcopy(policy)
        self.body.head = nn.Linear(policy.config.d_model, 1, bias=False)  # (!)
        nn.init.zeros_(self.body.head.weight)  # so that each answer starts with the score 0

    def forward(self, texts: Rollouts) -> Tensor:
        """The score of each answer, (B,)."""
        scores = self.body(texts.ids)[..., 0]  # (B, T + 1)
        columns = torch.arange(1, texts.ids.shape[1])
        last = (columns * texts.answer).amax(dim=-1)  # (B,): where each answer ends
        return scores.gather(1, last[:, None])[:, 0]


@dataclass(frozen=True)
class RewardConfig:
    """How a reward model learns."""

    epochs: int = 1
    batch_size: int = 32  # pairs
    lr: float = 1e-3
    seed: int = 0


def train(
    policy: MiniGPT, prompts: Sequence[Ids], pairs: Sequence[Pair], s: RewardConfig
) -> RewardModel:
    """A reward model that starts as the policy and learns to prefer what was chosen."""
    torch.manual_seed(s.seed)
    model = RewardModel(policy)
    optimizer = torch.optim.AdamW(model.parameters(), s.lr, betas=(0.9, 0.95), weight_decay=0)
    steps = max(1, s.epochs * len(pairs) // s.batch_size)
    generator = torch.Generator().manual_seed(s.seed)
    order = torch.cat(
        [torch.randperm(len(pairs), generator=generator) for _ in range(s.epochs + 1)]
    )
    for step in range(steps):
        some = [pairs[i] for i in order[step * s.batch_size : (step + 1) * s.batch_size]]
        with fast_training():
            chosen, rejected = model(sides(prompts, some)).chunk(2)
            bradley_terry_loss(chosen, rejected).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.param_groups[0]["lr"] = s.lr * learning_rate_factor(
            step, steps, min(5, steps - 1)
        )
        optimizer.step()
        optimizer.zero_grad()
    return model.eval()


@torch.no_grad()
def margins(model: RewardModel, prompts: Sequence[Ids], pairs: Sequence[Pair]) -> Tensor:
    """By how much the model scores the chosen answer above the rejected one, (N,)."""
    found = [model(sides(prompts, pairs[i : i + 64])).chunk(2) for i in range(0, len(pairs), 64)]
    return torch.cat([chosen - rejected for chosen, rejected in found])


@torch.no_grad()
def scores(model: RewardModel, prompts: Sequence[Ids], answers: Sequence[Ids]) -> list[float]:
    """The score of each answer to its prompt."""
    return [
        score
        for i in range(0, len(answers), 128)
        for score in model(Rollouts.of(prompts[i : i + 128], answers[i : i + 128])).tolist()
    ]
