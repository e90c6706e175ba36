"""The same training with AdamW for all weights, to see what Muon buys."""

from torch import Tensor, nn, optim

from snippets.minigpt import MiniGPTConfig
from snippets.trainer import Training
from snippets.training_loop import TrainingConfig

MATRIX_LR = 0.003  # of the matrices, which Muon moves otherwise; its own rate would be far too high


class AdamWTraining(Training):
    """`Training` in which AdamW, with a learning rate of its own, moves the matrices as well."""

    def __init__(self, config: MiniGPTConfig, settings: TrainingConfig, data: Tensor) -> None:
        super().__init__(config, settings, data)
        self.optimizers = [adamw(self.model, settings.adamw_lr, settings.weight_decay)]


def adamw(model: nn.Module, lr: float, weight_decay: float = 0.0) -> optim.AdamW:
    """As `make_optimizers`, the matrices in the blocks in a group of their own."""
    matrices: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        inside = name.startswith("blocks.") and parameter.ndim == 2
        (matrices if inside else rest).append(parameter)
    groups = [{"params": matrices, "lr": MATRIX_LR}, {"params": rest, "lr": lr}]
    return optim.AdamW(groups, betas=(0.9, 0.95), weight_decay=weight_decay, fused=True)
