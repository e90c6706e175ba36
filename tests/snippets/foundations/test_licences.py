"""The licences are found, with those of what a package needs, and always the same."""

import pytest

from snippets.foundations.deduplication import exact_duplicates
from snippets.foundations.licences import licences


def test_the_licences_of_what_a_package_needs_come_along() -> None:
    found = licences(["matplotlib"])
    packages = {name.partition(":")[0] for name in found}
    assert {"numpy", "cycler", "pillow"} <= packages and "torch" not in packages
    assert all(text.strip() for text in found.values())
    assert found == licences(["Matplotlib"]) and list(found) == sorted(found)


def test_there_are_copies_among_them() -> None:
    assert exact_duplicates(licences().values())


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ValueError, match="none of no-such-package is installed"):
        licences(["no-such-package"])
