"""The same training with AdamW for all weights, to see what Muon buys."""

from torch import Tensor, optim

from snippets.minigpt import MiniGPTConfig
from snippets.trainer import Training
from snippets.training_loop import TrainingConfig

MATRIX_LR = 0.003  # of the matrices, which Muon moves otherwise; its own rate would be far too high


class AdamWTraining(Training):
    """`Training` in which AdamW, with a learning rate of its own, moves the matrices as well."""

    def __init__(self, config: MiniGPTConfig, settings: TrainingConfig, data: Tensor) -> None:
        super().__init__(config, settings, data)
        muon, rest = self.optimizers  # they know which weights are matrices of the blocks
        groups = [
            {"params": muon.param_groups[0]["params"], "lr": MATRIX_LR},
            {"params": rest.param_groups[0]["params"], "lr": settings.adamw_lr},
        ]
        decay = settings.weight_decay
        self.optimizers = [optim.AdamW(groups, betas=(0.9, 0.95), weight_decay=decay, fused=True)]
