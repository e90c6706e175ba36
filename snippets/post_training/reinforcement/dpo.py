"""Direct preference optimisation: a policy learns from pairs, without a reward model."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from snippets.post_training.reinforcement.rollouts import (
    Ids,
    Rollouts,
    check_divergence,
    divergences,
    picked,
)
from snippets.post_training.rewards.preferences import Pair, sides
from snippets.training.speed.fast_cpu import keep_freed_memory
from snippets.transformer.minigpt import MiniGPT, device_of


def dpo_loss(
    chosen: Tensor,
    rejected: Tensor,
    reference_chosen: Tensor,
    reference_rejected: Tensor,
    beta: float = 0.1,
) -> Tensor:
    """−ln of the probability that the policy's implied rewards give to the choices: one number.

    Each argument is ln π(answer | prompt), summed over the answer's tokens: of the policy, then of
    the reference. The implied reward of an answer is β ln (π / π_ref) (Rafailov et al. 2023,
    equation 7). Raises ValueError for no pairs, shapes that differ, or β that is not positive.
    """
    shapes = [tuple(x.shape) for x in (chosen, rejected, reference_chosen, reference_rejected)]
    if len(set(shapes)) > 1 or chosen.ndim != 1 or not len(chosen):
        raise ValueError(f"shapes {shapes} must all be (N,) with N > 0")
    if not beta > 0:
        raise ValueError(f"beta={beta} must be above 0")
    margin = beta * ((chosen - reference_chosen) - (rejected - reference_rejected))  # (N,) (!)
    return -F.logsigmoid(margin).mean()


def answer_log_likelihoods(model: MiniGPT, texts: Rollouts) -> Tensor:
    """The logarithm of π(answer | prompt) of each answer, (B,)."""
    return summed(model(texts.ids[:, :-1]), texts)


def summed(logits: Tensor, texts: Rollouts) -> Tensor:
    """The logarithm of π(answer | prompt), from logits (B, T, V) -> (B,)."""
    return (picked(logits, texts.ids) * texts.answer).sum(-1)


@dataclass(frozen=True)
class DPOConfig:
    """How a training goes: over pairs that were collected before it."""

    steps: int = 16
    batch_size: int = 24  # pairs
    lr: float = 5e-5
    beta: float = 0.3
    kl_limit: float = 50.0  # nats per answer, beyond which training stops
    seed: int = 0


class DPOStep(NamedTuple):
    """How a step went, before the weights changed."""

    loss: float
    right: float  # the share of its pairs in which the implied reward of the choice is higher
    kl: float  # nats per answer of these pairs, which the policy did not write itself


def train(
    policy: MiniGPT, prompts: Sequence[Ids], pairs: Sequence[Pair], settings: DPOConfig
) -> Iterator[DPOStep]:
    """Changes the policy step by step, and yields how each went.

    Raises ValueError where there are no pairs, and Runaway where KL exceeds its limit.
    """
    s = settings
    if not pairs:
        raise ValueError("there are no pairs to learn from")
    keep_freed_memory()
    reference = copy.deepcopy(policy).eval()
    optimizer = torch.optim.AdamW(policy.parameters(), s.lr, betas=(0.9, 0.95), weight_decay=0)
    rounds = -(-s.steps * s.batch_size // len(pairs))
    generator = torch.Generator().manual_seed(s.seed)
    order = torch.cat([torch.randperm(len(pairs), generator=generator) for _ in range(rounds)])
    for step, some in enumerate(order.split(s.batch_size)[: s.steps]):
        texts = sides(prompts, [pairs[i] for i in some.tolist()]).to(device_of(policy))
        with torch.no_grad():
            theirs = reference(texts.ids[:, :-1])  # (B, T, V)
        logits = policy(texts.ids[:, :-1])  # (B, T, V)
        ahead = summed(logits, texts).chunk(2)
        behind = summed(theirs, texts).chunk(2)
        loss = dpo_loss(*ahead, *behind, s.beta)  # type: ignore[call-arg, arg-type]
        loss.backward()
        kl = divergences(logits.detach(), theirs, texts.answer).mean().item()
        check_divergence(step, kl, s.kl_limit)
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        right = (ahead[0] - behind[0] > ahead[1] - behind[1]).float().mean().item()
        yield DPOStep(loss.item(), right, kl)
