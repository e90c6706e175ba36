"""The same training with AdamW for all weights, to see what Muon buys."""

from torch import optim

from snippets.training.trainer import Training

# Of the matrices, which Muon moves otherwise: the best of eight rates from 0.0002 to 0.012, tried
# with the preset `nanogpt-cpu` on the plays, seed 0.
MATRIX_LR = 0.0006


class AdamWTraining(Training):
    """`Training` in which AdamW, with a learning rate of its own, moves the matrices as well."""

    def make_optimizers(self) -> list[optim.Optimizer]:
        """One AdamW, with a group for the matrices of the blocks and one for the rest."""
        muon, rest = super().make_optimizers()  # they know which is which
        groups = [
            {"params": muon.param_groups[0]["params"], "lr": MATRIX_LR},
            {"params": rest.param_groups[0]["params"], "lr": self.settings.adamw_lr},
        ]
        decay = self.settings.weight_decay
        return [optim.AdamW(groups, betas=(0.9, 0.95), weight_decay=decay, fused=True)]
