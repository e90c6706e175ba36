"""From one sequence to another: what the decoder learns from, and how it writes."""

import torch
from torch import Tensor
from torch.nn import functional as F

from snippets.checks import check_positive
from snippets.transformer.encoder_decoders.encoder_decoder import EncoderDecoder


def shifted_right(target: Tensor, pad_id: int) -> Tensor:
    """What the decoder reads to predict target (B, T): padding, and all but its last token."""
    return F.pad(target, (1, -1), value=pad_id)


def target_loss(model: EncoderDecoder, source: Tensor, target: Tensor) -> Tensor:
    """The mean of −ln P over the tokens of target (B, T) that are not padding, given the source."""
    pad_id = model.config.pad_id
    logits = model(source, shifted_right(target, pad_id))  # (B, T, V)
    return F.cross_entropy(logits.transpose(1, 2), target, ignore_index=pad_id)


@torch.no_grad()
def write_greedily(model: EncoderDecoder, source: Tensor, longest: int) -> Tensor:
    """The likeliest token, again and again: targets (B, ≤ longest), padded after their ends."""
    check_positive(longest=longest)
    pad_id, end_id = model.config.pad_id, model.config.end_id
    memory = model.encode(source)  # once; the decoder reads it at each step (!)
    target = torch.full((len(source), 1), pad_id, device=source.device)
    ended = torch.zeros(len(source), dtype=torch.bool, device=source.device)
    while target.shape[1] <= longest and not ended.all():
        token = model.decode(target, memory, source)[:, -1].argmax(-1)  # (B,)
        token = token.masked_fill(ended, pad_id)
        ended |= token == end_id
        target = torch.cat([target, token[:, None]], dim=1)
    return target[:, 1:]


@torch.no_grad()
def cross_weights(model: EncoderDecoder, source: Tensor, target: Tensor) -> Tensor:
    """How much each token of target (B, T) looks at each of the source: (layers, B, H, T, S).

    A token's row is that of the query which predicts it.
    """
    memory, found = model.encode(source), list[Tensor]()
    hooks = [
        part.register_forward_hook(lambda cross, args, _: found.append(cross.weights(*args)))
        for name, part in model.decoder.named_modules()
        if name.endswith(".cross")
    ]
    model.decode(shifted_right(target, model.config.pad_id), memory, source)
    for hook in hooks:
        hook.remove()
    return torch.stack(found)
