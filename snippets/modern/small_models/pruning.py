"""Pruning: which weights, neurons, heads or layers can a trained model do without?

Weights that become zero stay where they are; neurons, heads and layers are really taken out.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor, nn

from snippets.transformer.feed_forward import SwiGLU
from snippets.transformer.minigpt import MiniGPT
from snippets.transformer.multi_head_attention import MultiHeadAttention


def keep_largest(scores: Tensor, share: float, per_row: bool = False) -> Tensor:
    """True for the share of scores (out, in) that is largest, in the matrix or in each row."""
    if not 0 <= share <= 1:
        raise ValueError(f"share={share} is not between 0 and 1")
    groups = scores if per_row else scores.flatten()[None]  # (groups, n)
    count = round(share * groups.shape[1])
    keep = torch.zeros_like(groups, dtype=torch.bool)
    keep.scatter_(1, groups.topk(count, dim=1).indices, True)  # (!)
    return keep.view(scores.shape)


def keep_two_of_four(scores: Tensor) -> Tensor:
    """True for the two largest scores of each four neighbours in a row of (out, in)."""
    if scores.shape[-1] % 4:
        raise ValueError(f"rows of {scores.shape[-1]} scores are not divisible by 4")
    fours = scores.view(-1, 4)  # (out · in / 4, 4)
    return keep_largest(fours, 0.5, per_row=True).view(scores.shape)


# --8<-- [start:inputs]
def matrices(model: MiniGPT) -> dict[str, nn.Linear]:
    """The linear maps inside the blocks, by name: what is pruned, and what is quantized."""
    named = model.named_modules()
    return {n: m for n, m in named if isinstance(m, nn.Linear) and n.startswith("blocks.")}


@torch.no_grad()
def input_norms(model: MiniGPT, ids: Tensor) -> dict[str, Tensor]:
    """How long each input channel of each matrix is over all tokens of ids (B, T): (in,) each."""
    squares: dict[str, Tensor] = {}

    def watch(name: str, linear: nn.Linear) -> torch.utils.hooks.RemovableHandle:
        def add(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            squares[name] = squares.get(name, 0) + inputs[0].square().sum(dim=(0, 1))  # (in,)

        return linear.register_forward_pre_hook(add)

    handles = [watch(name, linear) for name, linear in matrices(model).items()]
    try:
        model(ids)
    finally:
        for handle in handles:
            handle.remove()
    return {name: square.sqrt() for name, square in squares.items()}


# --8<-- [end:inputs]


# --8<-- [start:scores]
def magnitude(weight: Tensor) -> Tensor:
    """|W|: small weights matter little (Han et al. 2015)."""
    return weight.detach().abs()


def wanda(weight: Tensor, norms: Tensor) -> Tensor:
    """|W_ij| · ‖x_j‖: a small weight on a loud input may matter (Sun et al. 2024, equation 1).

    For a weight (out, in), as PyTorch stores it, and the norms (in,) of its inputs.
    """
    if norms.shape != weight.shape[1:]:
        shapes = f"{tuple(norms.shape)}, the weight {tuple(weight.shape)}"
        raise ValueError(f"norms have shape {shapes}: one norm per input is needed")
    return weight.detach().abs() * norms


# --8<-- [end:scores]


@torch.no_grad()
def mask_weights(model: MiniGPT, keep: Mapping[str, Tensor]) -> None:
    """Sets matrices to zero, in place, wherever `keep`, masks (out, in) by name, is False."""
    linears = matrices(model)
    if unknown := sorted(keep.keys() - linears.keys()):
        raise ValueError(f"{unknown} are no matrices of the model: there are {sorted(linears)}")
    for name, mask in keep.items():
        linears[name].weight.mul_(mask)  # (!)


def pruned(model: MiniGPT, keep: Mapping[str, Tensor]) -> MiniGPT:
    """A copy to which `mask_weights` was done."""
    copy = deepcopy(model)
    mask_weights(copy, keep)
    return copy


def linear_of(weight: Tensor) -> nn.Linear:
    """A linear map without bias that has a copy of this weight (out, in)."""
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    linear.weight = nn.Parameter(weight.detach().clone())
    return linear


def without_neurons(network: SwiGLU, keep: Tensor) -> SwiGLU:
    """A narrower network: of its d_hidden neurons, only those where `keep` (d_hidden,) is True."""
    if keep.shape != network.down.weight.shape[1:] or not keep.any():
        wanted = network.down.weight.shape[1]
        raise ValueError(f"keep={keep.tolist()} needs {wanted} truth values, one of them True")
    smaller = SwiGLU(network.up.in_features, int(keep.sum()))
    smaller.gate, smaller.up = (
        linear_of(network.gate.weight[keep]),
        linear_of(network.up.weight[keep]),
    )
    smaller.down = linear_of(network.down.weight[:, keep])
    return smaller


# --8<-- [start:shallower]
def without_heads(attention: MultiHeadAttention, drop: Sequence[int]) -> MultiHeadAttention:
    """A copy without some heads: rows of the queries, keys and values, columns of the output."""
    H, D = attention.num_heads, attention.head_size
    if attention.num_kv_heads != H or attention.qkv.bias is not None:
        raise ValueError("heads that share keys, or have biases, are not supported here")
    stay = [head for head in range(H) if head not in drop]  # type: ignore[unreachable]
    if not stay or any(not 0 <= head < H for head in drop):
        raise ValueError(f"drop={list(drop)} must leave one of the heads 0..{H - 1}")
    smaller = deepcopy(attention)
    rows = attention.qkv.weight.view(3, H, D, -1)[:, stay]  # (3, heads, D, C)
    columns = attention.out.weight.view(-1, H, D)[:, stay]  # (C, heads, D)
    smaller.qkv, smaller.out = linear_of(rows.flatten(0, 2)), linear_of(columns.flatten(1))
    smaller.num_heads = smaller.num_kv_heads = len(stay)
    return smaller


def without_layers(model: MiniGPT, drop: Sequence[int]) -> MiniGPT:
    """A shallower copy: the skip connection carries the stream past what is gone."""
    L = len(model.blocks)
    stay = [layer for layer in range(L) if layer not in drop]
    if not stay or any(not 0 <= layer < L for layer in drop):
        raise ValueError(f"drop={list(drop)} must leave one of the layers 0..{L - 1}")
    copy = MiniGPT(replace(model.config, num_layers=len(stay)))
    copy.to(next(model.parameters()))  # to the same device, in the same type
    copy.load_state_dict(
        {k: v for k, v in model.state_dict().items() if not k.startswith("blocks.")}, strict=False
    )
    for block, layer in zip(copy.blocks, stay, strict=True):
        block.load_state_dict(model.blocks[layer].state_dict())
    return copy.train(model.training)


# --8<-- [end:shallower]


@torch.no_grad()
def neuron_scores(model: MiniGPT, ids: Tensor) -> list[Tensor]:
    """Per layer, how much each hidden neuron adds: its norm times that of its output weights."""
    norms = input_norms(model, ids)
    return [
        norms[f"blocks.{i}.feed_forward.down"] * block.feed_forward.down.weight.norm(dim=0)  # type: ignore
        for i, block in enumerate(model.blocks)
    ]


def narrowed(model: MiniGPT, ids: Tensor, share: float) -> MiniGPT:
    """A copy that keeps this share of the neurons in each layer: those that add most over ids."""
    copy = deepcopy(model)
    for block, scores in zip(copy.blocks, neuron_scores(model, ids), strict=True):
        block.feed_forward = without_neurons(
            block.feed_forward,  # type: ignore[arg-type]
            keep_largest(scores[None], share)[0],
        )
    return copy
