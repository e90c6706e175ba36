"""What the files of tests leave in the memory of a process that runs hundreds of them."""

import ctypes
import gc
from functools import _lru_cache_wrapper
from types import ModuleType


def forget(module: ModuleType) -> None:
    """Free what cached functions remember that a file defines or imports: whole models, often."""
    caches = [one for one in vars(module).values() if isinstance(one, _lru_cache_wrapper)]
    for cache in caches:
        cache.cache_clear()
    if caches:
        gc.collect()


def give_back() -> None:
    """Give the system what was freed; training asks the C library to keep it (glibc alone can)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
