"""The same training in several processes, which share each batch.

    torchrun --nproc-per-node 2 -m snippets.training.speed.distributed --strategy ddp --out my-model

Options are those of `snippets.training`, and without dropout the model comes out the same, up to
rounding.
"""

import argparse
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from snippets.training import command
from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.normuon import NorMuon
from snippets.training.state import rows, whole
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig


class Together(Training):
    """A training in which each process computes its part of each batch.

    How the parts' gradients become those of the batch, the classes below decide. ValueError
    where a batch does not divide into equal parts: the mean of their means would be another.
    """

    def __init__(
        self, config: MiniGPTConfig, settings: TrainingConfig, data: Tensor, validation: Tensor
    ) -> None:
        self.rank, self.processes = dist.get_rank(), dist.get_world_size()
        if settings.batch_size % (self.processes * settings.micro_batches):
            parts = f"{self.processes} processes × micro_batches={settings.micro_batches}"
            raise ValueError(f"batch_size={settings.batch_size} is not divisible by {parts}")
        super().__init__(config, settings, data, validation)
        self.batches = self.parts(self.batches)

    def parts(self, batches: Iterator[tuple[Tensor, Tensor]]) -> Iterator[tuple[Tensor, Tensor]]:
        """This process's part, (B / processes, T), of batches that all have drawn alike.

        With each, its dropout is seeded apart from that of the others.
        """
        for step, batch in enumerate(batches):
            number = self.settings.seed * self.settings.steps + step
            torch.manual_seed(number * self.processes + self.rank)
            x, y = (ids.chunk(self.processes)[self.rank] for ids in batch)  # (!)
            yield x, y

    def mean(self, *values: float) -> list[float]:
        """Means over all processes, the same for each; all have to call it alike."""
        total = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(total)  # (!)
        return (total / self.processes).tolist()


class Replicated(Together):
    """DDP: every process has the whole model, and all take the same step (Li et al. 2020)."""

    def prepare(self, model: MiniGPT) -> nn.Module:
        """The model, whose gradients become their means over all processes as they come."""
        return DistributedDataParallel(model, forward_sync_buffers=False)  # (!)


class Sharded(Together):
    """FSDP: every process has some rows of each tensor (Zhao et al. 2023; Liang et al. 2024).

    All rows of a block are gathered when its turn comes, forwards and again backwards. A saved
    state has all rows, just as one process writes it.
    """

    def __init__(
        self, config: MiniGPTConfig, settings: TrainingConfig, data: Tensor, validation: Tensor
    ) -> None:
        super().__init__(config, settings, data, validation)
        muon, adamw = self.optimizers
        self.optimizers = [ShardedMuon(muon.param_groups), adamw]

    def prepare(self, model: MiniGPT) -> nn.Module:
        """The model, its parameters made `DTensor`s, which know who has which rows."""
        mesh = init_device_mesh("cpu", (self.processes,))
        for block in model.blocks:
            fully_shard(block, mesh=mesh)  # (!)
        # What the blocks left; its rows, too, are to part again after a forward pass alone.
        fully_shard(model, mesh=mesh, reshard_after_forward=True)  # (!)
        return model

    def finish(self) -> MiniGPT:
        """The model to keep, whole in every process."""
        parts = super().finish()
        self.model = MiniGPT(parts.config).eval()
        with torch.no_grad():
            for parameter, part in zip(self.model.parameters(), parts.parameters(), strict=True):
                parameter.copy_(whole(part))
        return self.model


class ShardedMuon(NorMuon):
    """NorMuon for matrices of which every process has some rows.

    Which orthogonal matrix is nearest depends on all rows. So each process gathers what Muon is to
    make orthogonal, computes the whole update, and takes its own rows of it (Liu et al. 2025,
    section 2.3).
    """

    def whole(self, tensor: Tensor) -> Tensor:
        """All rows, from all processes."""
        return whole(tensor)

    def part(self, whole: Tensor, like: Tensor) -> Tensor:
        """The rows of a whole matrix that this process has of a parameter."""
        return rows(whole, like)

    def batches(self, parameters: list[Tensor]) -> Iterable[list[Tensor]]:
        """One matrix at a time, so that no process ever holds more than one whole."""
        return [[p] for p in parameters]


# --8<-- [start:main]
STRATEGIES: dict[str, type[Together]] = {"ddp": Replicated, "fsdp": Sharded}


def main(words: Sequence[str] | None = None) -> int:
    """The command, as each process runs it; rank 0 speaks for all."""
    parser = argparse.ArgumentParser(
        prog="torchrun --nproc-per-node 2 -m snippets.training.speed.distributed",
        epilog="All other options are those of python -m snippets.training.",
    )
    parser.add_argument("--strategy", choices=STRATEGIES, default="ddp")
    options, others = parser.parse_known_args(words)
    if "RANK" not in os.environ:
        parser.error("start it with torchrun, which gives each process its rank")
    dist.init_process_group("gloo")
    try:
        return speak_for_all(["--threads", "1", *others], STRATEGIES[options.strategy])
    finally:
        dist.destroy_process_group()


def speak_for_all(words: list[str], training_class: type[Together]) -> int:
    """Runs the training; of the processes beyond the first, only a fault is printed."""
    rank, heard = dist.get_rank(), io.StringIO()
    if rank == 0:
        return command.main(words, training_class)
    with redirect_stdout(io.StringIO()), redirect_stderr(heard):
        status = command.main(words, training_class)
    if status == 1:
        print(f"rank {rank}: {heard.getvalue().strip()}", file=sys.stderr)
    return status


# --8<-- [end:main]

if __name__ == "__main__":
    sys.exit(main())
