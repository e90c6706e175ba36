"""What `test_distributed.py` starts under torchrun: `train OPTIONS` and `compare FOLDER`.

`train` is the command of `snippets.training.speed.distributed`, with a tiny preset. AT_STEP=12
makes the process of rank WHO send SIGNAL to itself, or to torchrun where TO=parent, before that
step.
"""

import json
import os
import signal
import sys
import time
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from snippets.training import loop
from snippets.training import train as train_module
from snippets.training.command import train_and_save
from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.normuon import NorMuon
from snippets.training.presets import PRESETS, Preset
from snippets.training.speed import distributed
from snippets.training.state import rows, state_tensors
from snippets.transformer.minigpt import MINIGPT

SMALL = replace(MINIGPT, d_model=32, d_hidden=64, context=16, num_layers=2, num_heads=2)
SMALL = replace(SMALL, vocab_size=21, num_kv_heads=2)
SETTINGS = TrainingConfig(
    steps=24,
    batch_size=8,
    muon_lr=0.012,
    adamw_lr=0.003,
    warmup=3,
    weight_decay=0.1,
    eval_every=8,
)
TINY = Preset("for tests", SMALL, SETTINGS)
KINDS = {"one": Training, "ddp": distributed.Replicated, "fsdp": distributed.Sharded}


def train(words):
    PRESETS["tiny"] = TINY
    if "AT_STEP" in os.environ:
        train_module.SAVE_EVERY = float(os.environ.get("SAVE_EVERY", 30))
        strike(int(os.environ["AT_STEP"]), int(os.environ["WHO"]), os.environ["SIGNAL"])
    return distributed.main(words)


def strike(at, who, name):
    plain = loop.training_step

    def step(*arguments):
        """Before the step of that number, in the process of that rank."""
        taken = next(counted)
        if taken == at and dist.get_rank() == who:
            receiver = os.getppid() if os.environ.get("TO") == "parent" else os.getpid()
            os.kill(receiver, getattr(signal, name))
        if taken >= at:
            time.sleep(0.5)  # while the signal travels
        return plain(*arguments)

    counted = count()
    loop.training_step = step


def compare(folder):
    """Everything that needs two processes but no command, in one start of them.

    The folder holds text.txt; `whole`, the model that FSDP makes of it, and found.json go there.
    """
    folder = Path(folder)
    dist.init_process_group("gloo")
    train_and_save(folder / "whole", TINY, folder / "text.txt", training_class=distributed.Sharded)
    torch.manual_seed(1)
    data = torch.arange(3000) * 7 % 13 + torch.randint(8, (3000,))
    state = folder / "state.safetensors"
    adamw = replace(SETTINGS, muon_lr=0.0, micro_batches=2, average=0.9, steps=12)
    found = {
        "refused": refusal(data),
        "adamw": {name: losses(kind, adamw, data) for name, kind in KINDS.items()},
        "muon": {
            name: losses(kind, replace(SETTINGS, steps=12), data) for name, kind in KINDS.items()
        },
        "resumed": {name: resumed(kind, data, state) for name, kind in KINDS.items()},
        "chance": chances(data),
        "muon_steps": [muon_steps(shape) for shape in ((32, 32), (96, 32), (33, 48), (1, 8))],
        "rows": rows_held(data),
    }
    if dist.get_rank() == 0:
        (folder / "found.json").write_text(json.dumps(found))
    dist.destroy_process_group()


def refusal(data):
    try:
        distributed.Replicated(SMALL, replace(SETTINGS, batch_size=9), data, data)
    except ValueError as error:
        return str(error)
    return None


def losses(kind, settings, data):
    """The loss of each step, and the weights at the end."""
    training = kind(SMALL, settings, data, data[:200])
    each = list(training.steps())
    end = training.finish().state_dict()["head.weight"]
    return {"losses": each, "weights": end.flatten().tolist()[:200]}


def resumed(kind, data, path):
    """FSDP saves after 5 steps; its own next losses, and those of another kind that goes on."""
    first = distributed.Sharded(SMALL, replace(SETTINGS, average=0.9), data, data)
    list(islice(first.steps(), 5))
    first.save(path, "mark")
    dist.barrier()  # until rank 0 has written
    second = kind(SMALL, replace(SETTINGS, average=0.9), data, data)
    assert second.restore(path, "mark")
    return [list(islice(training.steps(), 5)) for training in (first, second)]


def chances(data):
    """The next random number of each process, after a step with dropout."""
    training = distributed.Replicated(replace(SMALL, dropout=0.1), SETTINGS, data, data)
    next(training.steps())
    everyone = [torch.zeros(1) for _ in range(2)]
    dist.all_gather(everyone, torch.rand(1))
    return torch.cat(everyone).tolist()


def muon_steps(shape):
    """How far three steps by shards are from those of the whole matrix, and those by rows alone."""
    torch.manual_seed(2)
    start, *gradients = torch.randn(4, *shape)
    layer = nn.Linear(shape[1], shape[0], bias=False)
    layer.weight.data.copy_(start)
    mesh = init_device_mesh("cpu", (2,))
    fully_shard(layer, mesh=mesh)
    whole, part = (nn.Parameter(t.clone()) for t in (start, start.chunk(2)[0]))
    options = {"lr": 0.02, "weight_decay": 0.1}
    sharded, plain = (
        distributed.ShardedMuon([layer.weight], **options),
        NorMuon([whole, part], **options),
    )
    for gradient in gradients:
        whole.grad, part.grad = gradient, gradient.chunk(2)[0]
        layer.weight.grad = rows(gradient, layer.weight)
        sharded.step()
        plain.step()
    apart = (layer.weight.full_tensor() - whole).abs().max().item()
    by_rows = (part - whole[: len(part)]).abs().max().item()
    return apart, by_rows


def rows_held(data):
    """Of each kind, how many numbers of weights and optimizer state a process holds."""
    held = {}
    for name, kind in KINDS.items():
        training = kind(SMALL, SETTINGS, data, data)
        next(training.steps())
        tensors = state_tensors(training.model, training.optimizers, training.average)
        own = [t.to_local() if hasattr(t, "to_local") else t for t in tensors.values()]
        held[name] = sum(t.numel() for t in own)
    return held


if __name__ == "__main__":
    torch.set_num_threads(1)
    job, *words = sys.argv[1:]
    sys.exit(train(words) if job == "train" else compare(*words))
