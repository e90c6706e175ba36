"""``python -m benchmarks [NAME...]``: measure, print tables, record results."""

import sys
from collections.abc import Sequence
from importlib import import_module

import torch

from benchmarks.options import parse


def main(words: Sequence[str] | None = None) -> int:
    """Run the named benchmarks, or all; returns the exit status."""
    options = parse(words)
    torch.set_num_threads(options.threads)
    try:
        for name in options.names:
            print(f"\n## {name}\n", flush=True)
            import_module(f"benchmarks.{name.replace('-', '_')}").run(options)
    except (ValueError, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmarks: stopped; what was recorded stays", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
