"""One attention head of an opened model: a query, a key, and how positions turn them."""

from torch import Tensor

from snippets.modern.llama.opened_model import OpenedModel
from snippets.transformer.positions.rope import apply_rope, rope_angles


def rms(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """RMSNorm of the last axis."""
    return x * (x.square().mean(-1, keepdim=True) + eps).rsqrt() * weight


def query_and_key(
    model: OpenedModel, query: int, key: int, head: int, layer: int = 0
) -> tuple[Tensor, Tensor]:
    """The query of one token and the key of another, (D,) each, before they are rotated.

    They are exact for layer 0, where a token's vector is its row of the embedding. For a later
    layer they show what the head would make of the embedding alone.

    Raises:
        ValueError: there is no such head, layer or token.
    """
    sizes = model.architecture()
    for name, at, count in (
        ("head", head, sizes.num_heads), ("layer", layer, sizes.num_layers),
        ("query", query, sizes.vocab_size), ("key", key, sizes.vocab_size),
    ):  # fmt: skip
        if not 0 <= at < count:
            raise ValueError(f"{name}={at} is not between 0 and {count - 1}")
    block, eps, D = f"model.layers.{layer}.", float(model.config["rms_norm_eps"]), sizes.head_size
    x = model["model.embed_tokens.weight"][[query, key]]  # (2, C)
    x = rms(x, model[f"{block}input_layernorm.weight"], eps)
    both = []
    for vector, part, at in (
        (x[0], "q", head), (x[1], "k", head * sizes.num_kv_heads // sizes.num_heads),
    ):  # fmt: skip
        weight = model[f"{block}self_attn.{part}_proj.weight"]  # (heads · D, C)
        made = weight[at * D : (at + 1) * D] @ vector  # (D,)
        norm = f"{block}self_attn.{part}_norm.weight"
        both.append(rms(made, model[norm], eps) if norm in model.tensors else made)
    return both[0], both[1]


def scores(query: Tensor, key: Tensor, positions: Tensor, at: Tensor, base: float) -> Tensor:
    """Scores, before the softmax, of keys at positions (n,) for queries at positions (n,)."""
    D = len(query)
    angles = [rope_angles(where, D, base) for where in (at, positions)]
    turned = [
        apply_rope(vector.expand(len(where), D), angle.cos(), angle.sin())
        for vector, where, angle in zip((query, key), (at, positions), angles, strict=True)
    ]
    return (turned[0] * turned[1]).sum(-1) / D**0.5  # (n,)
