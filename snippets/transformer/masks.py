"""Who may look at whom: boolean masks, True = may look."""

from collections.abc import Sequence

import torch
from torch import Tensor

from snippets.transformer.attention import broadcasts_to


def causal_mask(length: int, past: int = 0, device: torch.device | str | None = None) -> Tensor:
    """Each position may look at itself and what came before (Vaswani et al. 2017, section 3.2.3).

    Args:
        length: how many positions ask.
        past: how many positions came before them, all visible (those in a KV cache).
        device: where the mask is to lie.

    Returns:
        (length, past + length), boolean.

    Raises:
        ValueError: a negative number.
    """
    if length < 0 or past < 0:
        raise ValueError(f"length={length} and past={past} must not be negative")
    mask = torch.ones(length, past + length, dtype=torch.bool, device=device)
    return mask.tril(diagonal=past)  # (T, past + T) (!)


def padding_mask(
    lengths: Tensor | Sequence[int], max_length: int, device: torch.device | str | None = None
) -> Tensor:
    """Hide the padding that fills short sequences up to the longest of a batch.

    Args:
        lengths: (B,), the true length of each sequence.
        max_length: the length T that all are padded to, at their ends.
        device: where the mask is to lie; where the lengths do by default.

    Returns:
        (B, 1, 1, T), boolean: the same for each head and each query.

    Raises:
        ValueError: ``lengths`` is not one list of numbers, or one is not in 0..max_length.
    """
    lengths = torch.as_tensor(lengths)
    if lengths.ndim != 1:
        raise ValueError(f"lengths has shape {tuple(lengths.shape)}; it needs (B,)")
    wrong = [n for n in lengths.tolist() if not 0 <= n <= max_length]
    if wrong:
        raise ValueError(f"lengths {wrong} are not between 0 and max_length={max_length}")
    positions = torch.arange(max_length, device=lengths.device)  # (T,)
    mask = positions < lengths[:, None]  # (B, T) (!)
    return mask[:, None, None, :].to(device)  # (B, 1, 1, T)


def left_padding_mask(padding: Tensor, length: int) -> Tensor:
    """Hide the padding that stands *before* short sequences, so that all end together.

    Args:
        padding: (B,), how many positions at the beginning of each sequence are padding.
        length: how many positions there are, padding included.

    Returns:
        (B, 1, 1, length), boolean: the same for each head and each query.
    """
    mask = torch.arange(length, device=padding.device) >= padding[:, None]  # (B, length)
    return mask[:, None, None, :]  # (B, 1, 1, length)


def check_mask(mask: Tensor | None, scores: tuple[int, ...]) -> None:
    """Raise a ValueError where the mask does not fit scores (B, H, T, T_key).

    Three axes are refused although some would broadcast: B would be taken for H.
    """
    if mask is None:
        return
    if mask.dtype != torch.bool:
        raise ValueError(f"the mask must be boolean (True = may look), not {mask.dtype}")
    if mask.ndim not in (2, 4) or not broadcasts_to(tuple(mask.shape), scores):
        raise ValueError(
            f"the mask of shape {tuple(mask.shape)} fits neither (T, T_key) = {scores[2:]} "
            f"nor (B, H, T, T_key) = {scores}"
        )
