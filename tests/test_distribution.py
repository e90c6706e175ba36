"""Which tests share a process, so that what they share is made once."""

import pytest

from tests.distribution import group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/a/test_b.py::test_c", "tests/a/test_b.py"),
        ("tests/a/test_b.py::test_c[index]", "tests/a/test_b.py"),
        ("tests/site/test_a.py::test_b", "tests/site/test_a.py"),
        ("tests/site/test_a.py::test_b[index]", "index in a browser"),
        (
            "tests/site/test_a.py::test_b[dark-reference/notation]",
            "reference/notation in a browser",
        ),
        (
            "tests/site/test_a.py::test_b[transformer/multi-head-attention-dark]",
            "transformer/multi-head-attention in a browser",
        ),
        ("tests/site/test_zensical.py::test_b[reference/notation]", "tests/site/test_zensical.py"),
    ],
)
def test_groups(nodeid: str, group: str) -> None:
    assert group_of(nodeid) == group
