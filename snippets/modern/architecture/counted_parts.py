"""What models are counted in: parameters of parts, and what attention keeps and computes."""

from dataclasses import astuple, dataclass


# --8<-- [start:count]
@dataclass(frozen=True)
class Count:
    """Numbers of a part: how many are learned, used for a token, multiplied with its vectors."""

    learned: int = 0
    used: int = 0  # fewer than learned where a token passes through a few of many experts
    multiplied: int = 0  # those in matrices: two operations each

    def __add__(self, other: "Count") -> "Count":
        """Both parts together."""
        return Count(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def times(self, layers: int) -> "Count":
        """The same part in several layers."""
        return Count(layers * self.learned, layers * self.used, layers * self.multiplied)


def matrix(width_in: int, width_out: int, bias: bool = False) -> Count:
    """A linear map."""
    weights = width_in * width_out
    return Count(weights + bias * width_out, weights + bias * width_out, weights)  # (!)


def vector(length: int) -> Count:
    """Gains or biases, or a table that is only looked up: learned, and no factor of a product."""
    return Count(length, length)


def experts(one: Count, number: int, chosen: int) -> Count:
    """A mixture of experts: all are learned, and a token passes through the chosen ones."""
    return Count(number * one.learned, chosen * one.used, chosen * one.multiplied)  # (!)


# --8<-- [end:count]


def attention_matrices(
    d_model: int, heads: int, kv_heads: int, head_size: int, bias: tuple[bool, bool]
) -> Count:
    """Queries, keys, values, and the output; ``bias`` of the first three, and of the output."""
    qkv = matrix(d_model, (heads + 2 * kv_heads) * head_size, bias[0])
    return qkv + matrix(heads * head_size, d_model, bias[1])


def feed_forward(d_model: int, d_hidden: int, gated: bool, bias: bool = False) -> Count:
    """Up, down and, in the gated kinds such as SwiGLU, the gate."""
    up = matrix(d_model, d_hidden, bias)
    return up.times(1 + gated) + matrix(d_hidden, d_model, bias)


def head(d_model: int, vocab_size: int, tied: bool) -> Count:
    """The last matrix. Tied to the embedding, it learns nothing of its own and still multiplies."""
    own = matrix(d_model, vocab_size)
    return Count(multiplied=own.multiplied) if tied else own


@dataclass(frozen=True)
class Span:
    """Layers in which attention looks equally far back.

    Attributes:
        layers: how many.
        kept: numbers that the KV cache has per layer and token; 0 where nothing is generated.
        operations: multiplications and additions per layer, for each token that a token looks at.
        window: how many tokens it looks at, at most; None without a limit.
    """

    layers: int
    kept: int
    operations: int
    window: int | None = None

    def seen(self, tokens: int) -> int:
        """How many of the tokens it looks at."""
        return tokens if self.window is None else min(tokens, self.window)


def spans(
    layers: int, kept: int, operations: int, window: int | None = None, windowed: int | None = None
) -> tuple[Span, ...]:
    """The spans of layers of which ``windowed`` (all, unless given) have a window."""
    if window is None:
        return (Span(layers, kept, operations),)
    short = layers if windowed is None else windowed
    both = Span(short, kept, operations, window), Span(layers - short, kept, operations)
    return tuple(span for span in both if span.layers)


@dataclass(frozen=True)
class Design:
    """The sizes of a model, its parts and its attention.

    Attributes:
        name: of the model, or of its family.
        vocab_size: V.
        context: the longest text, in tokens; None where nothing in the model limits it.
        d_model: C.
        num_layers: L; in an encoder-decoder, those of both stacks.
        num_heads: H.
        num_kv_heads: H_kv.
        head_size: D, of queries and keys.
        d_hidden: the width inside the feed-forward network; in a mixture, inside one expert.
        positions: how the model tells them apart.
        parts: the numbers of each kind of part, in all layers together.
        spans: what attention keeps and computes.
        stacks: 2 for an encoder-decoder, where a token passes through one of two stacks.
    """

    name: str
    vocab_size: int
    context: int | None
    d_model: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_size: int
    d_hidden: int
    positions: str
    parts: dict[str, Count]
    spans: tuple[Span, ...]
    stacks: int = 1
