"""What reinforcement learning learns from: answers that a model wrote, and how likely it held them.

Tensors of answers are (B, T): one column for each predicted token, of the prompt, the answer and
the padding behind it, and a mask that says which columns are the answer's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from snippets.inference.batched_generation import BatchReader
from snippets.inference.fast_decoder import Decoder
from snippets.inference.sampling import apply_temperature, draw
from snippets.transformer.minigpt import MiniGPT, device_of

Ids = Sequence[int]


class Task(NamedTuple):
    """Prompts to answer, and a judge of the answers."""

    prompts: Sequence[Ids]
    judge: Callable[[Sequence[int], Sequence[Ids]], Sequence[float]]
    """From the places of B prompts and B answers to B rewards."""
    end: int  # the token that ends an answer
    longest: int  # tokens of an answer, its end included

    def some(self, count: int, generator: torch.Generator) -> list[int]:
        """The places of so many prompts, in random order: each once before any comes again."""
        rounds = -(-count // len(self.prompts))
        orders = [torch.randperm(len(self.prompts), generator=generator) for _ in range(rounds)]
        return torch.cat(orders)[:count].tolist()


@dataclass(frozen=True)
class Rollouts:
    """B prompts, each with an answer: ids (B, T + 1), and which of ids[:, 1:] are the answer's."""

    ids: Tensor  # (B, T + 1), padded at the end
    answer: Tensor  # (B, T), boolean: the mask of the answer, its end token included

    @classmethod
    def of(cls, prompts: Sequence[Ids], answers: Sequence[Ids]) -> "Rollouts":
        """Puts prompts and answers together; ValueError where one of either is empty."""
        for name, texts in (("prompt", prompts), ("answer", answers)):
            if empty := [place for place, ids in enumerate(texts) if not len(ids)]:
                raise ValueError(f"{name} {empty[0]} is empty")
        rows = [torch.tensor([*p, *a]) for p, a in zip(prompts, answers, strict=True)]
        if not rows:
            raise ValueError("there are no answers")
        ids = pad_sequence(rows, batch_first=True)  # (B, T + 1)
        columns = torch.arange(1, ids.shape[1])  # the tokens that are predicted
        begins = torch.tensor([len(p) for p in prompts])[:, None]
        ends = torch.tensor([len(row) for row in rows])[:, None]
        return cls(ids, (columns >= begins) & (columns < ends))

    def rows(self, chosen: Tensor) -> "Rollouts":
        """Some of them, by their places."""
        return Rollouts(self.ids[chosen], self.answer[chosen])

    def to(self, device: torch.device) -> "Rollouts":
        """The same on a device, such as that of the model which is to read them."""
        return Rollouts(self.ids.to(device), self.answer.to(device))


@torch.inference_mode()
def write(
    model: MiniGPT,
    prompts: Sequence[Ids],
    end: int,
    longest: int,
    generator: torch.Generator,
    temperature: float = 1.0,
) -> list[list[int]]:
    """One sampled answer for each prompt: ids up to the token `end`, or `longest` of them."""
    texts = [list(ids) for ids in prompts]
    reader, going = BatchReader(model, texts, step=Decoder(model)), list(range(len(texts)))
    for _ in range(longest):
        logits = apply_temperature(reader.next_logits([texts[i] for i in going]), temperature)
        tokens = draw(logits, torch.rand(len(going), generator=generator)).tolist()
        for i, token in zip(going, tokens, strict=True):
            texts[i].append(token)
        left = [row for row, token in enumerate(tokens) if token != end]
        if not left:
            break
        if len(left) < len(going):
            reader.keep(left)
            going = [going[row] for row in left]
    return [text[len(ids) :] for text, ids in zip(texts, prompts, strict=True)]


def rewarded(
    policy: MiniGPT, task: Task, places: Sequence[int], generator: torch.Generator
) -> tuple[Rollouts, Tensor]:
    """The policy's answers to the prompts at these places, and their rewards (B,).

    Both are on the policy's device. ValueError for a reward that is not finite.
    """
    prompts = [task.prompts[place] for place in places]
    answers = write(policy, prompts, task.end, task.longest, generator)
    rewards = check_rewards(task.judge(places, answers))
    device = device_of(policy)
    return Rollouts.of(prompts, answers).to(device), rewards.to(device)


def picked(logits: Tensor, ids: Tensor) -> Tensor:
    """The ln π of tokens that came: logits (B, T, V) of ids[:, 1:], ids (B, T + 1) -> (B, T)."""
    return logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]


def masked_mean(values: Tensor, answer: Tensor) -> Tensor:
    """The mean of values (B, T) over the tokens of all answers."""
    return (values * answer).sum() / answer.sum()


def divergences(logits: Tensor, reference: Tensor, answer: Tensor) -> Tensor:
    """The KL divergence of each answer, in nats: logits (B, T, V) of two models -> (B,).

    At each token the whole distribution is compared, not only the token that was drawn, so that few
    answers are enough. Its mean over sampled answers estimates the KL divergence of the policy.
    """
    ours, theirs = logits.log_softmax(-1), reference.log_softmax(-1)
    per_token = (ours.exp() * (ours - theirs)).sum(-1)  # (B, T), never negative
    return (per_token * answer).sum(-1)


class Measured(NamedTuple):
    """How a policy does: mean reward, and KL divergence from the reference in nats per answer."""

    reward: float
    kl: float
    length: float  # tokens per answer


@torch.no_grad()
def measure(
    policy: MiniGPT, reference: MiniGPT, task: Task, places: Sequence[int], seed: int
) -> Measured:
    """One sampled answer to each of these prompts, rewarded, and compared with the reference."""
    texts, rewards = rewarded(policy, task, places, torch.Generator().manual_seed(seed))
    inputs = texts.ids[:, :-1]
    kl = divergences(policy(inputs), reference(inputs), texts.answer)
    length = texts.answer.sum().item() / len(rewards)
    return Measured(rewards.mean().item(), kl.mean().item(), length)


class Runaway(RuntimeError):
    """Training was stopped, as the policy had moved too far from its reference."""


def check_divergence(step: int, nats: float, limit: float) -> float:
    """The KL divergence back; Runaway, with step and value, where it is above the limit or NaN."""
    if not nats <= limit:
        raise Runaway(f"step {step}: KL of {nats:.3g} nats per answer is above the limit {limit:g}")
    return nats


def check_rewards(rewards: Sequence[float]) -> Tensor:
    """Rewards as a tensor (B,); ValueError for one that is not finite."""
    found = torch.tensor(rewards, dtype=torch.float32)
    if wrong := [place for place, fine in enumerate(found.isfinite().tolist()) if not fine]:
        raise ValueError(f"the reward of answer {wrong[0]} is {rewards[wrong[0]]}, not finite")
    return found
