"""What every test shares: one thread, and property tests that try the same cases each time."""

import gc
import os
from collections.abc import Iterator

# Tests run side by side, and the processes that they start inherit this. Set before the libraries
# are loaded, which read it once. Threads that wait would spin for long: see the Makefile.
os.environ |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

import pytest
import torch
from hypothesis import HealthCheck, settings

from tests.distribution import (  # noqa: F401
    pytest_collection_modifyitems,
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)
from tests.memory import forget, give_back

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """What a test sets does not reach the next; with two each, processes wait for one another."""
    yield
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="module")
def freed_memory(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a file's tests have made is not kept for the next file."""
    yield
    forget(request.module)
    give_back()


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what there is before the first test, for ever."""
    gc.collect()
    gc.freeze()


# No deadline: a busy machine is slow now and then, and that is no fault of the code under test.
# The same examples each time, so that a red test is red again. `HYPOTHESIS_PROFILE=search` draws
# new ones, and many more, for when somebody hunts a bug.
settings.register_profile(
    "same",
    deadline=None,
    derandomize=True,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "search", settings.get_profile("same"), derandomize=False, max_examples=2000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
