"""A picture as a sequence of tokens: square patches, and the blocks of an encoder of text.

Dosovitskiy et al. 2021, section 3.1. As in SigLIP's encoder, there is no token of class: what
stands for the whole picture is made of all patches.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from snippets.checks import check_divisible, check_positive
from snippets.transformer.encoders.encoder import initialize
from snippets.transformer.feed_forward import FeedForward, gelu
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.normalization import LayerNorm
from snippets.transformer.positions.absolute import LearnedPositions
from snippets.transformer.transformer_block import PreNormBlock


def patches(pictures: Tensor, size: int) -> Tensor:
    """Cuts grey pictures (B, S, S) into rows of square patches: (B, T, size²), T = (S / size)².

    Raises:
        ValueError: pictures that are not (B, S, S), or a size that does not divide S.
    """
    if pictures.ndim != 3 or pictures.shape[1] != pictures.shape[2]:
        raise ValueError(f"pictures have shape {tuple(pictures.shape)}; they need (B, S, S)")
    check_divisible(side=pictures.shape[1], patch=size)
    grid = pictures.unflatten(2, (-1, size)).unflatten(1, (-1, size))  # (B, rows, P, columns, P)
    return grid.transpose(2, 3).flatten(3).flatten(1, 2)  # (B, T, P²) (!)


def as_convolution(embedding: nn.Linear, size: int) -> nn.Conv2d:
    """The linear map of patches as a convolution whose window moves by its own size.

    From (B, 1, S, S) to (B, C, S / size, S / size). ValueError where the map is not of patches of
    that size.
    """
    if embedding.in_features != size * size:
        raise ValueError(f"{embedding.in_features} inputs are not {size} × {size} pixels")
    same = nn.Conv2d(1, embedding.out_features, kernel_size=size, stride=size)
    same.to(embedding.weight)  # to its device, in its type
    with torch.no_grad():
        same.weight.copy_(embedding.weight.unflatten(1, (1, size, size)))
        same.bias.copy_(embedding.bias)  # type: ignore[union-attr]
    return same


@dataclass(frozen=True)
class PatchConfig:
    """The sizes of a patch encoder.

    Raises:
        ValueError: a size below 1, a patch that does not divide the side, or heads that do not
            divide the width.
    """

    side: int = 24  # S: pixels
    patch: int = 6  # P: pixels
    d_model: int = 96  # C
    num_heads: int = 4  # H
    num_layers: int = 2  # L
    d_hidden: int = 256
    norm_eps: float = 1e-6

    def __post_init__(self) -> None:
        check_positive(num_layers=self.num_layers, d_hidden=self.d_hidden, norm_eps=self.norm_eps)
        check_divisible(side=self.side, patch=self.patch)
        check_divisible(d_model=self.d_model, num_heads=self.num_heads)

    @property
    def tokens(self) -> int:
        """T: patches per picture."""
        return (self.side // self.patch) ** 2


def encoder_block(c: PatchConfig) -> PreNormBlock:
    """One layer: attention without a mask, and a feed-forward network, each after its norm."""
    return PreNormBlock(
        MultiHeadAttention(c.d_model, c.num_heads),
        FeedForward(c.d_model, c.d_hidden, gelu),
        LayerNorm(c.d_model, c.norm_eps),
        LayerNorm(c.d_model, c.norm_eps),
    )


class PatchEncoder(nn.Module):
    """Grey pictures (B, S, S), ink from 0 to 1, to a state per patch (B, T, C)."""

    def __init__(self, config: PatchConfig) -> None:
        super().__init__()
        self.config = c = config
        self.embedding = nn.Linear(c.patch**2, c.d_model)
        self.positions = LearnedPositions(c.tokens, c.d_model)
        self.blocks = nn.ModuleList(encoder_block(c) for _ in range(c.num_layers))
        self.norm = LayerNorm(c.d_model, c.norm_eps)
        self.apply(initialize)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, S, S) -> (B, T, C); ValueError where pictures have another side."""
        side = self.config.side
        if pictures.shape[1:] != (side, side):
            shape = tuple(pictures.shape)
            raise ValueError(f"pictures have shape {shape}; they need (B, {side}, {side})")
        x = self.embedding(patches(pictures, self.config.patch))  # (B, T, C) (!)
        x = self.positions(x, torch.arange(x.shape[1], device=x.device))
        for block in self.blocks:
            x = block(x)  # (B, T, C): each patch looks at all (!)
        return self.norm(x)
