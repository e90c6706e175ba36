"""Distillation: a student learns from a teacher's probabilities, or from text that it writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor
from torch.nn import functional as F

from snippets.checks import check_positive
from snippets.inference.batched_generation import generate_batch
from snippets.inference.fast_decoder import Decoder
from snippets.training.config import TrainingConfig
from snippets.training.short_training import take_steps
from snippets.training.speed.fast_cpu import keep_freed_memory
from snippets.transformer.cost import flops_per_token
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig, device_of, next_token_loss


def check_logits(student: Tensor, teacher: Tensor, temperature: float) -> None:
    """A ValueError where both do not score the same tokens, or a number is out of its range."""
    if not 0 < temperature < inf:
        raise ValueError(f"temperature={temperature} must be above 0, and finite")
    if student.shape[-1:] != teacher.shape[-1:]:
        sizes = f"{student.shape[-1]} and {teacher.shape[-1]} tokens"
        raise ValueError(f"student and teacher have vocabularies of {sizes}: they need the same")
    if student.shape != teacher.shape:
        shapes = f"{tuple(student.shape)} and {tuple(teacher.shape)}"
        raise ValueError(f"logits of student and teacher have shapes {shapes}: they need the same")
    for name, logits in (("student", student), ("teacher", teacher)):
        if not logits.isfinite().all():
            wrong = logits[~logits.isfinite()][0].item()
            raise ValueError(f"a logit of the {name} is {wrong}: all must be finite")


# --8<-- [start:losses]
def soft_loss(student: Tensor, teacher: Tensor, temperature: float = 1.0) -> Tensor:
    """τ² KL(P ‖ Q), for P the teacher's and Q the student's softmax at a temperature τ.

    Both logits are (..., V); the result is the mean over positions, in nats. The factor τ² keeps
    gradients as large as at τ = 1 (Hinton et al. 2015, section 2). ValueError as `check_logits`.
    """
    check_logits(student, teacher, temperature)
    log_p = F.log_softmax(teacher / temperature, dim=-1)  # (..., V)
    log_q = F.log_softmax(student / temperature, dim=-1)
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(dim=-1).mean()  # (!)


def distillation_loss(
    student: Tensor, teacher: Tensor, targets: Tensor, temperature: float = 1.0, hard: float = 0.0
) -> Tensor:
    """(1 - `hard`) of the soft loss, and `hard` of the usual one: logits (B, T, V), targets (B, T).

    Raises ValueError for a share outside [0, 1], and as `check_logits`.
    """
    if not 0 <= hard <= 1:
        raise ValueError(f"hard={hard} is not a share between 0 and 1")
    soft = soft_loss(student, teacher, temperature)
    return (1 - hard) * soft + hard * next_token_loss(student, targets)


# --8<-- [end:losses]


def divergence(
    student: Tensor, teacher: Tensor, beta: float = 0.0, temperature: float = 1.0
) -> Tensor:
    """From KL(P ‖ Q) at beta = 0 to KL(Q ‖ P) at 1: logits (..., V) -> mean over positions.

    Between them β KL(P ‖ M) + (1 - β) KL(Q ‖ M), with M = βP + (1 - β)Q: the generalised
    Jensen–Shannon divergence (Agarwal et al. 2024, equation 1). No factor τ². ValueError for a
    beta outside [0, 1], and as `check_logits`.
    """
    if not 0 <= beta <= 1:
        raise ValueError(f"beta={beta} is not between 0 and 1")
    check_logits(student, teacher, temperature)
    log_p = F.log_softmax(teacher / temperature, dim=-1)  # (..., V)
    log_q = F.log_softmax(student / temperature, dim=-1)

    def kl(log_a: Tensor, log_b: Tensor) -> Tensor:
        return (log_a.exp() * (log_a - log_b)).sum(dim=-1).mean()

    if beta in (0, 1):
        return kl(log_p, log_q) if beta == 0 else kl(log_q, log_p)
    share = torch.tensor(beta, dtype=log_p.dtype, device=log_p.device)
    log_m = torch.logaddexp(log_p + share.log(), log_q + torch.log1p(-share))
    return beta * kl(log_p, log_m) + (1 - beta) * kl(log_q, log_m)


# --8<-- [start:lesson]
@dataclass(frozen=True)
class Lesson:
    """What a student reads: pieces of text, and what the teacher says at each place, if asked."""

    pieces: Tensor  # (N, T + 1) ids
    logits: Tensor | None = None  # (N, T, V), the teacher's


@torch.no_grad()
def explained(teacher: MiniGPT, pieces: Tensor, batch_size: int = 64) -> Lesson:
    """Pieces (N, T + 1) with the teacher's logits: asked once, they serve every later reading."""
    keep_freed_memory()
    device = device_of(teacher)
    logits = [teacher(some[:, :-1].to(device)) for some in pieces.split(batch_size)]
    return Lesson(pieces, torch.cat(logits))


def written(
    teacher: MiniGPT, starts: Tensor, length: int, temperature: float = 1.0, seed: int = 0
) -> Tensor:
    """Text that the teacher writes after starts (N,), one token each: ids (N, `length`)."""
    texts = []
    for number, some in enumerate(starts.split(256)):  # so that the caches fit into memory
        seeds = range(seed + 256 * number, seed + 256 * number + len(some))
        prompts = [[token] for token in some.tolist()]
        texts += generate_batch(
            teacher, prompts, length - 1, seeds=seeds, step=Decoder(teacher),
            temperature=temperature,
        )  # fmt: skip
    return torch.tensor(texts)


# --8<-- [end:lesson]


def order_of(count: int, needed: int, generator: torch.Generator) -> Tensor:
    """So many places below `count`, in random order, each once before any comes again."""
    check_positive(pieces=count)
    rounds = -(-needed // count)
    return torch.cat([torch.randperm(count, generator=generator) for _ in range(rounds)])[:needed]


def study(
    student: MiniGPT,
    lesson: Lesson,
    settings: TrainingConfig,
    temperature: float = 1.0,
    hard: float = 0.0,
) -> Iterator[float]:
    """Trains the student on a lesson, and yields the loss of each step; see `take_steps`.

    With the teacher's logits it is `distillation_loss`, without them the usual one. Nothing else
    differs.
    """
    s, chance = settings, torch.Generator().manual_seed(settings.seed)
    order = order_of(len(lesson.pieces), s.steps * s.batch_size, chance)
    batches = iter(order.split(s.batch_size))

    def next_loss() -> Tensor:
        rows = next(batches)
        pieces = lesson.pieces[rows].to(device_of(student))  # (B, T + 1)
        inputs, targets = pieces[:, :-1], pieces[:, 1:]  # (B, T) each
        logits = student(inputs)  # (B, T, V)
        if lesson.logits is None:
            return next_token_loss(logits, targets)
        told = lesson.logits[rows].to(logits.device)  # (B, T, V)
        return distillation_loss(logits, told, targets, temperature, hard)  # (!)

    return take_steps(student, settings, next_loss)


def costs(
    student: MiniGPTConfig, teacher: MiniGPTConfig, steps: int, batch_size: int, asked: int
) -> dict[str, int]:
    """Operations of a training run: the student's steps, and the teacher's `asked` tokens.

    A token that the teacher reads, or writes with a cache, costs one forward pass of it.
    """
    T = student.context
    return {
        "student": 3 * flops_per_token(student) * steps * batch_size * T,
        "teacher": flops_per_token(teacher, T) * asked,
    }
