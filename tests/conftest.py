"""What every test shares: two threads, and property tests that try the same cases each time."""

import os

import torch
from hypothesis import HealthCheck, settings

# More threads than cores make small tensors slower, and change the last bits of sums.
torch.set_num_threads(2)

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
