"""The licences are found, with those of what a package needs, and always the same."""

from pathlib import Path

import pytest

from snippets.foundations.text_data.deduplication import exact_duplicates
from snippets.foundations.texts.licences import licences


def test_the_licences_of_what_a_package_needs_come_along() -> None:
    found = licences(["matplotlib"])
    packages = {name.partition(":")[0] for name in found}
    assert {"numpy", "cycler", "pillow"} <= packages and "torch" not in packages
    assert all(text.strip() for text in found.values())
    assert found == licences(["Matplotlib"]) and list(found) == sorted(found)


def test_there_are_copies_among_them() -> None:
    assert exact_duplicates(licences().values())


def test_only_licences_with_text_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "some_thing-1.0.dist-info"
    (folder / "licenses").mkdir(parents=True)
    written = {
        "METADATA": "Metadata-Version: 2.1\nName: some-thing\nVersion: 1.0\n",
        "licenses/LICENCE": "Do as you like.",
        "licenses/COPYING": " \n",
        "AUTHORS": "Ann",
    }
    for name, text in written.items():
        (folder / name).write_text(text)
    (folder / "RECORD").write_text("".join(f"{folder.name}/{name},,\n" for name in written))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert licences(["Some_Thing"]) == {"some-thing: licenses/LICENCE": "Do as you like."}


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ValueError, match="none of no-such-package is installed"):
        licences(["no-such-package"])
