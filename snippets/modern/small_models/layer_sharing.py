"""ALBERT's two savings: one set of weights for all layers, and a narrow embedding that is widened.

Lan et al. 2020, section 3.1. Both save parameters; sharing saves no arithmetic.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from snippets.checks import check_positive
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig


class SharedMiniGPT(MiniGPT):
    """A MiniGPT whose layers are one and the same: the first block, applied L times."""

    def __init__(self, config: MiniGPTConfig) -> None:
        super().__init__(config)
        first = self.blocks[0]
        self.blocks = nn.ModuleList(first for _ in range(config.num_layers))  # (!)

    def unshared(self) -> MiniGPT:
        """The same function as an ordinary MiniGPT, with a copy of the block in each layer."""
        model = MiniGPT(self.config).to(next(self.parameters()))  # to its device, in its type
        model.load_state_dict(self.state_dict())
        return model.train(self.training)


class FactorisedEmbedding(nn.Module):
    """A table of E numbers per token, and a matrix that widens them to C: V E + E C instead of V C.

    ids (B, T) -> (B, T, C); `scores` goes back, as a head tied to the table does.
    """

    def __init__(self, vocab_size: int, narrow: int, d_model: int) -> None:
        super().__init__()
        check_positive(vocab_size=vocab_size, narrow=narrow, d_model=d_model)
        self.table = nn.Embedding(vocab_size, narrow)
        self.widen = nn.Linear(narrow, d_model, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, T) -> (B, T, C)."""
        return self.widen(self.table(ids))

    def scores(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, V)."""
        return x @ self.widen.weight @ self.table.weight.T


class FactorisedMiniGPT(MiniGPT):
    """A MiniGPT with a factorised embedding, which is its head, too."""

    def __init__(self, config: MiniGPTConfig, narrow: int) -> None:
        super().__init__(config)
        if not config.tie_weights:
            raise ValueError("tie_weights=False: the head would need a table of its own")
        factors = FactorisedEmbedding(config.vocab_size, narrow, config.d_model)
        for matrix in factors.parameters():
            nn.init.normal_(matrix, std=0.02**0.5 / narrow**0.25)  # together 0.02 again
        self.embedding, self.head = factors, ScoresOf(factors)  # type: ignore[assignment]


class ScoresOf(nn.Module):
    """A head without parameters of its own."""

    def __init__(self, factors: FactorisedEmbedding) -> None:
        super().__init__()
        self.factors = (factors,)  # in a tuple, so that its parameters are not listed twice

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, V)."""
        return self.factors[0].scores(x)


@dataclass(frozen=True)
class Bert:
    """The sizes of a BERT or an ALBERT, and how many parameters they have."""

    V: int  # tokens
    C: int  # width
    F: int  # inside the feed-forward network
    L: int  # layers
    E: int = 0  # width of the table; 0: that of the model
    shared: bool = False
    context: int = 512
    segments: int = 2

    def parts(self) -> dict[str, int]:
        """Parameters by part: tables with their norm and matrix, all layers, and the pooler."""
        check_positive(V=self.V, C=self.C, F=self.F, L=self.L)
        narrow = self.E or self.C
        tables = (self.V + self.context + self.segments) * narrow + 2 * narrow
        if self.E:
            tables += self.E * self.C + self.C  # the matrix that widens, and its bias
        attention = 4 * (self.C * self.C + self.C)
        feed_forward = self.C * self.F + self.F + self.F * self.C + self.C
        layer = attention + feed_forward + 2 * 2 * self.C  # two norms, a gain and a bias each
        layers = layer if self.shared else self.L * layer  # (!)
        return {"tables": tables, "layers": layers, "pooler": self.C * self.C + self.C}
