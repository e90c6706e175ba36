"""More steps per second on a CPU, with the same model and the same mathematics.

Nothing here changes what is computed, only how; a compiled model's results agree to the rounding of
float32. `make bench B=training` measures it.
"""

import ctypes
import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import cast

from torch import nn


def keep_freed_memory() -> None:
    """Asks the C library (glibc) to keep what a step frees for the next one.

    It keeps blocks of up to 32 MiB, a gigabyte in all. By default it soon gives large blocks back
    to the system. The next step asks for them again, and the system fills each page of them with
    zeros first. Elsewhere than with glibc, nothing happens.
    """
    trim_threshold, mmap_threshold = -1, -3  # names of the settings in glibc's malloc.h
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(mmap_threshold, 32 * 2**20)  # the most that glibc accepts
        set_option(trim_threshold, 2**30)


# --8<-- [start:compiler]
def compiled(model: nn.Module) -> nn.Module:
    """The model as C++ of its own, in which operations on the same numbers are one loop.

    That takes a while once (half a minute on a laptop), then each step makes fewer trips to memory
    (Ansel et al. 2024). Where that is not possible, the model itself. Dropout keeps PyTorch's own
    random numbers, which come faster.
    """
    if not can_compile():
        return model
    import torch._inductor.config  # takes a second, which no other training need wait

    torch._inductor.config.fallback_random = True
    return cast(nn.Module, torch.compile(model))


def can_compile() -> bool:
    """Whether Linux has what `torch.compile` needs: a C++ compiler, and Python's headers."""
    compiler = shutil.which(os.environ.get("CXX", "g++"))
    header = Path(sysconfig.get_path("include"), "Python.h")
    return sys.platform == "linux" and compiler is not None and header.exists()


# --8<-- [end:compiler]
