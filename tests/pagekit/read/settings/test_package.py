"""What a copy says of how to install what it imports."""

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import parse_page
from pagekit.read.settings.package import Package, first_line, package_of, up_to

PACKAGE = Package(
    "the.course",
    "1.2.0",
    ("snippets/**/*.py", "measured/*.py"),
    extras={"data": ("plays", "texts"), "serving": ("Server",)},
    alone={"vectors==1.0": ("vectors",), "shapes==2.1": ("shapes", "sizes")},
)
WHEEL = "get/the_course-1.2.0-py3-none-any.whl"


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SITE_URL", raising=False)


@pytest.mark.parametrize("slash", ["", "/"])
def test_it_is_installed_from_where_the_site_is(
    monkeypatch: pytest.MonkeyPatch, slash: str
) -> None:
    monkeypatch.setenv("SITE_URL", f"https://example.org/course{slash}")
    address = f"https://example.org/course/{WHEEL}"
    assert PACKAGE.install() == f'pip install "the.course @ {address}"'
    code = "from snippets.texts import plays\n"
    assert PACKAGE.first_line(code) == f'# pip install "the.course[data] @ {address}"'


def test_without_an_address_it_is_installed_from_the_folder() -> None:
    assert PACKAGE.install(["data", "serving"]) == f'pip install "site/{WHEEL}[data,serving]"'
    line = PACKAGE.first_line("import snippets")
    assert line.startswith(f'# pip install "site/{WHEEL}"  # in the folder of the course')
    assert "\n" not in line


def test_what_clashes_is_installed_last_and_alone() -> None:
    line = PACKAGE.first_line("from snippets.words import plays, sizes, vectors")
    assert f'{WHEEL}[data]" && pip install --no-deps vectors==1.0 shapes==2.1' in line
    assert "--no-deps" not in PACKAGE.first_line("from snippets.words import plays")


@pytest.mark.parametrize(
    ("code", "extras"),
    [
        ("import snippets.sums", ""),
        ("def f():\n    from measured import rows", ""),
        ('run([sys.executable, "-m", "snippets.training"])', ""),
        ("from snippets.a import Server, plays", "[data,serving]"),
        ("from snippets.a import displays, plays_on", ""),
    ],
)
def test_names_tell_what_a_copy_needs(code: str, extras: str) -> None:
    assert f'{WHEEL}{extras}"' in PACKAGE.first_line(code)


@pytest.mark.parametrize("code", ["import torch", "my_snippets = 1", "unmeasured()", ""])
def test_code_that_does_without_begins_with_nothing(code: str) -> None:
    assert PACKAGE.first_line(code) == ""


def test_a_project_without_a_wheel_has_no_first_line(project: Project) -> None:
    assert package_of(project) is None
    assert first_line("import snippets", project) == ""
    (project.root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert package_of(project) is None


@pytest.mark.parametrize("text", ["[tool.pagekit.wheel]\nfiles = ['a']\n", "[", "tool = 3\n"])
def test_what_can_not_be_read_is_told_with_its_file(project: Project, text: str) -> None:
    (project.root / "pyproject.toml").write_text(text)
    with pytest.raises(PageError, match=r"^pyproject\.toml: what the wheel is made of"):
        package_of(project)


def test_what_the_wheel_holds_is_that_of_the_file(project: Project) -> None:
    (project.root / "pyproject.toml").write_text(
        "[project]\nname = 'a'\nversion = '2'\n[tool.pagekit.wheel]\nfiles = ['b/*.py', 'c.py']\n"
        "artefacts = {d = 'e'}\ndata = {f = 'g'}\nextras = {h = ['i', 'j']}\nalone = {k = ['l']}\n"
    )
    files, data, artefacts = ("b/*.py", "c.py"), {"f": "g"}, {"d": "e"}
    extras: dict[str, tuple[str, ...]] = {"h": ("i", "j")}
    alone: dict[str, tuple[str, ...]] = {"k": ("l",)}
    held = Package("a", "2", files, artefacts, data, extras, alone)
    assert package_of(project) == held
    assert first_line("import b", project).startswith('# pip install "site/get/a-2-py3')


def test_code_names_modules_extras_and_what_is_read() -> None:
    assert PACKAGE.modules == {"snippets", "measured"}
    assert PACKAGE.used_by("import snippets, measured") == ["measured", "snippets"]
    assert PACKAGE.used_by("import snippets") == ["snippets"]
    assert PACKAGE.needed_by("texts and sizes") == (["data"], ["shapes==2.1"])
    assert PACKAGE.needed_by("") == ([], [])


def test_a_copy_goes_up_to_its_fence(project: Project) -> None:
    more = "\n<!--pytest-codeblocks:cont-->\n```python\n{}\n```\n"
    text = "```python\na\n```\n" + more.format("b") + more.format("c")
    [chain] = parse_page(text, project.docs / "page.md", project).chains
    copies = [up_to(fence, chain).code for fence in chain.fences]
    assert copies == ["a\n", "a\n\nb\n", "a\n\nb\n\nc\n"]
