"""A recurrent language model, the kind that transformers replaced: a baseline to compare with."""

from dataclasses import dataclass

from torch import Tensor, nn


# --8<-- [start:lstm]
@dataclass(frozen=True)
class LSTMConfig:
    """The shape of the model; `context` is how many tokens it is trained on at a time."""

    vocab_size: int  # V
    context: int  # T
    d_model: int  # C, the width of embedding and memory
    num_layers: int = 1


class LSTMModel(nn.Module):
    """Reads one token after the other and carries a memory along (Hochreiter & Schmidhuber 1997).

    Ids (B, T) to logits (B, T, V), like MiniGPT, so both can be trained and scored alike. What it
    knows of the past must fit into a memory of fixed size; no step can begin before the last one
    is done.
    """

    def __init__(self, config: LSTMConfig) -> None:
        super().__init__()
        self.config = c = config
        self.embedding = nn.Embedding(c.vocab_size, c.d_model)
        self.lstm = nn.LSTM(c.d_model, c.d_model, c.num_layers, batch_first=True)
        self.head = nn.Linear(c.d_model, c.vocab_size)

    def forward(self, ids: Tensor) -> Tensor:
        """From ids (B, T) to logits (B, T, V): at each position, for the token that follows."""
        states, _ = self.lstm(self.embedding(ids))  # (B, T, C) (!)
        return self.head(states)  # (B, T, V) (!)


# --8<-- [end:lstm]


def lstm_flops_per_token(c: LSTMConfig) -> int:
    """Multiplications and additions in matrix products for one token, forwards only.

    A layer has four gates, each with a matrix for its input and one for the last state.
    """
    return 2 * (c.num_layers * 8 * c.d_model**2 + c.vocab_size * c.d_model)
