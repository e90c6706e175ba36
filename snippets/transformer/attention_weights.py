"""The attention weights of a model, read from outside, so its own code doesn't have to return them.

Fast kernels never form the weights as a matrix. So while the weights are watched, the kernel is
replaced by our own `attention`, which computes the same output and has the weights besides.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from snippets.transformer.attention import attention
from snippets.transformer.masks import causal_mask


class WatchAttention(TorchFunctionMode):
    """Within it, each call of PyTorch's attention leaves its weights in ``weights``."""

    def __init__(self) -> None:
        super().__init__()
        self.weights: list[Tensor] = []  # each (B, H, T, T_key), in the order of the calls

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call the function; in place of PyTorch's attention, call our own."""
        if function is F.scaled_dot_product_attention:
            function = self.attend
        return function(*args, **(kwargs or {}))

    def attend(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
    ) -> Tensor:
        """What PyTorch's function computes, by `attention`; no weight is dropped."""
        mask, bias = attn_mask, None
        if is_causal:
            mask = causal_mask(query.shape[-2], device=query.device)
        elif mask is not None and mask.dtype != torch.bool:
            mask, bias = ~mask.isneginf(), mask  # added to the scores, as ALiBi is
        mixed, weights = attention(query, key, value, mask, bias)
        self.weights.append(weights)
        return mixed


def attention_weights(module: nn.Module, *inputs: Any) -> Tensor:
    """The attention weights of a model's L layers when it is called, (L, B, H, T, T_key).

    For a single layer or block, L is 1. No weight is dropped, not even in training.

    Raises:
        ValueError: nothing in the module attends.
    """
    with WatchAttention() as watch:
        module(*inputs)
    if not watch.weights:
        raise ValueError(f"nothing in {type(module).__name__} attends")
    return torch.stack(watch.weights)
