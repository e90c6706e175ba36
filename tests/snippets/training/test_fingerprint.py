"""The fingerprint changes with code, data and settings, and with nothing else."""

import sys

import pytest

from snippets.training.fingerprint import code_hash, fingerprint, sources_of

SOURCE = '''"""A module."""
import math


class Shape:
    """A shape."""

    def area(self, side):
        """Its area."""
        return math.pow(side, 2)
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package `shapes_for_test` of three modules, of which the third is imported by none."""
    folder = tmp_path / "shapes_for_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "main.py").write_text("import os\nfrom shapes_for_test.square import Shape\n")
    (folder / "square.py").write_text(SOURCE)
    (folder / "other.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [n for n in sys.modules if n.startswith("shapes_for_test")]:
        del sys.modules[name]


def mark(*parts):
    return fingerprint("shapes_for_test.main", *parts)


def test_sources_are_those_that_are_imported(package):
    assert list(sources_of("shapes_for_test.main")) == [
        "shapes_for_test.main",
        "shapes_for_test.square",
    ]


def test_training_depends_on_the_model_and_not_on_generation():
    names = {name.removeprefix("snippets.") for name in sources_of("snippets.training.command")}
    assert {"training", "training_loop", "minigpt", "attention", "corpus", "positions"} <= names
    assert not {"generation", "pretrained"} & names


def test_code_data_and_settings_count(package):
    first = mark("data", 1)
    assert mark("data", 1) == first
    assert mark("data", 2) != first
    assert mark("date", 1) != first
    (package / "square.py").write_text(SOURCE.replace("side, 2", "side, 3"))
    assert mark("data", 1) != first


def test_comments_docstrings_layout_and_other_modules_do_not_count(package):
    first = mark()
    changed = SOURCE.replace("Its area", "How large it is").replace("A module", "Something")
    changed = changed.replace("import math", "# numbers\nimport math  # !")
    (package / "square.py").write_text(changed)
    (package / "other.py").write_text("x = 2\n")
    assert mark() == first


def test_a_string_that_is_no_docstring_counts(tmp_path):
    path = tmp_path / "a.py"
    path.write_text('def f():\n    """Doc."""\n    return "x"\n')
    first = code_hash(path)
    path.write_text('def f():\n    """Doc."""\n    return "y"\n')
    assert code_hash(path) != first
