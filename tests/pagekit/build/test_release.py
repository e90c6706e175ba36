"""What is published says where it comes from, on every page."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from pagekit.build.release import NEEDED, announce, check
from pagekit.errors import PageError
from pagekit.project import Project
from tests.pagekit.build.test_wheel import SETTINGS

ROOT = Path(__file__).parents[3]
PLACES = {
    "SITE_URL": "https://example.org/course/",
    "REPO_URL": "https://example.org/authors/course",
    "EDIT_URI": "edit/main/docs/",
}


def test_the_theme_is_told_the_version_and_what_menus_say(project: Project) -> None:
    (project.docs / "basics").mkdir()
    (project.docs / "basics" / "one.md").write_text("---\nquestion: Isn't it?\n---\n\n# One\n")
    settings = project.root / "mkdocs.yml"
    settings.write_text(f"{settings.read_text()}\nnav:\n  - Basics:\n      - basics/one.md\n")
    config = SimpleNamespace(extra={})
    announce(config, project)
    assert config.extra == {"course": {"basics/one.md": {"number": 1, "question": "Isn’t it?"}}}
    (project.root / "pyproject.toml").write_text(SETTINGS)
    announce(config, project)
    assert config.extra["release"] == "1.2.0"


def test_all_that_a_release_needs_is_tried() -> None:
    assert PLACES.keys() == NEEDED.keys()


@pytest.mark.parametrize("name", PLACES)
def test_a_release_without_its_places_is_refused(
    project: Project, pagekit: Callable, name: str
) -> None:
    done = pagekit("build.site", "--release", **{**PLACES, name: ""})
    assert done.returncode == 1
    assert f"{name} is not set: {NEEDED[name]}" in done.stderr
    assert "The site was not changed." in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project.root / "site").exists()


@pytest.mark.parametrize("value", ["example.org/course", "http://example.org/", "https:///x"])
def test_a_place_that_is_no_address_is_refused(
    project: Project, pagekit: Callable, value: str
) -> None:
    done = pagekit("build.site", "--release", **{**PLACES, "SITE_URL": value})
    assert done.returncode == 1
    assert f"SITE_URL={value} is no address that begins with https://" in done.stderr


@pytest.mark.parametrize(
    ("wrong", "faults"),
    [
        ({}, []),
        ({"EDIT_URI": "blob/main"}, []),
        ({"SITE_URL": ""}, ["SITE_URL is not set"]),
        ({"EDIT_URI": "", "REPO_URL": "x.org"}, ["REPO_URL=x.org is no", "EDIT_URI is not set"]),
        ({"SITE_URL": "http://x.org", "REPO_URL": "https://"}, ["SITE_URL=http", "REPO_URL=http"]),
    ],
)
def test_each_place_that_is_missing_or_no_address_has_a_line(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], faults: list[str]
) -> None:
    for name, value in {**PLACES, **wrong}.items():
        monkeypatch.setenv(name, value)
    if not faults:
        check()
        return
    with pytest.raises(PageError) as caught:
        check()
    first, *lines = str(caught.value).split("\n")
    assert first == "A release says where it comes from." and len(lines) == len(faults)
    for line, fault in zip(lines, faults, strict=True):
        assert line.startswith(fault) and line.endswith(NEEDED[fault.partition("=")[0].split()[0]])


def test_a_place_that_is_not_there_at_all_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PLACES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(PageError) as caught:
        check()
    assert str(caught.value).count(" is not set: ") == 3


def with_own_theme(project: Project) -> str:
    """Give a project the course's own theme; the text of its mkdocs.yml that names it."""
    shutil.copytree(ROOT / "overrides", project.root / "overrides")
    settings = (project.root / "mkdocs.yml").read_text()
    return settings.replace("{name: material,", "{name: material, custom_dir: overrides,")


def test_every_page_of_a_release_names_its_places(project: Project, pagekit: Callable) -> None:
    """With the course's own theme."""
    settings = with_own_theme(project)
    asked = "".join(f'{key.lower()}: !ENV [{key}, ""]\n' for key in PLACES)
    (project.root / "mkdocs.yml").write_text(settings + asked)
    (project.root / "pyproject.toml").write_text(
        SETTINGS.replace('artefacts = { model = "snippets/model" }\n', "")
    )
    done = pagekit("build.site", "--release", **PLACES)
    assert done.returncode == 0, done.stderr
    site = project.root / "site"
    pages = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    assert "reference/glossary" in pages and len(pages) >= 4
    for page in pages:
        html = (site / f"{page}.html").read_text()
        [origin] = re.findall(r'<div class="pk-origin">(.*?)</div>', html, re.DOTALL)
        assert "Version 1.2.0" in origin
        assert f'href="{PLACES["REPO_URL"]}"' in origin
        assert re.search(r'href="[./a-z]*get\.html#cite-it"', origin), origin
        edit = f"{PLACES['REPO_URL']}/{PLACES['EDIT_URI']}{page}.md"
        assert (f'href="{edit}"' in origin) == (page != "404")


def test_a_menu_may_have_sections_within_sections_and_lead_elsewhere(
    project: Project, pagekit: Callable
) -> None:
    """With the course's own theme; the page for a missing address lists them all."""
    settings = with_own_theme(project)
    settings = re.sub(r"^nav:\n(?:[ -].*\n)*", "", settings, flags=re.MULTILINE)
    deep = "nav:\n  - index.md\n  - Outer:\n      - Inner:\n          - reference/glossary.md\n"
    deep += "          - reference/bibliography.md\n"
    away = "      - Elsewhere: https://example.org/\n"
    (project.root / "mkdocs.yml").write_text(f"{settings}{deep}{away}")
    done = pagekit("build.site")
    assert done.returncode == 0, done.stderr
    missing = (project.root / "site" / "404.html").read_text()
    listed = missing[missing.index('<div class="pk-pages">') :]
    assert "Inner" in listed and "reference/glossary.html" in listed
    assert 'href="https://example.org/"' in listed
