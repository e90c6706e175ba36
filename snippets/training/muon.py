"""Muon: each update of a matrix, made orthogonal by Newton–Schulz, moves all directions alike."""

from collections.abc import Callable, Iterable
from typing import Any, cast

import torch
from torch import Tensor, optim

from snippets.training.speed.precision import has_fast_bfloat16


def newton_schulz(matrices: Tensor, steps: int = 5, dtype: torch.dtype | None = None) -> Tensor:
    """The orthogonal matrices nearest to given ones, (..., N, M), roughly; same shape and type.

    Of U Σ Vᵀ it makes U S Vᵀ. Each step takes all singular values s to as + bs³ + cs⁵, and five
    steps take those above a five-hundredth of the matrix's length (Frobenius norm) to 0.68..1.21:
    the coefficients (Jordan et al. 2024) lift small ones fast, and don't come to 1 exactly.
    Products are in `dtype`: bfloat16, or float32 where the processor has no instructions for it.
    """
    if matrices.ndim < 2:
        raise ValueError(f"these are no matrices: {tuple(matrices.shape)}")
    a, b, c = 3.4445, -4.7750, 2.0315
    dtype = dtype or (torch.bfloat16 if has_fast_bfloat16(matrices.device.type) else torch.float32)
    tall = matrices.size(-2) > matrices.size(-1)
    x = matrices.reshape(-1, *matrices.shape[-2:])
    x = x.mT if tall else x  # the smaller of XXᵀ and XᵀX costs less
    x = (x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)).to(dtype)  # now Σ <= 1
    for _ in range(steps):
        gram = x @ x.mT  # (!)
        factor = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)  # b XXᵀ + c (XXᵀ)² (!)
        x = torch.baddbmm(x, factor, x, beta=a)  # aX + b (XXᵀ)X + c (XXᵀ)²X (!)
    return (x.mT if tall else x).reshape(matrices.shape).to(matrices.dtype)


class Muon(optim.Optimizer):
    """Momentum, made orthogonal, for matrices (Jordan et al. 2024); as `torch.optim.Muon`.

    Matrices of one shape go through Newton–Schulz together, as one batch of products.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_steps: int = 5,
        dtype: torch.dtype | None = None,
    ) -> None:
        for name, value in {"lr": lr, "weight_decay": weight_decay}.items():
            if not value >= 0:
                raise ValueError(f"{name}={value} must be at least 0")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum={momentum} must be at least 0 and below 1")
        if ns_steps < 1:
            raise ValueError(f"ns_steps={ns_steps} must be at least 1")
        defaults: dict[str, Any] = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum}
        defaults |= {"nesterov": nesterov, "ns_steps": ns_steps, "dtype": dtype}
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(f"Muon moves matrices; one parameter is {tuple(p.shape)}")

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step with the gradients that are there; returns what the closure, if any, does."""
        with torch.enable_grad():
            loss = closure() if closure else None
        for group in self.param_groups:
            rate, decay = group["lr"], group["weight_decay"]
            parameters = [p for p in group["params"] if p.grad is not None]
            for batch in self.batches(parameters):
                states = [self.state[p] for p in batch]
                for p, state in zip(batch, states, strict=True):
                    if not state:
                        state.update(self.fresh(p))
                updates = self.updates(batch, states, group)
                updates = newton_schulz(updates, group["ns_steps"], group["dtype"])  # (!)
                rows, columns = updates.shape[1:]
                adjusted = rate * max(1, rows / columns) ** 0.5  # a tall matrix moves further
                ways = zip(self.scaled(updates, states), batch, strict=True)
                if decay:
                    torch._foreach_mul_(batch, 1 - rate * decay)
                torch._foreach_add_(batch, [self.part(*way) for way in ways], alpha=-adjusted)
        return loss

    def fresh(self, p: Tensor) -> dict[str, Tensor]:
        """What is remembered of a matrix, before its first step."""
        return {"momentum_buffer": torch.zeros_like(p)}

    def updates(
        self, batch: list[Tensor], states: list[dict[str, Tensor]], group: dict[str, Any]
    ) -> Tensor:
        """The whole matrices (B, N, M) to be made orthogonal: the running means of the gradients.

        Nesterov's look ahead: the means as the next step would have them with the same gradients.
        """
        keep, gradients = group["momentum"], [cast(Tensor, p.grad) for p in batch]
        means = [state["momentum_buffer"] for state in states]
        torch._foreach_lerp_(means, gradients, 1 - keep)
        ahead = torch._foreach_lerp(gradients, means, keep) if group["nesterov"] else means
        return torch.stack([self.whole(matrix) for matrix in ahead])

    def scaled(self, updates: Tensor, states: list[dict[str, Tensor]]) -> Tensor:
        """What is made of orthogonal updates (B, N, M) before they move matrices: here, nothing."""
        return updates

    def batches(self, parameters: list[Tensor]) -> Iterable[list[Tensor]]:
        """Which parameters go through Newton–Schulz together: those of one shape."""
        found: dict[torch.Size, list[Tensor]] = {}
        for p in parameters:
            found.setdefault(p.shape, []).append(p)
        return found.values()

    def whole(self, tensor: Tensor) -> Tensor:
        """A matrix of which this process may hold some rows: here, it holds all."""
        return tensor

    def part(self, whole: Tensor, like: Tensor) -> Tensor:
        """The rows of a matrix that this process holds of another: here, all."""
        return whole
