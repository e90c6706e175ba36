"""Where there is no browser: one clear line that says what to install."""

import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import sync_playwright

from pagekit.build import browser
from tests.pagekit.run.test_machine import wait_for


def test_without_a_browser_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    tried: list[str] = []
    monkeypatch.setattr(browser, "starts", lambda path: False)
    monkeypatch.setattr(browser, "playwrights_own", lambda: "/nowhere/chrome")
    monkeypatch.setattr(browser, "attempt", lambda command, *rest: tried.append(command[0]))
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    monkeypatch.setattr(browser.shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(browser.NoBrowserError) as caught:
        browser.find_or_install_browser()
    assert "\n" not in str(caught.value)
    assert "install Chromium or Chrome" in str(caught.value)
    assert len(tried) == 2, "Playwright's own, then Debian's package"


def test_one_that_is_named_must_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chrome")
    with pytest.raises(browser.NoBrowserError, match="BROWSER_PATH=/nowhere/chrome does not start"):
        browser.find_browser()


@pytest.mark.parametrize(
    ("words", "well"),
    [
        ([sys.executable, "-c", ""], True),
        ([sys.executable, "-c", "import sys; sys.exit(3)"], False),
        (["/nowhere/chrome"], False),
    ],
)
def test_whether_a_command_ends_well(words: list[str], well: bool) -> None:
    assert browser.attempt(words, 60) is well


def test_a_command_that_takes_too_long_ends_with_all_it_had_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "pid"
    begun = f"sleep 600 & echo $! > {told}.new && mv {told}.new {told}; wait"
    for seconds in (0.5, 5, 50):  # until it has begun before it is given up
        assert not browser.attempt(["sh", "-c", begun], seconds)
        assert capsys.readouterr().out.startswith("Gave up on `sh -c sleep 600")
        if told.exists():
            break
    pid = int(told.read_text())
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")


def test_playwrights_own_is_found_beside_a_running_playwright() -> None:
    with sync_playwright() as playwright:
        assert browser.playwrights_own() == playwright.chromium.executable_path


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine whose programs are those in the list, which all start."""
    there: list[str] = []
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setattr(browser, "starts", lambda path: str(path) in there)
    monkeypatch.setattr(browser, "playwrights_own", lambda: "/own/chrome")
    found = {"chromium": "/bin/chromium", "google-chrome": "/bin/google-chrome"}
    monkeypatch.setattr(browser.shutil, "which", found.get)
    return there


def test_a_systems_browser_goes_before_playwrights(bare: list[str]) -> None:
    assert browser.find_browser() is None
    order = ["/own/chrome", browser.MAC_APPS[1], "/bin/google-chrome", "/bin/chromium"]
    for path in order:
        bare.append(path)
        assert browser.find_browser() == Path(path)


def test_one_that_is_named_goes_before_all_others(
    bare: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bare += ["/bin/chromium", "/named"]
    monkeypatch.setenv("BROWSER_PATH", "/named")
    assert browser.find_browser() == Path("/named")


def test_nothing_is_installed_where_there_is_one_and_no_more_than_is_needed(
    bare: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def playwrights() -> None:
        tried.append("playwright")
        bare.append("/own/chrome")

    monkeypatch.setattr(browser, "install_playwrights", playwrights)
    monkeypatch.setattr(browser, "install_debians", lambda: tried.append("debian"))
    assert browser.find_or_install_browser() == Path("/own/chrome")
    assert tried == ["playwright"]
    assert browser.find_or_install_browser() == Path("/own/chrome") and len(tried) == 1


@pytest.mark.parametrize(
    ("user", "apt", "updates", "ran"),
    [
        (0, "/usr/bin/apt-get", True, ["update", "install"]),
        (0, "/usr/bin/apt-get", False, ["update"]),
        (0, None, True, []),
        (1000, "/usr/bin/apt-get", True, []),
    ],
)
def test_debians_is_installed_by_root_alone(
    monkeypatch: pytest.MonkeyPatch, user: int, apt: str | None, updates: bool, ran: list[str]
) -> None:
    tried: list[tuple[list[str], float, dict[str, str]]] = []

    def attempt(command: list[str], seconds: float, environment: dict[str, str]) -> bool:
        tried.append((command, seconds, environment))
        return updates

    monkeypatch.setenv("A_PROXY", "p")
    monkeypatch.setattr(browser, "attempt", attempt)
    monkeypatch.setattr(browser.os, "geteuid", lambda: user)
    monkeypatch.setattr(browser.shutil, "which", {"apt-get": apt}.get)
    browser.install_debians()
    assert [command[2] for command, _, _ in tried] == ran
    for command, seconds, environment in tried:
        assert command[:2] == ["apt-get", "-qq"] and seconds >= 60
        assert environment["DEBIAN_FRONTEND"] == "noninteractive", "nobody is asked anything"
        assert environment["A_PROXY"] == "p"
    if "install" in ran:
        assert tried[-1][0][3:] == ["--yes", "chromium"]


def test_playwrights_is_installed_by_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[list[str], float, dict[str, str]]] = []
    monkeypatch.setenv("A_PROXY", "p")
    monkeypatch.setattr(browser, "attempt", lambda *words: tried.append(words))
    browser.install_playwrights()
    [(command, seconds, environment)] = tried
    assert command[:4] == [sys.executable, "-m", "playwright", "install"]
    assert command[-1] == "chromium" and environment["A_PROXY"] == "p"
    wait = int(environment["PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT"]) / 1000
    assert wait < 60 < seconds, "an unreachable server is given up long before a slow one"


def test_a_browser_starts_if_it_tells_its_version_and_says_nothing_here(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "chrome"
    assert not browser.starts(program)
    for end, well in ((0, True), (1, False)):
        program.write_text(
            f'#!/bin/sh\necho "$@"\necho "$@" >&2\n[ "$*" = --version ] && exit {end}\n'
        )
        program.chmod(0o755)
        assert browser.starts(program) is well
    assert not browser.starts(tmp_path)
    assert capfd.readouterr() == ("", "")
    assert browser.attempt(["echo", "told"], 60) and capfd.readouterr().out == "told\n"
    assert browser.attempt(["sh", "-c", "exit $A"], 60, {"A": "0"})
    assert not browser.attempt(["/bin/sh", "-c", "exit $A"], 60, {"A": "2"})
