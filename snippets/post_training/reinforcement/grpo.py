"""GRPO: several answers to one prompt, each compared with the mean of its group."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from snippets.post_training.reinforcement.ppo import Step, check_shapes, clipped_gain
from snippets.post_training.reinforcement.rollouts import (
    Task,
    check_divergence,
    divergences,
    picked,
    rewarded,
)
from snippets.training.speed.fast_cpu import keep_freed_memory
from snippets.transformer.minigpt import MiniGPT


def group_advantages(rewards: Tensor) -> Tensor:
    """How much better each answer is than its group, in deviations of the group: (P, G) -> (P, G).

    A group whose answers are all equally good teaches nothing: its advantages are 0 (Shao et al.
    2024, section 4.1.2). Raises ValueError for groups of fewer than two.
    """
    if rewards.ndim != 2 or rewards.shape[1] < 2:
        raise ValueError(
            f"rewards {tuple(rewards.shape)} must be (prompts, answers) with 2 or more"
        )
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    found = centred / (rewards.std(dim=1, keepdim=True) + 1e-4)  # (!)
    equal = (rewards == rewards[:, :1]).all(dim=1, keepdim=True)
    return found.masked_fill(equal, 0)  # else the rounding of their mean, divided by next to 0


def grpo_loss(
    new: Tensor,
    old: Tensor,
    reference: Tensor,
    advantages: Tensor,
    answer: Tensor,
    clip: float = 0.2,
    beta: float = 0.04,
) -> Tensor:
    """GRPO's loss: PPO's clipped gain, less β times an estimate of the KL divergence.

    Args:
        new: (B, T) ln π of each token, by the policy that learns.
        old: (B, T) by the policy that wrote the answers.
        reference: (B, T) by the model that the policy must stay close to.
        advantages: (B,), one per answer, for all of its tokens.
        answer: (B, T), boolean: which tokens are the answer's.

    The mean is over the tokens of each answer, then over answers (Shao et al. 2024, equation 3; the
    estimate is equation 4: unbiased, and never negative).
    """
    check_shapes(answer, new=new, old=old, reference=reference)
    gain = clipped_gain(new, old, advantages[:, None], clip)  # (B, T)
    ahead = reference - new
    divergence = ahead.exp() - ahead - 1  # (B, T)
    per_token = (gain - beta * divergence) * answer
    return -(per_token.sum(-1) / answer.sum(-1)).mean()  # (!)


@dataclass(frozen=True)
class GRPOConfig:
    """How a training goes; an answer costs the same here as in the other methods."""

    steps: int = 12
    prompts: int = 6  # for one step
    group: int = 8  # answers to each of them
    lr: float = 1.5e-4
    clip: float = 0.2
    beta: float = 0.04
    kl_limit: float = 50.0  # nats per answer, beyond which training stops
    seed: int = 0


def train(policy: MiniGPT, task: Task, settings: GRPOConfig) -> Iterator[Step]:
    """Changes the policy step by step, and yields how each went.

    Raises ValueError for a reward that is not finite, and Runaway where KL exceeds its limit.
    """
    s = settings
    keep_freed_memory()
    reference = copy.deepcopy(policy).eval()
    optimizer = torch.optim.AdamW(policy.parameters(), s.lr, betas=(0.9, 0.95), weight_decay=0)
    generator = torch.Generator().manual_seed(s.seed)
    for step in range(s.steps):
        places = [place for place in task.some(s.prompts, generator) for _ in range(s.group)]
        texts, rewards = rewarded(policy, task, places, generator)  # rewards (B,)
        gains = group_advantages(rewards.view(-1, s.group)).flatten()  # (B,)
        with torch.no_grad():
            theirs = reference(texts.ids[:, :-1])  # (B, T, V)
        logits = policy(texts.ids[:, :-1])  # (B, T, V)
        new, fixed = picked(logits, texts.ids), picked(theirs, texts.ids)  # (B, T)
        old = new.detach()  # nothing was changed since the answers were written
        grpo_loss(new, old, fixed, gains, texts.answer, s.clip, s.beta).backward()
        kl = divergences(logits.detach(), theirs, texts.answer).mean().item()
        check_divergence(step, kl, s.kl_limit)
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        yield Step(rewards.mean().item(), kl)
