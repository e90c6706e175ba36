"""Direct preference optimisation: a policy learns from pairs, without a reward model."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from snippets.post_training.preferences import Pair, sides
from snippets.post_training.rollouts import Ids, Rollouts, log_likelihoods
from snippets.training.fast_cpu import fast_training
from snippets.transformer.minigpt import MiniGPT


# --8<-- [start:loss]
def dpo_loss(
    chosen: Tensor,
    rejected: Tensor,
    reference_chosen: Tensor,
    reference_rejected: Tensor,
    beta: float = 0.1,
) -> Tensor:
    """−ln of the probability that the policy's implied rewards give to the choice: (N,) each -> one.

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
    # --8<-- [end:loss]


def answer_log_likelihoods(model: MiniGPT, texts: Rollouts) -> Tensor:
    """ln π(answer | prompt) of each answer, (B,)."""
    return (log_likelihoods(model, texts.ids) * texts.answer).sum(-1)


@dataclass(frozen=True)
class DPOConfig:
    """How a training goes: over pairs that were collected before it."""

    steps: int = 40
    batch_size: int = 32  # pairs
    lr: float = 5e-4
    beta: float = 0.1
    kl_limit: float = 50.0  # nats per answer, beyond which training stops
    seed: int = 0


# --8<-- [start:train]
def train(
    policy: MiniGPT, prompts: Sequence[Ids], pairs: Sequence[Pair], settings: DPOConfig
) -> Iterator[tuple[float, float]]:
    """Changes the policy step by step; yields the loss of each, and how often it was right before."""
    s = settings
    reference = copy.deepcopy(policy).eval()
    optimizer = torch.optim.AdamW(policy.parameters(), s.lr, betas=(0.9, 0.95), weight_decay=0)
    generator = torch.Generator().manual_seed(s.seed)
    order: list[int] = []
    for _ in range(s.steps):
        if len(order) < s.batch_size:
            order = torch.randperm(len(pairs), generator=generator).tolist()
        some = [pairs[order.pop()] for _ in range(min(s.batch_size, len(order)))]
        texts = sides(prompts, some)
        with torch.no_grad():
            theirs = answer_log_likelihoods(reference, texts).chunk(2)
        with fast_training():
            ours = answer_log_likelihoods(policy, texts).chunk(2)
            loss = dpo_loss(*ours, *theirs, s.beta)
            loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        right = (ours[0] - theirs[0] > ours[1] - theirs[1]).float().mean()
        yield loss.item(), right.item()
        # --8<-- [end:train]
