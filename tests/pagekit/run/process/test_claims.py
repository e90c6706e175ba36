"""Whether a claim is true of a block's names, and what is told of one that is not."""

import numpy as np
import pytest
import torch

from pagekit.run.process.claims import broken
from pagekit.run.process.watch import Fault

NAMES = {
    "fast": 0.123456,
    "slow": 0.1,
    "gains": [1.0, 2.5, 2.25],
    "times": {"with": np.float64(3.14159), "without": 1.0},
    "loss": torch.tensor(0.5),
    "many": list(range(20)),
}


@pytest.mark.parametrize(
    "claim", ["", "slow < fast", "loss < 1", "not gains[0] > 2", "all(g >= 1 for g in gains)"]
)
def test_a_claim_that_is_true_is_not_told(claim: str) -> None:
    assert broken(claim, 0, dict(NAMES)) == []


@pytest.mark.parametrize(
    ("claim", "values"),
    [
        ("fast < slow", {"fast": "0.1235", "slow": "0.1"}),
        ("fast / slow < 1", {"fast / slow": "1.235"}),
        ("1 < slow < fast", {"slow": "0.1", "fast": "0.1235"}),
        ("not fast > slow", {"fast": "0.1235", "slow": "0.1"}),
        ("fast > 1 or slow > 1", {"fast": "0.1235", "slow": "0.1"}),
        ("sorted(gains) == gains", {"sorted(gains)": "[1, 2.25, 2.5]", "gains": "[1, 2.5, 2.25]"}),
        ("all(g > 1 for g in gains)", {"gains": "[1, 2.5, 2.25]"}),
        ("times['with'] < 3", {"times['with']": "3.142"}),
        ("loss > 1", {"loss": "tensor(0.5000)"}),
        ("many == 1", {"many": "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …]"}),
        ("bool(0) or slow > fast", {"slow": "0.1", "fast": "0.1235"}),
    ],
)
def test_what_a_claim_compares_is_told(claim: str, values: dict[str, str]) -> None:
    assert broken(claim, 2, dict(NAMES)) == [{"segment": 2, "values": values}]


@pytest.mark.parametrize("claim", ["missing > 1", "gains > 1", "torch", "1 / 0 > slow"])
def test_a_claim_without_a_truth_value_is_a_fault(claim: str) -> None:
    with pytest.raises(Fault) as caught:
        broken(claim, 1, dict(NAMES))
    assert caught.value.outcome["segment"] == 1
    assert caught.value.outcome["claim"] == claim
