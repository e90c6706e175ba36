"""The list of artefacts, and how pages name what stands in it."""

from types import SimpleNamespace

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


M = "python -m m"


@pytest.mark.parametrize("command", [f"{M} {{folder}}", f"{M} -q 'a b' {{folder}} --more"])
def test_an_entry_says_only_its_command_and_what_it_needs_to(
    project: Project, command: str
) -> None:
    (project.root / "data.txt").write_text("")
    (project.root / "artefacts.toml").write_text(
        f'[a-1]\ncommand = "{command}"\n\n[b]\ncommand = "{M}.n {{folder}}"\npackages = ["p"]\n'
        'data = ["data.txt"]\nneeds = ["a-1"]\nread_by = ["load", "r.d"]\n'
    )
    a, b = artefacts.declared(project).values()
    assert (a.name, a.command, a.module) == ("a-1", command, "m")
    assert a.packages == a.data == a.needs == a.read_by == ()
    assert (b.module, b.packages, b.data, b.needs) == ("m.n", ("p",), ("data.txt",), ("a-1",))
    assert b.read_by == ("load", "r.d")
    assert b.folder(project) == project.build / "b"


def test_each_comes_after_what_it_needs_wherever_it_stands(project: Project) -> None:
    needs = {"c": ["b", "a"], "b": ["a"], "d": [], "a": ["d"]}
    (project.root / "artefacts.toml").write_text(
        "".join(f'[{n}]\ncommand = "{M} {{folder}}"\nneeds = {of}\n' for n, of in needs.items())
    )
    assert list(artefacts.declared(project)) == ["d", "a", "b", "c"]


@pytest.mark.parametrize(
    ("code", "may"),
    [
        ("x = load()", True),
        ("load", True),
        ("a.load(b)", True),
        ("reload()", False),
        ("loads()", False),
        ("load2()", False),
        ("r.d(x)", True),
        ("rxd", False),
        ("", False),
    ],
)
def test_code_may_read_what_it_names(code: str, may: bool) -> None:
    read = artefacts.Artefact("a", M, read_by=("load", "r.d"))
    assert read.may_be_read(code) is may
    assert artefacts.Artefact("a", M).may_be_read(code), "without names, any code may"


@pytest.mark.parametrize("name", ["A", "a_b", "a-", "-a", "a--b", "ä", ""])
def test_a_name_is_of_small_letters_digits_and_hyphens(project: Project, name: str) -> None:
    (project.root / "artefacts.toml").write_text(f'["{name}"]\ncommand = "{M} {{folder}}"')
    with pytest.raises(PageError, match=r"is no name; use small letters, digits and hyphens$"):
        artefacts.declared(project)


def test_a_page_has_those_that_it_names_in_its_order(project: Project) -> None:
    lines = "".join(f'[model-{n}]\ncommand = "{M} {{folder}}"\n' for n in "abc")
    (project.root / "artefacts.toml").write_text(lines)

    def named(*names: str) -> list[str]:
        text = ("---", "title: T", f"artefacts: [{', '.join(names)}]", "---")
        page = SimpleNamespace(name="docs/p.md", artefacts=names, lines=text)
        return [artefact.name for artefact in artefacts.of_page(page, project)]

    assert named("model-c", "model-a") == ["model-c", "model-a"]
    assert named() == []
    near = r"^docs/p\.md:3: there is no artefact 'model-x'; did you mean 'model-[abc]'"
    with pytest.raises(PageError, match=near):
        named("model-a", "model-x")
    with pytest.raises(PageError, match=r"'zzzzzz'; artefacts\.toml has the list$"):
        named("zzzzzz")
