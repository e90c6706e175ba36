"""What a model costs, from its config.json alone: parameters, operations, memory.

``python -m snippets.modern.architecture config.json`` prints it for one model.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from snippets.checks import check_positive
from snippets.modern.architecture.counted_parts import Design
from snippets.modern.architecture.families import design_of
from snippets.plots.dot_panels import dot_panels


@dataclass(frozen=True)
class Architecture(Design):
    """A model without its weights. The attributes are those of ``Design``."""

    @classmethod
    def from_huggingface(cls, config: Mapping[str, Any], name: str | None = None) -> "Architecture":
        """Read what the transformers library saves as config.json.

        Args:
            config: the file's content; ``config.to_dict()`` of a configuration there is one, too.
            name: of the model; that of its family, unless given.

        Raises:
            ValueError: an architecture that is not known, or a field that is missing or has no
                possible value; it is named.
        """
        design = design_of(config)
        return cls(**vars(design) | {"name": name or design.name})

    def parameters(self) -> int:
        """How many numbers are learned; a tied table counts once."""
        return sum(part.learned for part in self.parts.values())

    def active_parameters(self) -> int:
        """Those that a token uses: all but the experts that it does not pass through."""
        return sum(part.used for part in self.parts.values())

    def flops_per_token(self, context: int) -> int:
        """Multiplications and additions in matrix products for one token, forwards only.

        Each number of a matrix costs 2, and attention looks at ``context`` tokens, or at as many
        as its window has. In an encoder-decoder source and target are of that length, and this is
        the mean of a token of each. The backward pass costs twice as much. Norms, activation
        functions, the softmax and the rotation of RoPE are left out.

        Raises:
            ValueError: ``context`` is below 1.
        """
        check_positive(context=context)
        matrices = 2 * sum(part.multiplied for part in self.parts.values())
        attention = sum(span.layers * span.operations * span.seen(context) for span in self.spans)
        return (matrices + attention) // self.stacks  # (!)

    def kv_cache_bytes(self, tokens: int, bytes_per_number: float = 2) -> int:
        """The keys and values of ``tokens`` tokens: what is kept while one text is generated.

        A layer with a window keeps no more than the window. An encoder alone keeps nothing. In an
        encoder-decoder there are as many source as target tokens.

        Raises:
            ValueError: an argument is not above 0.
        """
        check_positive(tokens=tokens, bytes_per_number=bytes_per_number)
        numbers = sum(span.layers * span.kept * span.seen(tokens) for span in self.spans)  # (!)
        return round(numbers * bytes_per_number)

    def memory_bytes(
        self,
        tokens: int,
        texts: int = 1,
        bytes_per_weight: float = 2,
        bytes_per_number: float = 2,
    ) -> int:
        """Weights, and a KV cache for each of ``texts`` texts of ``tokens`` tokens.

        Activations are not in it: for generation they are small beside these two.

        Raises:
            ValueError: an argument is not above 0.
        """
        check_positive(texts=texts, bytes_per_weight=bytes_per_weight)
        weights = round(self.parameters() * bytes_per_weight)
        return weights + texts * self.kv_cache_bytes(tokens, bytes_per_number)

    def __str__(self) -> str:
        """What the command prints."""
        context = self.context or 1
        lines = [
            f"{self.name}: {self.num_layers} layers of width {self.d_model},",
            f"{self.num_heads} heads of {self.head_size}, {self.num_kv_heads} of keys and values",
            f"{'positions':22}{self.positions:>15}",
            f"{'parameters':22}{self.parameters():>15,}",
            *(f"  {name:20}{part.learned:>15,}" for name, part in self.parts.items()),
            f"{'active for a token':22}{self.active_parameters():>15,}",
            f"{'operations per token':22}{self.flops_per_token(1):>15,}",
            f"{f'  after {context:,} tokens':22}{self.flops_per_token(context):>15,}",
            f"{'KV bytes per token':22}{self.kv_cache_bytes(1):>15,}",
            f"{f'  for {context:,} tokens':22}{self.kv_cache_bytes(context):>15,}",
            f"{'weights, 2 bytes each':22}{2 * self.parameters():>15,}",
        ]
        return "\n".join(lines)


class Comparison(NamedTuple):
    """A table as text, and a figure."""

    table: str
    figure: Figure


def compare(
    architectures: Sequence[Architecture], context: int = 8192, title: str | None = None
) -> Comparison:
    """Set architectures side by side: a table, and a figure of two by two quantities.

    Args:
        architectures: at least one, at most ten, each with a name of its own.
        context: the tokens before the one whose operations are counted.
        title: what the figure shows.

    Raises:
        ValueError: none, too many, or two of one name; or ``context`` is below 1.
    """
    billions = {
        "all": [one.parameters() / 1e9 for one in architectures],
        "active": [one.active_parameters() / 1e9 for one in architectures],
    }
    operations = [one.flops_per_token(context) / 1e9 for one in architectures]
    panels = {
        "billion parameters": billions,
        "width per layer": {"": [one.d_model / one.num_layers for one in architectures]},
        f"GFLOP per token, {context:,} before": {"": operations},
        "KiB of KV cache per token": {"": [one.kv_cache_bytes(1) / 2**10 for one in architectures]},
    }
    figure = dot_panels(panels, [one.name for one in architectures], title=title)
    return Comparison(table(architectures, context), figure)


def table(architectures: Sequence[Architecture], context: int) -> str:
    """The table of a comparison: a line for each architecture."""
    form = "{:17} {:>3} {:>6} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6}"
    head = ("", "L", "C", "H/Hkv", "V", "params", "active", "GFLOP", "KiB")
    rows = [form.format(*head)]
    for one in architectures:
        heads = f"{one.num_heads}/{one.num_kv_heads}"
        counts = in_words(one.parameters()), in_words(one.active_parameters())
        operations = three_digits(one.flops_per_token(context) / 1e9)
        cache = three_digits(one.kv_cache_bytes(1) / 2**10)
        sizes = one.num_layers, f"{one.d_model:,}", heads, f"{one.vocab_size:,}"
        rows.append(form.format(one.name, *sizes, *counts, operations, cache))
    return "\n".join(rows)


def in_words(count: float) -> str:
    """A count as people say it: 124 M, 8.03 B."""
    unit, name = (1e9, "B") if count >= 999.5e6 else (1e6, "M")
    return f"{three_digits(count / unit)} {name}"


def three_digits(number: float) -> str:
    """Three digits of a small number, all of those before the point of a large one."""
    return f"{number:.3g}" if number < 100 else f"{number:,.0f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one architecture; whatever is wrong with its file ends the command with one line."""
    parser = argparse.ArgumentParser(prog="python -m snippets.modern.architecture")
    parser.add_argument("config", type=Path, help="the config.json of a model")
    path = parser.parse_args(arguments).config
    try:
        config = json.loads(path.read_text("utf-8"))
        if not isinstance(config, dict):
            raise ValueError("it holds no object in braces, as a config.json does")
        name = path.parent.name or None
        print(Architecture.from_huggingface(config, name if path.name == "config.json" else None))
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path}: {error}") from None
