"""Which tests share a process, so that what they share is made once."""

import pytest

from pagekit.project import Project
from tests.distribution import LARGE, OF_LARGE, group_of, in_order


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


def test_files_of_large_models_wait_for_one_another() -> None:
    for file in OF_LARGE:
        assert (Project.here().root / file).is_file()
        assert group_of(f"{file}::test_a[b]") == LARGE


def test_nobody_waits_for_the_site_that_another_builds() -> None:
    seconds = {"a.py": 1, "b.py": 3, "x in a browser": 2, "y in a browser": 9, "tests/site/z.py": 5}
    assert in_order(seconds, set(seconds)) == [
        "y in a browser", "b.py", "a.py", "tests/site/z.py", "x in a browser"
    ]  # fmt: skip
