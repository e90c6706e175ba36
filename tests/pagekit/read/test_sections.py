"""What of a file a page may include by name, and what happens where a name is wrong or doubtful."""

import re

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.includes import expand
from pagekit.read.sections import find_section

MODULE = '''"""A module."""

# Needed for all.
import math
from dataclasses import (
    dataclass,
)

SIZE = 2


# Why it is so,
# in two lines.
def softmax(x):
    """Soft."""

    def inner():
        return 1

    return x


@dataclass
class Training:
    """One."""

    size: int = 1

    # Goes on.
    @property
    def advance(self):
        text = "a"
        return text

    def stop(self):
        return None


if SIZE:

    def chosen():
        return 1
'''


@pytest.fixture
def shown(project: Project):
    def include(target: str, text: str = MODULE, name: str = "module.py") -> str:
        (project.root / "snippets" / name).write_text(text)
        lines = expand([f'--8<-- "snippets/{name}{target}"'], 5, project.root)
        assert {line.page_line for line in lines} == {5}
        rows = text.split("\n")
        for line in lines:
            assert rows[(line.source_line or 0) - 1].strip() == line.text.strip()
        return "\n".join(line.text for line in lines)

    return include


def test_a_function_is_shown_with_the_comment_above_it(shown) -> None:
    text = shown(":softmax")
    assert text.startswith("# Why it is so,\n# in two lines.\ndef softmax(x):\n")
    assert text.endswith("        return 1\n\n    return x")


def test_a_class_is_shown_with_its_decorator(shown) -> None:
    assert shown(":Training").startswith("@dataclass\nclass Training:\n")
    assert shown(":Training").endswith("        return None")


def test_a_method_is_shown_as_if_it_stood_alone(shown) -> None:
    assert shown(":Training.advance") == (
        '# Goes on.\n@property\ndef advance(self):\n    text = "a"\n    return text'
    )


def test_a_definition_that_depends_on_a_condition_is_found(shown) -> None:
    assert shown(":chosen") == "def chosen():\n    return 1"


def test_imports_are_the_import_statements(shown) -> None:
    assert shown(":imports") == (
        "# Needed for all.\nimport math\nfrom dataclasses import (\n    dataclass,\n)"
    )


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("sofmax", "softmax"),
        ("Training.advanc", "Training.advance"),
        ("inner", "Training"),  # nothing like it: in the order of the alphabet
        ("training", "Training"),
    ],
)
def test_a_missing_name_says_what_names_there_are_nearest_first(shown, name, first) -> None:
    with pytest.raises(PageError, match=rf"has no section '{name}'; .* first: {first}\b") as caught:
        shown(f":{name}")
    assert caught.value.line == 5
    told = set(re.split(r", ", caught.value.message.partition("first: ")[2]))
    assert told == {
        *("softmax", "Training", "Training.advance", "Training.stop", "chosen", "imports")
    }


def test_a_marked_section_that_holds_the_whole_of_its_name_is_what_is_meant(shown) -> None:
    text = "# --8<-- [start:f]\nONE = 1\n\n\ndef f():\n    return ONE\n\n\n# --8<-- [end:f]\n"
    assert shown(":f", text) == "ONE = 1\n\n\ndef f():\n    return ONE"


@pytest.mark.parametrize(
    "text",
    [
        "# --8<-- [start:f]\nONE = 1\n# --8<-- [end:f]\ndef f():\n    return 1\n",
        "def f():\n    # --8<-- [start:f]\n    return 1\n    # --8<-- [end:f]\n",
        "def f():\n    return 1\n\n\ndef f():\n    return 2\n",
        "if 1:\n    def f(): ...\nelse:\n    def f(): ...\n",
        "# --8<-- [start:imports]\nx = 1\n# --8<-- [end:imports]\nimport math\n\nf = 1\n",
    ],
)
def test_a_name_with_two_meanings_is_refused(shown, text) -> None:
    name = "imports" if "import math" in text else "f"
    with pytest.raises(PageError, match=f"'{name}' means 2 things in snippets/module.py, in lines"):
        shown(f":{name}", text)


def test_markers_within_a_definition_are_not_shown(shown) -> None:
    text = "# --8<-- [start:a]\ndef f():\n    # --8<-- [start:b]\n    x = 1\n"
    text += "    # --8<-- [end:b]\n    return x\n\n\n# --8<-- [end:a]\n"
    assert shown(":f", text) == "def f():\n    x = 1\n    return x"


def test_what_is_no_python_has_marked_sections_only(shown) -> None:
    text = "[start]\n# --8<-- [start:a]\nb = 1\n# --8<-- [end:a]\n"
    assert shown(":a", text, "settings.toml") == "b = 1"
    with pytest.raises(PageError, match="no section 'b'"):
        shown(":b", text, "settings.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = = 1\n", r"cannot include from snippets/module.py: it is no Python: .* in line 1"),
        ("# --8<-- [start:a]\n# --8<-- [end:a]\n", "includes nothing"),
        ("", "has no section 'a'; its names, the nearest first: none"),
    ],
)
def test_a_file_at_fault_is_named(shown, text, says) -> None:
    with pytest.raises(PageError, match=says):
        shown(":a", text)


def test_a_snippet_that_is_no_text_is_named_with_its_line(project: Project) -> None:
    (project.root / "snippets/bytes.py").write_bytes(b"x = 1\n# \xff\n")
    with pytest.raises(PageError, match=r"cannot include snippets/bytes.py:2: not UTF-8") as caught:
        expand(['--8<-- "snippets/bytes.py"'], 7, project.root)
    assert (caught.value.path, caught.value.line) == (None, 7)


def test_a_link_out_of_the_project_is_not_followed(project: Project) -> None:
    (project.root / "snippets/secret.txt").symlink_to("/etc/hostname")
    with pytest.raises(PageError, match="outside the project"):
        expand(['--8<-- "snippets/secret.txt"'], 1, project.root)


def test_lines_are_those_of_an_editor() -> None:
    text = "x = '\u2028'\x0c\n\n\ndef f():\n    return 'a\x85b'\n"
    assert find_section(text, "f", "a.py") == (4, 5)
