"""The same training with AdamW for all weights, to see what Muon buys."""

from torch import Tensor, optim

from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.transformer.minigpt import MiniGPTConfig

# Of the matrices, which Muon moves otherwise: the best of eight rates from 0.0002 to 0.012, tried
# with the preset `nanogpt-cpu` on the plays, seed 0.
MATRIX_LR = 0.0006


class AdamWTraining(Training):
    """`Training` in which AdamW, with a learning rate of its own, moves the matrices as well."""

    def __init__(
        self, config: MiniGPTConfig, settings: TrainingConfig, data: Tensor, validation: Tensor
    ) -> None:
        super().__init__(config, settings, data, validation)
        muon, rest = self.optimizers  # they know which is which
        groups = [
            {"params": muon.param_groups[0]["params"], "lr": MATRIX_LR},
            {"params": rest.param_groups[0]["params"], "lr": settings.adamw_lr},
        ]
        decay = settings.weight_decay
        adamw = optim.AdamW(groups, betas=(0.9, 0.95), weight_decay=decay, fused=True)
        self.optimizers = [adamw]  # one, with a group for the blocks' matrices and one for the rest
