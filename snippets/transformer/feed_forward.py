"""The feed-forward network: the same small network, applied to each position on its own."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_last_axis, check_positive


# --8<-- [start:activations]
def relu(x: Tensor) -> Tensor:
    """The ramp: max(0, x) (Vaswani et al. 2017, equation 2)."""
    return F.relu(x)


def gelu(x: Tensor) -> Tensor:
    """A soft ramp: x · Φ(x) = x/2 · (1 + erf(x / √2)) (Hendrycks and Gimpel 2016, section 2)."""
    return F.gelu(x)


def gelu_tanh(x: Tensor) -> Tensor:
    """GELU by tanh, as in GPT-2: x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))) (same section)."""
    return F.gelu(x, approximate="tanh")


def relu_squared(x: Tensor) -> Tensor:
    """The ramp, squared: max(0, x)² (So et al. 2021, Primer)."""
    ramp = F.relu(x)
    return ramp * ramp  # faster to differentiate than a power


ACTIVATIONS = {"relu": relu, "gelu": gelu, "gelu_tanh": gelu_tanh, "relu_squared": relu_squared}
# --8<-- [end:activations]


class FeedForward(nn.Module):
    """Widen, apply a nonlinearity, narrow: activation(x W₁ + b₁) W₂ + b₂.

    (..., C) -> (..., C), as in Vaswani et al. 2017, equation 2. Dropout, where given, follows the
    activation.

    Raises:
        ValueError: a size below 1, an activation that is no function, or a wrong last axis.
    """

    def __init__(
        self,
        d_model: int,
        d_hidden: int,
        activation: Callable[[Tensor], Tensor] = gelu,
        bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_positive(d_model=d_model, d_hidden=d_hidden)
        if not callable(activation):
            raise ValueError(f"activation={activation!r} is no function; try ACTIVATIONS[name]")
        self.activation = activation
        self.up = nn.Linear(d_model, d_hidden, bias=bias)
        self.down = nn.Linear(d_hidden, d_model, bias=bias)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        check_last_axis(x, self.up.in_features)
        hidden = self.activation(self.up(x))  # (..., d_hidden)
        return self.down(self.dropout(hidden))  # (..., C)


class SwiGLU(nn.Module):
    """A gated feed-forward network: (Swish(x W_gate) ⊙ x W_up) W_down (Shazeer 2020, equation 6).

    Swish(x) = x · sigmoid(x), which PyTorch calls silu. Of the two wide vectors, one decides how
    much of the other passes. Three matrices instead of two: with d_hidden at 2/3 of what
    ``FeedForward`` has, the parameters are as many. (..., C) -> (..., C).

    Raises:
        ValueError: a size below 1, or a wrong last axis.
    """

    def __init__(
        self, d_model: int, d_hidden: int, bias: bool = False, dropout: float = 0.0
    ) -> None:
        super().__init__()
        check_positive(d_model=d_model, d_hidden=d_hidden)
        self.gate = nn.Linear(d_model, d_hidden, bias=bias)
        self.up = nn.Linear(d_model, d_hidden, bias=bias)
        self.down = nn.Linear(d_hidden, d_model, bias=bias)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C)."""
        check_last_axis(x, self.up.in_features)
        hidden = F.silu(self.gate(x)) * self.up(x)  # (..., d_hidden)
        return self.down(self.dropout(hidden))  # (..., C)
