"""LoRA: a large matrix stays as it is, and a product of two thin ones learns what to add to it.

    y = x W + (alpha / r) · x A B,  A of shape (C_in, r), B of shape (r, C_out)

Hu et al. 2022, section 4.1. PyTorch stores transposes, so `A` here is (r, C_in) and `B` (C_out, r).
B starts at zero: before the first step, the model is the old one.
"""

import json
import math
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_positive
from snippets.training.files import write_folder

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"  # as `peft` calls them
ATTENTION = ("attention.qkv", "attention.out")
EVERYWHERE = (*ATTENTION, "feed_forward.gate", "feed_forward.up", "feed_forward.down")


class LoRALinear(nn.Module):
    """A frozen linear layer, and the low-rank change to it that is learned.

    What is learned is of the type and on the device of the frozen weights. Its first numbers come
    from the generator, a CPU's, whatever the device; without one, from PyTorch's own.

    Raises:
        ValueError: a rank that is not from 1 to the smaller side of the matrix.
    """

    def __init__(
        self, frozen: nn.Linear, rank: int, alpha: float, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        smaller = min(frozen.in_features, frozen.out_features)
        if not 1 <= rank <= smaller:
            raise ValueError(f"rank={rank} is not from 1 to {smaller}, the matrix's smaller side")
        check_positive(alpha=alpha)
        self.frozen = frozen.requires_grad_(False)
        self.in_features, self.out_features = frozen.in_features, frozen.out_features
        self.scale = alpha / rank
        A = torch.empty(rank, frozen.in_features, device="cpu")  # (r, C_in)
        nn.init.kaiming_uniform_(A, math.sqrt(5), generator=generator)  # as nn.Linear and `peft`
        self.A = nn.Parameter(A.to(frozen.weight))  # its type, its device
        self.B = nn.Parameter(frozen.weight.new_zeros(frozen.out_features, rank))  # (C_out, r)

    def forward(self, x: Tensor) -> Tensor:
        """(..., C_in) -> (..., C_out)."""
        return self.frozen(x) + self.scale * F.linear(F.linear(x, self.A), self.B)  # (!)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """An ordinary linear layer that computes the same: W plus the change."""
        weight = self.frozen.weight + self.scale * self.B @ self.A  # (C_out, C_in) (!)
        inputs, outputs, bias = self.in_features, self.out_features, self.frozen.bias is not None
        empty = nn.Linear(inputs, outputs, bias, device="meta", dtype=weight.dtype)
        linear = empty.to_empty(device=weight.device)  # no random numbers for what comes next
        linear.weight.copy_(weight)
        if self.frozen.bias is not None:
            linear.bias.copy_(self.frozen.bias)
        return linear


# --8<-- [start:add]
def add_lora(
    model: nn.Module, rank: int, alpha: float, targets: Sequence[str] = ATTENTION, seed: int = 0
) -> list[nn.Parameter]:
    """Freezes a model, and puts LoRA in the place of the linear layers whose names end in targets.

    Returns the parameters to train. ValueError where no layer has such a name, or one has LoRA.
    """
    ends = tuple(f".{target}" for target in targets)  # whole parts of a name: no layout for out
    found = [(name, part) for name, part in linears(model) if f".{name}".endswith(ends)]
    if not found:
        raise ValueError(f"no linear layer of the model has a name that ends in {targets}")
    if any(isinstance(module, LoRALinear) for module in model.modules()):
        raise ValueError("the model has LoRA layers already: merge them first")
    chance = torch.Generator().manual_seed(seed)
    layers = {name: LoRALinear(part, rank, alpha, chance) for name, part in found}
    model.requires_grad_(False)
    for name, layer in layers.items():
        model.set_submodule(name, layer)
    return [parameter for layer in layers.values() for parameter in (layer.A, layer.B)]


def linears(model: nn.Module) -> Iterator[tuple[str, nn.Linear]]:
    """The linear layers of a model, by name."""
    return ((n, part) for n, part in model.named_modules() if isinstance(part, nn.Linear))


def merge(model: nn.Module) -> None:
    """Puts an ordinary layer in the place of each LoRA layer; all weights may be trained again."""
    for name, layer in lora_layers(model).items():
        model.set_submodule(name, layer.merged())
    model.requires_grad_(True)


def lora_layers(model: nn.Module) -> dict[str, LoRALinear]:
    """The LoRA layers of a model, by name."""
    return {n: part for n, part in model.named_modules() if isinstance(part, LoRALinear)}


# --8<-- [end:add]


def fingerprint(model: nn.Module) -> str:
    """A name for the frozen weights: adapters fit the model that they were trained on, no other."""
    digest = sha256()
    for name, tensor in model.state_dict().items():
        if not name.endswith((".A", ".B")):
            digest.update(name.replace(".frozen.", ".").encode())
            digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]


def save_adapter(model: nn.Module, folder: Path) -> None:
    """Writes what LoRA learned, and nothing else, in the form that `peft` reads."""
    layers = lora_layers(model)
    if not layers:
        raise ValueError("the model has no LoRA layers to save")
    tensors = {}
    for name, layer in layers.items():
        for letter, tensor in (("A", layer.A), ("B", layer.B)):
            tensors[f"base_model.model.{name}.lora_{letter}.weight"] = tensor.detach().contiguous()
    rank = layer.A.shape[0]
    config = {
        "peft_type": "LORA",
        "base_model_name_or_path": fingerprint(model),
        "r": rank,
        "lora_alpha": layer.scale * rank,
        "target_modules": sorted(layers),
    }
    text = json.dumps(config, indent=1) + "\n"
    write_folder(folder, {WEIGHTS: safetensors.torch.save(tensors), CONFIG: text.encode()})


def load_adapter(model: nn.Module, folder: Path) -> None:
    """Puts a saved adapter on the model that it was trained on.

    FileNotFoundError where a file is missing; ValueError where one is damaged, or the adapter
    belongs to another model.
    """
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        tensors = safetensors.torch.load((folder / WEIGHTS).read_bytes())
        base, rank, alpha, names = (
            config[key] for key in ("base_model_name_or_path", "r", "lora_alpha", "target_modules")
        )
    except KeyError as error:
        raise ValueError(f"{folder / CONFIG} says nothing of {error}") from None
    except (ValueError, safetensors.SafetensorError) as error:
        raise ValueError(f"{folder} is damaged: {error}") from error
    if base != (ours := fingerprint(model)):
        raise ValueError(f"{folder} is an adapter of the model {base}; this one is {ours}")
    add_lora(model, rank, alpha, names)
    expected = {
        f"base_model.model.{name}.lora_{letter}.weight": getattr(layer, letter)
        for name, layer in lora_layers(model).items()
        for letter in "AB"
    }
    shapes = [{n: t.shape for n, t in some.items()}.items() for some in (expected, tensors)]
    if wrong := sorted(shapes[0] ^ shapes[1]):
        raise ValueError(f"{folder / WEIGHTS} does not fit its {CONFIG}: {wrong[0][0]}")
    with torch.no_grad():
        for name, parameter in expected.items():
            parameter.copy_(tensors[name])
