"""Proximal policy optimisation for text, with a penalty for leaving the reference model.

Tensors are (B, T), one column per predicted token, with a boolean mask of the answer's.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from snippets.post_training.reinforcement.rollouts import (
    Rollouts,
    Task,
    check_divergence,
    divergences,
    masked_mean,
    picked,
    rewarded,
)
from snippets.training.speed.fast_cpu import keep_freed_memory
from snippets.transformer.minigpt import MiniGPT, device_of


def check_shapes(answer: Tensor, **values: Tensor) -> None:
    """ValueError where a tensor doesn't have the mask's shape (B, T), or an answer is empty."""
    for name, tensor in values.items():
        if tensor.shape != answer.shape:
            raise ValueError(
                f"{name} {tuple(tensor.shape)} and answer {tuple(answer.shape)} differ"
            )
    if not answer.numel() or not answer.any(dim=-1).all():
        raise ValueError(f"answer {tuple(answer.shape)} has a row without a token")


def penalized_rewards(
    scores: Tensor, policy: Tensor, reference: Tensor, answer: Tensor, beta: float
) -> Tensor:
    """The reward of each token: −β (ln π − ln π_ref), and the answer's score at its last.

    scores (B,), ln π and ln π_ref of each token (B, T) -> (B, T) (Stiennon et al. 2020, section
    3.4). Summed over an answer, the first part estimates −β KL.
    """
    check_shapes(answer, policy=policy, reference=reference)
    rewards = -beta * (policy - reference) * answer  # (B, T) (!)
    columns = torch.arange(answer.shape[1], device=answer.device)
    last = (columns * answer).argmax(dim=-1)  # (B,): the last token of each answer
    return rewards.scatter_add(1, last[:, None], scores[:, None])


def advantages(
    rewards: Tensor, values: Tensor, answer: Tensor, gamma: float = 1.0, lam: float = 0.95
) -> tuple[Tensor, Tensor]:
    """Generalised advantage estimation: how much better things went than expected, (B, T) each.

    δ_t = r_t + γ V_{t+1} − V_t is the surprise of one token, and the advantage is the sum of the
    surprises from t on, each step ahead weighted by γλ (Schulman et al. 2016, equation 16). With
    them come the returns, advantage + value, which the value head learns to expect.
    """
    check_shapes(answer, rewards=rewards, values=values)
    values = values * answer
    found = torch.zeros_like(rewards)
    ahead, following = rewards.new_zeros(2, len(rewards))  # V of the next token, 0 after the last
    for t in reversed(range(rewards.shape[1])):
        surprise = rewards[:, t] + gamma * following - values[:, t]
        ahead = (surprise + gamma * lam * ahead) * answer[:, t]  # (!)
        found[:, t], following = ahead, values[:, t]
    return found, found + values


# --8<-- [start:losses]
def clipped_gain(new: Tensor, old: Tensor, advantages: Tensor, clip: float) -> Tensor:
    """min(ratio · A, clipped ratio · A) of each token, (B, T); the ratio is π / π_old."""
    ratio = (new - old).exp()
    return torch.min(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)  # (!)


def policy_loss(
    new: Tensor, old: Tensor, advantages: Tensor, answer: Tensor, clip: float = 0.2
) -> Tensor:
    """PPO's clipped objective with its sign turned, the mean over all tokens of all answers.

    All (B, T): ln π of each token by the policy that learns and by the one that wrote it, and the
    advantages (Schulman et al. 2017, equation 7).
    """
    check_shapes(answer, new=new, old=old, advantages=advantages)
    return -masked_mean(clipped_gain(new, old, advantages, clip), answer)


def value_loss(values: Tensor, returns: Tensor, answer: Tensor) -> Tensor:
    """The mean squared error of the values, all (B, T) (Schulman et al. 2017, section 5)."""
    check_shapes(answer, values=values, returns=returns)
    return masked_mean((values - returns).square(), answer)
    # --8<-- [end:losses]


class Step(NamedTuple):
    """How a step of training went: on its own answers, before the weights changed."""

    reward: float
    kl: float  # nats per answer


class ValueHead(nn.Module):
    """A second head beside the policy's own: from the same states, the return to expect."""

    def __init__(self, policy: MiniGPT) -> None:
        super().__init__()
        self.policy = policy
        self.read = nn.Linear(policy.config.d_model, 1, device=device_of(policy))
        nn.init.zeros_(self.read.weight)
        nn.init.zeros_(self.read.bias)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Ids (B, T) -> logits (B, T, V) of the next token, and values (B, T) of what was read."""
        states: list[Tensor] = []
        norm = self.policy.norm  # what it gives, both heads read
        hook = norm.register_forward_hook(lambda module, inputs, output: states.append(output))
        try:
            logits = self.policy(ids)
        finally:
            hook.remove()
        return logits, self.read(states[0])[..., 0]


@dataclass(frozen=True)
class PPOConfig:
    """How a training goes."""

    steps: int = 12
    prompts: int = 48  # for one step, with one answer each
    updates: int = 2  # from the answers of one step, each from a part of them
    lr: float = 1.5e-4
    value_lr: float = 2.5e-3  # of the value head, which knows nothing at first
    clip: float = 0.2
    beta: float = 0.02
    lam: float = 0.95
    value_weight: float = 0.5
    kl_limit: float = 50.0  # nats per answer, beyond which training stops
    seed: int = 0


def train(policy: MiniGPT, task: Task, settings: PPOConfig) -> Iterator[Step]:
    """Changes the policy step by step, and yields how each went.

    Raises ValueError for a reward that is not finite, and Runaway where KL exceeds its limit.
    """
    s = settings
    keep_freed_memory()
    reference = copy.deepcopy(policy).eval()
    both = ValueHead(policy)
    rates = [{"params": policy.parameters()}, {"params": both.read.parameters(), "lr": s.value_lr}]
    optimizer = torch.optim.AdamW(
        rates, s.lr, betas=(0.9, 0.95), weight_decay=0  # type: ignore[arg-type]
    )  # fmt: skip
    generator = torch.Generator().manual_seed(s.seed)
    for step in range(s.steps):
        places = task.some(s.prompts, generator)
        texts, scores = rewarded(policy, task, places, generator)  # scores (B,)
        kl = update(both, reference, optimizer, texts, scores, s)
        yield Step(scores.mean().item(), check_divergence(step, kl, s.kl_limit))


def update(
    both: ValueHead,
    reference: MiniGPT,
    optimizer: torch.optim.Optimizer,
    texts: Rollouts,
    scores: Tensor,
    s: PPOConfig,
) -> float:
    """Learns from answers and their scores (B,); returns the KL divergence before the change."""
    ids, answer = texts.ids, texts.answer
    with torch.no_grad():
        (logits, values), theirs = both(ids[:, :-1]), reference(ids[:, :-1])
        old = picked(logits, ids)
        kl = divergences(logits, theirs, answer).mean().item()
        rewards = penalized_rewards(scores, old, picked(theirs, ids), answer, s.beta)
        gains, returns = advantages(rewards, values, answer, lam=s.lam)
        gains = (gains - gains[answer].mean()) / (gains[answer].std() + 1e-4)
    for part in torch.arange(len(ids)).chunk(s.updates):
        logits, values = both(ids[part, :-1])
        new = picked(logits, ids[part])
        loss = policy_loss(new, old[part], gains[part], answer[part], s.clip)
        loss = loss + s.value_weight * value_loss(values, returns[part], answer[part])
        loss.backward()
        nn.utils.clip_grad_norm_(both.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return kl
