"""How a training run goes: the number and size of its steps, and how fast it learns."""

from dataclasses import dataclass

from snippets.training.optimizers import learning_rate_factor


@dataclass(frozen=True)
class TrainingConfig:
    """How long to learn, in what portions, and how fast.

    A number of steps ends it and not a number of seconds, so that a slow machine comes to the same
    model as a fast one, up to rounding. The defaults are those of the course's own model,
    whose sequences grow besides.
    """

    steps: int = 1150
    batch_size: int = 16  # sequences of a whole context each, for one step
    growth: float = 0.0  # the share of the steps, at the start, with shorter sequences, but more
    micro_batches: int = 1  # parts that a batch is computed in, one after the other
    muon_lr: float = 0.014
    momentum: float = 0.9  # Muon's
    adamw_lr: float = 0.01
    weight_decay: float = 0.0
    warmup: int = 10  # steps in which the learning rate rises
    decay: float = 1.0  # the share of the steps after the warm-up, at the end, in which it falls
    average: float = 0.0  # how much of the running mean of the weights stays at each step
    mixed_precision: bool = False
    compiled: bool = False  # where that is possible
    eval_every: int = 50
    eval_windows: int = 128  # contexts of validation text for a point of the curve
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "micro_batches", "eval_every", "eval_windows"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1")
        if self.batch_size % self.micro_batches:
            parts = f"micro_batches={self.micro_batches}"
            raise ValueError(f"batch_size={self.batch_size} is not divisible by {parts}")
        for name in ("average", "momentum", "growth"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 0 and below 1")
        learning_rate_factor(0, self.steps, self.warmup, self.decay)  # checks them
