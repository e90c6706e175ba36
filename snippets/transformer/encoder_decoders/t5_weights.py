"""A T5 of `transformers`, in our own encoder and decoder."""

from typing import Any

from snippets.transformer.encoder_decoders.encoder_decoder import (
    EncoderDecoder,
    EncoderDecoderConfig,
)

PARTS = {"q": "query", "k": "key", "v": "value", "o": "out", "wi": "up", "wo": "down"}
SUBLAYERS = {
    "encoder": ("attention", "feed_forward"),
    "decoder": ("attention", "cross", "feed_forward"),
}


def from_t5(t5: Any) -> EncoderDecoder:
    """Our model, in evaluation mode, with the weights of a T5ForConditionalGeneration.

    In training mode it is not quite T5, which drops attention weights as well.

    Raises ValueError for a T5 of version 1.1 or later, whose feed-forward network is gated and
    whose output has weights of its own.
    """
    theirs = t5.config
    if theirs.is_gated_act or t5.lm_head.weight is not t5.shared.weight:
        raise ValueError("only T5 of version 1.0 is known: ReLU, and the embedding as the output")
    model = EncoderDecoder(
        EncoderDecoderConfig(
            vocab_size=theirs.vocab_size,
            d_model=theirs.d_model,
            num_heads=theirs.num_heads,
            head_size=theirs.d_kv,
            d_hidden=theirs.d_ff,
            num_layers=theirs.num_layers,
            buckets=theirs.relative_attention_num_buckets,
            furthest=theirs.relative_attention_max_distance,
            dropout=theirs.dropout_rate,
            pad_id=theirs.pad_token_id,
            end_id=theirs.eos_token_id,
        )
    )
    model.load_state_dict({our_name(name): weight for name, weight in t5.state_dict().items()
                           if name not in {"lm_head.weight", "encoder.embed_tokens.weight",
                                           "decoder.embed_tokens.weight"}})  # fmt: skip
    return model.eval()


def our_name(name: str) -> str:
    """The name that a weight of T5 has here, such as `decoder.0.cross.key.weight`."""
    half, _, rest = name.partition(".")
    if half == "shared":
        return "embedding.weight"
    if rest == "final_layer_norm.weight":
        return f"{half}_norm.weight"
    if "relative_attention_bias" in rest:
        return f"{half}_bias.weight"
    _, layer, _, number, part, *more = rest.split(".")  # block.0.layer.1.EncDecAttention.q.weight
    sublayer = SUBLAYERS[half][int(number)]
    ours = f"{sublayer}_norm" if part == "layer_norm" else f"{sublayer}.{PARTS[more[0]]}"
    return f"{half}.{layer}.{ours}.weight"
