"""A mixture of experts: many feed-forward networks, of which a router chooses a few per token."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from snippets.checks import check_last_axis, check_positive
from snippets.transformer.feed_forward import SwiGLU
from snippets.transformer.minigpt import MiniGPT

SCORES: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": partial(torch.softmax, dim=-1),  # Mixtral
    "sigmoid": torch.sigmoid,  # DeepSeek-V3
}


@dataclass(frozen=True)
class Routing:
    """Where N tokens went: how each of E experts scores, which k were chosen, and their weights."""

    scores: Tensor  # (N, E)
    chosen: Tensor  # (N, k), numbers of experts
    weights: Tensor  # (N, k), whose rows sum to 1

    def loads(self) -> Tensor:
        """The share of all choices that fell on each expert: (E,), which sums to 1."""
        counts = torch.bincount(self.chosen.flatten(), minlength=self.scores.shape[1])
        return counts / counts.sum()


def check_choice(num_experts: int, top_k: int) -> None:
    """Raise a ValueError unless a token can choose `top_k`, at least one, of so many experts."""
    check_positive(num_experts=num_experts, top_k=top_k)
    if top_k > num_experts:
        raise ValueError(f"top_k={top_k} is more than num_experts={num_experts}")


class Router(nn.Module):
    """Scores all experts for a token and chooses the best k: (N, C) -> ``Routing``.

    The chosen experts' scores, divided by their sum, are their weights (Jiang et al. 2024, section
    2.1). A bias per expert, which no gradient moves, takes part in the choice and not in the
    weights (DeepSeek-AI 2024, section 2.1.2); see ``expert_balance``.

    Raises:
        ValueError: a size below 1, more chosen experts than there are, or an unknown score.
    """

    bias: Tensor

    def __init__(self, d_model: int, num_experts: int, top_k: int, scores: str = "softmax") -> None:
        super().__init__()
        check_positive(d_model=d_model)
        check_choice(num_experts, top_k)
        if scores not in SCORES:
            raise ValueError(f"scores={scores!r} is none of {', '.join(SCORES)}")
        self.top_k = top_k
        self.scores = SCORES[scores]
        self.gate = nn.Linear(d_model, num_experts, bias=False)
        self.register_buffer("bias", torch.zeros(num_experts))

    def forward(self, x: Tensor) -> Routing:
        """(N, C) -> scores (N, E), choices (N, k), weights (N, k)."""
        scores = self.scores(self.gate(x))  # (N, E)
        chosen = (scores + self.bias).topk(self.top_k).indices  # (N, k) (!)
        weights = scores.gather(-1, chosen)
        return Routing(scores, chosen, weights / weights.sum(dim=-1, keepdim=True))


class MixtureOfExperts(nn.Module):
    """The chosen experts' outputs, weighted and added up: (..., C) -> (..., C).

    A shared expert, where there is one, serves every token, with weight 1 (Dai et al. 2024).
    After a pass, ``routing`` says where the tokens went.
    """

    def __init__(
        self, router: Router, experts: list[nn.Module], shared: nn.Module | None = None
    ) -> None:
        super().__init__()
        if len(experts) != router.gate.out_features:
            raise ValueError(f"{len(experts)} experts, but a router to {router.gate.out_features}")
        self.router = router
        self.experts = nn.ModuleList(experts)
        self.shared = shared
        self.routing: Routing | None = None

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C): each expert computes only the tokens that chose it."""
        check_last_axis(x, self.router.gate.in_features)
        tokens = x.reshape(-1, x.shape[-1])  # (N, C)
        self.routing = routing = self.router(tokens)
        order = routing.chosen.flatten().argsort(stable=True)  # (N·k,) choices, by expert (!)
        token = order // self.router.top_k  # whose choice each was
        counts = torch.bincount(routing.chosen.flatten(), minlength=len(self.experts))
        pieces = tokens[token].split(counts.tolist())  # E of (n, C), together (N·k, C) (!)
        outputs = torch.cat([f(piece) for f, piece in zip(self.experts, pieces, strict=True)])
        weighted = routing.weights.flatten()[order, None] * outputs  # (N·k, C)
        mixed = torch.zeros_like(tokens) if self.shared is None else self.shared(tokens)
        return mixed.index_add(0, token, weighted).view_as(x)  # back to where they belong (!)


def put_experts(
    model: MiniGPT, num_experts: int, top_k: int, d_hidden: int
) -> list[MixtureOfExperts]:
    """Puts a fresh mixture in the place of each feed-forward network; gives them, layer by layer.

    Each expert is a SwiGLU of hidden width `d_hidden`, with random weights as the model's.
    """
    c = model.config
    like = next(model.parameters())  # on whose device, and of whose type, the experts will be
    made = []
    for block in model.blocks:
        experts: list[nn.Module] = [SwiGLU(c.d_model, d_hidden) for _ in range(num_experts)]
        mixture = MixtureOfExperts(Router(c.d_model, num_experts, top_k), experts)
        for name, weight in mixture.named_parameters():
            depth = math.sqrt(2 * c.num_layers) if name.endswith("down.weight") else 1
            nn.init.normal_(weight, std=0.02 / depth)
        block.feed_forward = mixture.to(like)
        made.append(mixture)
    return made
