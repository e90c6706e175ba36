"""The list of artefacts, and how pages name what stands in it."""

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.run import artefacts

WRONG = {
    "no toml": ("[a", "artefacts.toml: "),
    "no command": ("[a]\nneeds = []", "a has no command"),
    "no table": ("a = 1", "a has no command"),
    "a name": ('["A b"]\ncommand = "x"', "'A b' is no name"),
    "another command": ('[a]\ncommand = "make a"', "not of the form"),
    "no module": ('[a]\ncommand = "python -m"', "not of the form"),
    "no folder": ('[a]\ncommand = "python -m m x"', "not of the form"),
    "an open quote": ('[a]\ncommand = "python -m m \'{folder}"', "artefacts.toml: "),
    "a key": ('[a]\ncommand = "python -m m {folder}"\nneed = ["b"]', "'need' is unknown; did you"),
    "no list": ('[a]\ncommand = "python -m m {folder}"\nneeds = "b"', "needs is not a list"),
    "no names": ('[a]\ncommand = "python -m m {folder}"\ndata = [1]', "data is not a list"),
    "a need": ('[a]\ncommand = "python -m m {folder}"\nneeds = ["b"]', "needs 'b', which is not"),
    "no data": ('[a]\ncommand = "python -m m {folder}"\ndata = ["no.txt"]', "no file no.txt"),
    "a circle": ('[a]\ncommand = "python -m m {folder}"\nneeds = ["a"]', "need one another"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_list_is_one_clear_line(project: Project, text: str, message: str) -> None:
    (project.root / "artefacts.toml").write_text(text)
    with pytest.raises(PageError) as error:
        artefacts.declared(project)
    assert message in str(error.value) and str(error.value).startswith("artefacts.toml: ")


def test_a_project_without_a_list_has_none(project: Project) -> None:
    assert artefacts.declared(project) == {}
