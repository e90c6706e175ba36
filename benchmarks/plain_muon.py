"""The same training with Muon as it was first described, to see what NorMuon's rows buy."""

from torch import Tensor

from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.muon import Muon
from snippets.transformer.minigpt import MiniGPTConfig


class PlainMuonTraining(Training):
    """`Training` whose matrices move by Muon, with the same rate and momentum."""

    def __init__(
        self, config: MiniGPTConfig, settings: TrainingConfig, data: Tensor, validation: Tensor
    ) -> None:
        super().__init__(config, settings, data, validation)
        normuon, adamw = self.optimizers
        self.optimizers = [Muon(normuon.param_groups), adamw]
