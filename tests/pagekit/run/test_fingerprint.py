"""The fingerprint changes with what code does, and with nothing else."""

from pathlib import Path

import pytest

from pagekit.run.fingerprint import code_hash, fingerprint, libraries_of, sources_of

REPOSITORY = Path(__file__).parents[3]

SQUARE = '''"""A module."""
import math


class Shape:
    """A shape."""

    async def wait(self):
        """Waits."""

    def area(self, side):
        """Its area."""
        if side < 0:
            raise ValueError(f"{side} is negative")
        return math.pow(side, 2)
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a package `shapes` of which `shapes.main` does not import all modules."""
    for name, text in {
        "__init__.py": "",
        "__main__.py": "from shapes import main\n",
        "main.py": "import os\nfrom shapes.square import Shape\nfrom shapes import circle\n",
        "square.py": SQUARE,
        "circle.py": "def late():\n    from .round import pi, ring\n    import yaml, no_such\n",
        "round/__init__.py": "from .. import corner\npi = 3\n",
        "round/ring.py": "from ..round import disc as d\nimport numpy.linalg\n",
        "round/disc.py": "",
        "corner.py": "",
        "other.py": "import torch\n",
    }.items():
        path = tmp_path / "shapes" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_sources_are_all_that_are_imported_however(root: Path) -> None:
    """As modules of a package, by relative imports, and within functions."""
    assert list(sources_of("shapes.main", root)) == [
        "shapes",
        "shapes.circle",
        "shapes.corner",
        "shapes.main",
        "shapes.round",
        "shapes.round.disc",
        "shapes.round.ring",
        "shapes.square",
    ]
    assert set(sources_of("shapes", root)) == {"shapes.__main__", *sources_of("shapes.main", root)}
    with pytest.raises(ValueError, match=r"no module shapes\.none"):
        sources_of("shapes.none", root)


def test_libraries_are_those_that_are_imported(root: Path) -> None:
    found = libraries_of("shapes.main", root)
    assert found.keys() == {"numpy", "yaml", "no_such"}
    assert found["numpy"][0].isdigit() and found["no_such"] == ""
    assert found["yaml"].startswith("PyYAML "), "installed under another name"


def test_training_depends_on_the_model_and_not_on_generation() -> None:
    names = {name.removeprefix("snippets.") for name in sources_of("snippets.training", REPOSITORY)}
    assert {
        "training.command",
        "training.checkpoint",
        "training.loop",
        "transformer.minigpt",
        "transformer.attention",
        "foundations.texts.corpus",
    } <= names
    assert not {name for name in names if name.startswith(("inference", "using", "plots"))}


@pytest.mark.parametrize(
    ("name", "old", "new", "counts"),
    [
        ("square", "side, 2", "side, 3", True),
        ("square", "raise ValueError", "raise TypeError", True),
        ("square", "side < 0", "side < 1", True),
        ("round/__init__", "3", "4", True),
        ("__init__", "", "x = 1\n", True),
        ("square", "A module", "Something", False),
        ("square", "A shape", "A form", False),
        ("square", "Waits", "Sleeps", False),
        ("square", "Its area", "How large it is", False),
        ("square", "is negative", "is less than zero", False),
        ("square", "import math", "# numbers\n\nimport math  # !", False),
        ("square", "(side, 2)", "(\n            side,\n            2,\n        )", False),
        ("other", "torch", "numpy", False),
        ("__main__", "main", "other", False),
    ],
)
def test_what_counts(root: Path, name: str, old: str, new: str, counts: bool) -> None:
    first = fingerprint("shapes.main", root)
    assert fingerprint("shapes.main", root) == first
    path = root / "shapes" / f"{name}.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else new)
    assert (fingerprint("shapes.main", root) != first) == counts


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('def f():\n    """Doc."""\n    return "x"\n', 'def f():\n    return "x"\n', True),
        (
            'def f():\n    """Doc."""\n    return "x"\n',
            'def f():\n    """Doc."""\n    return "y"\n',
            False,
        ),
        ("add('--x', help='one')", "add('--x', help='two')", True),
        ("add('--x', help='one')", "add('--y', help='one')", False),
        ("add('--x', type='one')", "add('--x', type='two')", False),
        ("raise X('one')", "raise X('two')", True),
        ("raise X", "raise Y", False),
    ],
)
def test_what_a_file_does(tmp_path: Path, one: str, other: str, same: bool) -> None:
    hashes = []
    for number, text in enumerate((one, other)):
        path = tmp_path / f"{number}.py"
        path.write_text(text)
        hashes.append(code_hash(path))
    assert (hashes[0] == hashes[1]) == same
